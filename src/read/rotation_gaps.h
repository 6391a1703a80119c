// Do rotated logs follow each other without a gap? Told by their names and by the audit serials at their seams.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.h"

namespace medic {

// The serial of the last audit event in the text's last few kilobytes.
std::optional<std::uint64_t> last_serial(std::string_view text);

// What one input's ends say. Only a whole auditd file has serials without holes: a grep of one, or a kernel's log, is not
// judged.
struct Continuity {
  std::optional<std::uint64_t> first, last;
  bool dense = false;  // nearly all serials between the first and the last of the input's beginning are there

  // text: where the input begins.
  void begin(std::string_view text);
};

struct Gap {
  model::Loss::Kind kind = model::Loss::Kind::Rotation;
  std::uint32_t input = 0;  // the one behind the gap
  std::uint64_t count = 0;
  std::string text;
};
// Between the inputs of one family (audit.log.2, audit.log.1, audit.log), oldest first as they were read.
std::vector<Gap> gaps_between(std::span<const ledger::InputAccount> inputs, std::span<const Continuity> continuity);

}  // namespace medic
