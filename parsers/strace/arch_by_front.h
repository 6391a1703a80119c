// Which machine a trace is of, by the libraries that its first program loads.
#pragma once

#include <string_view>

#include "kernel/arch.h"

namespace medic::parsers::strace {

// In order: the folder or the name of a loaded library (/lib/x86_64-linux-gnu/libc.so.6), the ELF
// header of one that was read, a call that one architecture alone has. Unknown where the beginning
// of the trace says nothing, or two things.
kernel::Arch arch_by_front(std::string_view front);

}  // namespace medic::parsers::strace
