// Which arguments are worth telling apart: those that a seccomp filter can test and that somebody
// does test.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/syscalls.h"

namespace medic::ledger {

// A bit per argument by NameId, for the calls whose scalar arguments select what the call does
// (families, commands, flags). Pids, descriptors, sizes, pointers and path names are left out: they
// name objects, and a filter on them is a mistake.
std::vector<std::uint8_t> default_interest();

}  // namespace medic::ledger
