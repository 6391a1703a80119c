// Cuts a text into lines and notes where ` = ` stands in each, 64 bytes at a time: most lines are decided by that one place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace medic::parsers::strace {

inline constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

struct MarkedLine {
  std::string_view text;          // without '\n' and a '\r' before it
  std::size_t equals = kNowhere;  // of the last '=' that has a space on both sides
  bool more_equals = false;       // there is another one before it
  bool ended = true;              // a '\n' followed
  bool may_have_colour = false;   // an escape byte is in it or near it
};

// Marks one line that was put together in memory, as if a '\n' followed.
MarkedLine mark_line(std::string_view line);

class LineCursor {
 public:
  explicit LineCursor(std::string_view text)
      : begin_(text.data()), end_(text.data() + text.size()), line_(begin_), piece_(begin_), seen_(begin_) {}
  bool next(MarkedLine& line);

 private:
  // The text is looked through in pieces that stay in a core's nearest cache.
  static constexpr std::size_t kBlock = 64, kBlocks = 64;

  void see_more();

  const char* begin_;
  const char* end_;
  const char* line_;   // where the next line begins
  const char* piece_;  // what marks_ count from
  const char* seen_;   // up to here the text was looked through
  std::size_t at_ = 0, count_ = 0;
  bool escapes_ = false;  // the piece has an escape byte
  // Of each '\n' and each '=' between spaces in the piece, the place, in order.
  std::uint16_t marks_[kBlock * kBlocks];
};

}  // namespace medic::parsers::strace
