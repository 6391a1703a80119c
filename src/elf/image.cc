#include "elf/image.h"

#include <algorithm>

namespace medic::elf {

bool Image::is_code(std::uint64_t address) const {
  return std::any_of(segments.begin(), segments.end(),
                     [&](const Segment& s) { return s.executable && s.holds(address); });
}

std::string_view Image::at(std::uint64_t address) const {
  for (const Segment& segment : segments) {
    if (segment.holds(address)) return segment.bytes.substr(address - segment.address);
  }
  return {};
}

}  // namespace medic::elf
