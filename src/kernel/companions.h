// Which system calls stand for one another: what another libc, a newer one, or another architecture
// calls for the same purpose.
#pragma once

#include <span>

#include "kernel/syscalls.h"

namespace medic::kernel {

// Instead: does the same call for the same library function. Beside: works on the same things; a
// profile that needs one often needs the other, but permitting it permits more.
enum class Companionship : std::uint8_t { Instead, Beside };

// Without the name itself, sorted; those of Beside do not repeat those of Instead. socketcall and
// ipc are named beside the calls that they stand for, not the other way round: they do far too
// much. Lives as long as the program.
std::span<const NameId> companions_of(NameId name, Companionship kind = Companionship::Instead);

}  // namespace medic::kernel
