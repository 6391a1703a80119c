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

}  // namespace medic::parsers::strace
