// Looks through a text for the places that decide most lines: each '\n', and each '=' that has a
// space on both sides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace medic::parsers::strace {

inline constexpr std::size_t kMarkedBlock = 64;
// A marker may write so many places more than it found.
inline constexpr std::size_t kSpareMarks = 2;

struct Marks {
  std::size_t count = 0;
  bool escapes = false;  // there is an escape byte in the blocks
};

// Writes the places of the marks, in order, counted from `begin`. The blocks have kMarkedBlock
// bytes each, and the byte before the first one and the byte behind the last one can be read.
using Marker = Marks (*)(const char* begin, std::size_t blocks, std::uint16_t* out);

// Those that this machine can run, the quickest one first. All of them find the same.
std::span<const Marker> markers();

}  // namespace medic::parsers::strace
