// What no search through machine code finds, but the sources of the C libraries say.
#pragma once

#include <string_view>

#include "elf/module.h"

namespace medic::elf {

// Does a function of this name never come back to its caller? POSIX, the LSB's and the Itanium C++
// ABI's names.
bool never_returns(std::string_view name);

// glibc hands the numbers of the calls that change every thread's ids through a structure
// (nptl/nptl_setxid.c): fills them in where its two sites have an unknown number.
void add_setxid_numbers(Module& module);

}  // namespace medic::elf
