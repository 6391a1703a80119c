// Whose the lines without a number are. On a terminal strace shows `[pid N]` only while several
// tasks live, so the program that it started is reported without one, and with one later.
#pragma once

#include <cstdint>
#include <string_view>

namespace medic::parsers::strace {

// By the beginning of a trace; -1 where it does not say, or where no line is without a number. In
// order: the one process that strace says it attached to; what set_tid_address, which libc's start
// calls, returned; the first number of a line that strace did not announce as a child's.
std::int64_t task_of_unnumbered(std::string_view front);

}  // namespace medic::parsers::strace
