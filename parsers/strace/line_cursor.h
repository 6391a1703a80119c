// Cuts a text into lines and notes where ` = ` stands in each: most lines are decided by that one
// place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "parsers/strace/line_marks.h"

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
      : begin_(text.data()),
        end_(text.data() + text.size()),
        line_(begin_),
        piece_(begin_),
        seen_(begin_) {}
  bool next(MarkedLine& line) {
    if (at_ + 2 > count_) return next_in_parts(line);
    const char *const first = piece_ + marks_[at_], *const second = piece_ + marks_[at_ + 1];
    if (*first != '=' || *second != '\n') return next_in_parts(line);
    at_ += 2;
    line.equals = static_cast<std::size_t>(first - line_);
    line.more_equals = false;
    line.ended = true;
    line.may_have_colour = escapes_;
    // Behind the '=' there is a space at least.
    line.text = {line_, static_cast<std::size_t>(second - line_) - (second[-1] == '\r' ? 1 : 0)};
    line_ = second + 1;
    return true;
  }

 private:
  // The text is looked through in pieces that stay in a core's nearest cache.
  static constexpr std::size_t kBlocks = 64;

  void see_more();
  bool next_in_parts(MarkedLine& line);

  const char* begin_;
  const char* end_;
  const char* line_;   // where the next line begins
  const char* piece_;  // what marks_ count from
  const char* seen_;   // up to here the text was looked through
  std::size_t at_ = 0, count_ = 0;
  bool escapes_ = false;  // the piece has an escape byte
  // Of each '\n' and each '=' between spaces in the piece, the place, in order.
  std::uint16_t marks_[kMarkedBlock * kBlocks + kSpareMarks];
};

}  // namespace medic::parsers::strace
