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
      : begin_(text.data()), end_(text.data() + text.size()), block_(begin_), line_(begin_) {}
  bool next(MarkedLine& line);

 private:
  void load();

  const char* begin_;
  const char* end_;
  const char* block_;           // the block that the masks describe
  const char* line_;            // where the next line begins
  std::uint64_t newlines_ = 0;  // bit i: block_[i]
  std::uint64_t equals_ = 0;
  bool escapes_ = false;  // the block has an escape byte
  bool loaded_ = false;
};

}  // namespace medic::parsers::strace
