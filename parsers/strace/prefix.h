// What stands before the call on a line: task, context, times, number column, instruction pointer.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/event.h"
#include "parsers/fast/words.h"

namespace medic::parsers::strace {

struct Prefix {
  std::int64_t pid = -1;     // -1: the line has none
  std::string_view comm;     // -Y, still escaped as written
  std::string_view context;  // --secontext: the task's
  model::Time time;  // -r alone gives none: it counts from the line before, not from a start
  std::int32_t number = -1;  // -n
  bool has_number = false;
  std::size_t length = 0;  // where the body begins
};

Prefix read_prefix(std::string_view line);

// The same for line after line: where one begins as the last one did, up to the fraction of its
// second, only that is read; where another task goes on in the same second, its number too.
class PrefixReader {
 public:
  // Good until the next call.
  const Prefix& read(std::string_view line) {
    // Longer than a head and what is read behind it.
    if (line.size() > kLongest + kFraction + 1 && begins_alike(line.data()) &&
        read_fraction(line.data()))
      return prefix_;
    return read_another(line);
  }

 private:
  static constexpr std::size_t kLongest = 32, kFraction = 6;
  bool begins_alike(const char* line) const {
    if (length_ == 0 || word_at(head_ + length_ - 8) != word_at(line + length_ - 8)) return false;
    for (std::size_t at = 0; at + 8 < length_; at += 8) {
      if (word_at(head_ + at) != word_at(line + at)) return false;
    }
    return true;
  }
  bool read_fraction(const char* line) {
    const char* end = line + length_ + kFraction;
    if (end[0] != ' ' || ((end[1] < 'a' || end[1] > 'z') && end[1] != '<' && end[1] != '_'))
      return false;
    const std::int64_t micros = six_digits(end);
    if (micros >= 0) prefix_.time.ns = second_ns_ + micros * 1000;
    return micros >= 0;
  }
  static std::int64_t six_digits(const char* end);
  const Prefix& read_another(std::string_view line);
  bool read_other_pid(const char* line);
  void learn(std::string_view line);

  char head_[kLongest] = {};  // up to the point, with it
  std::size_t length_ = 0;    // 0: none
  std::size_t pid_length_ =
      0;  // of a head that is a number, spaces and a time: the former two; 0: another one
  std::int64_t second_ns_ = 0;  // the head's time
  Prefix prefix_;               // of the last line
};

// Six digits before `end`, as a number; -1 where one is none. Eight bytes can be read before `end`.
inline std::int64_t PrefixReader::six_digits(const char* end) {
  std::uint64_t bytes = (word_at(end - 8) & ~std::uint64_t{0xFFFF}) | 0x3030;
  if ((((bytes + 0x4646464646464646) | (bytes - 0x3030303030303030)) & 0x8080808080808080) != 0)
    return -1;
  // Digits to pairs, to fours, to all eight.
  bytes -= 0x3030303030303030;
  bytes = bytes * 10 + (bytes >> 8);
  return static_cast<std::int64_t>(((bytes & 0x000000FF000000FF) * 0x000F424000000064 +
                                    (bytes >> 16 & 0x000000FF000000FF) * 0x0000271000000001) >>
                                   32);
}

}  // namespace medic::parsers::strace
