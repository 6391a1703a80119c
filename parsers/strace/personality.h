// The architecture behind `[ Process PID=N runs in 32 bit mode. ]`.
#pragma once

#include <string_view>

#include "kernel/arch.h"

namespace medic::parsers::strace {

// mode: `32 bit`, `x32`, `N32`. Of the family of `host`; of x86's where that is unknown. Unknown
// for a mode that the family lacks.
kernel::Arch arch_of_mode(std::string_view mode, kernel::Arch host);

}  // namespace medic::parsers::strace
