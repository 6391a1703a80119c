// What stands before the call on a line: task, context, times, number column, instruction pointer.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/event.h"

namespace medic::parsers::strace {

struct Prefix {
  std::int64_t pid = -1;     // -1: the line has none
  std::string_view comm;     // -Y, still escaped as written
  std::string_view context;  // --secontext: the task's
  model::Time time;          // -r alone gives none: it counts from the line before, not from a start
  std::int32_t number = -1;  // -n
  bool has_number = false;
  std::size_t length = 0;  // where the body begins
};

Prefix read_prefix(std::string_view line);

// The same for line after line: where one begins as the last one did, up to the fraction of its second, only that is read; where
// another task goes on in the same second, its number too.
class PrefixReader {
 public:
  // Good until the next call.
  const Prefix& read(std::string_view line);

 private:
  static constexpr std::size_t kLongest = 32;
  bool begins_alike(const char* line) const;
  bool read_other_pid(const char* line);
  void learn(std::string_view line);

  char head_[kLongest] = {};    // up to the point, with it
  std::size_t length_ = 0;      // 0: none
  std::size_t pid_length_ = 0;  // of a head that is a number, spaces and a time: the former two; 0: another one
  std::int64_t second_ns_ = 0;  // the head's time
  Prefix prefix_;               // of the last line
};

}  // namespace medic::parsers::strace
