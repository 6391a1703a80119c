// The capabilities that a container's calls ask for: the smallest set that the evidence holds, each
// with what speaks for it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "attribute/attribution.h"
#include "diagnose/diagnose.h"

namespace medic::repair {

struct CapabilityLine {
  std::string capability;            // "NET_ADMIN"; of those left open "A or B"
  std::string why;                   // a sentence
  std::vector<std::string> because;  // "trace.log:12"
};

struct CapabilitySheet {
  std::vector<CapabilityLine> add;      // without it the kernel refuses what was seen
  std::vector<CapabilityLine> perhaps;  // asked for or not by whose an object is: not granted
  bool no_new_privileges = true;
  std::string no_new_privileges_why;
  bool needs_root = false;  // false: nothing that was seen asks for a capability, nor may
};

// Calls that the runtime made before it executed the program do not count.
CapabilitySheet capability_sheet(const ledger::Ledger& ledger, const attribute::Attribution& owners,
                                 const diagnose::Diagnosis& diagnosis, kernel::Arch assumed);

enum class SheetForm : std::uint8_t { Text, Docker, Compose, Kubernetes, Systemd, Quadlet };
std::string write_sheet(const CapabilitySheet& sheet, SheetForm form);

}  // namespace medic::repair
