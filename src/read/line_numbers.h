// Which line of an input a line is. While segments are read at once nobody knows how many lines
// stand before one: until then a line's number is the segment's number and the line's own within
// it.
#pragma once

#include <cstdint>
#include <vector>

namespace medic {

class LineNumbers {
 public:
  // What stands for the first line of a segment; those behind it count up from there.
  static std::uint64_t first_of(std::uint64_t segment) { return (segment << kBits) + 1; }

  // Reading begins behind so many lines of the file.
  void begin_behind(std::uint64_t lines) { before_ = lines; }
  // Of the next segment in order, from 0 on: so many lines of the input stand before it.
  void place_next_segment(std::uint64_t lines_before) { bases_.push_back(lines_before); }
  // The line's number in the file. Its segment must have its place.
  std::uint64_t in_file(std::uint64_t number) const {
    const std::uint64_t segment = number >> kBits;
    return before_ + (segment < bases_.size() ? bases_[segment] + (number & kMask) : number);
  }

 private:
  static constexpr unsigned kBits = 40;
  static constexpr std::uint64_t kMask = (std::uint64_t{1} << kBits) - 1;
  std::uint64_t before_ = 0;
  std::vector<std::uint64_t> bases_;
};

}  // namespace medic
