// Who installed the filter? Programs, units and sandboxes that are known to install one, and what
// to do about it. Rows and sources stand in filter_owners.inc.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace medic::kernel {

enum class OwnerKind : std::uint8_t { Container, Unit, Program, Sandbox };
std::string_view name(OwnerKind kind);  // container|unit|program|sandbox

// What a log says of the process; what it does not say is empty.
struct FilterClues {
  std::string_view comm;   // at most 15 bytes; the process's own word
  std::string_view exe;    // a whole path
  std::string_view label;  // subj=
  std::string_view unit;   // "dhcpcd.service", or a cgroup path
};

struct FilterOwner {
  OwnerKind kind = OwnerKind::Program;
  std::string_view name;     // "Chromium's sandbox"
  std::string_view filters;  // what the filter is, a clause
  std::string_view fix;      // whole sentences, the first begins with "If"
  std::string_view source;
  bool by_comm_alone = false;  // a process chooses its comm: no more than a suspicion
};

// The likeliest owner. What the kernel says (label, cgroup, exe) counts before comm, and a sandbox
// or a program before the unit or the container it runs in. Container and Unit say who would have
// installed a filter: that there is one, the log has to show. Nothing when no row fits: of an
// unknown program nothing follows.
std::optional<FilterOwner> filter_owner(const FilterClues& clues);

}  // namespace medic::kernel
