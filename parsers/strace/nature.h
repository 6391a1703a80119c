// Calls that are more than their arguments and their result.
#pragma once

#include <cstdint>

#include "kernel/syscalls.h"

namespace medic::parsers::strace {

// The calls whose `= ?` or odd result is their nature: they do not return, or put back saved
// registers.
enum class Nature : std::uint8_t { Plain, NoReturn, Restores, Forks, Execs, EntersSeccomp };
Nature nature_of(kernel::NameId name);

// Is nothing to be known of a call of this name but its arguments and its result? Those that make
// tasks, execute, do not return, restore registers or load filters are not plain.
inline bool is_plain(kernel::NameId name) { return nature_of(name) == Nature::Plain; }

}  // namespace medic::parsers::strace
