// Do rotated logs follow each other without a gap? Their names and the audit serials at their seams
// say it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "parsers/audit/serial_ends.h"

namespace medic {

struct Gap {
  model::Loss::Kind kind = model::Loss::Kind::Rotation;
  std::uint32_t input = 0;  // the one behind the gap
  std::uint64_t count = 0;
  std::string text;
};
// Between the inputs of one family (audit.log.2, audit.log.1, audit.log), oldest first as they were
// read.
std::vector<Gap> gaps_between(std::span<const ledger::InputAccount> inputs,
                              std::span<const parsers::audit::SerialEnds> ends);

}  // namespace medic
