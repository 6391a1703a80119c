// Which audit serials an input begins and ends with: whether rotated logs follow each other without
// they show a gap.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace medic::parsers::audit {

struct SerialEnds {
  std::optional<std::uint64_t> first, last;
  // Nearly all serials between the first and the last of the input's beginning are there. Only a
  // whole auditd file has them so: a grep of one, or a kernel's log, is not judged.
  bool dense = false;

  // text: where the input begins.
  void begin(std::string_view text);
};

// The serial of the last audit event in the text's last few kilobytes.
std::optional<std::uint64_t> last_serial(std::string_view text);

}  // namespace medic::parsers::audit
