// Names of flags and enumerated arguments to their values, by architecture: for logs that write
// names where a filter compares numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/arch.h"
#include "kernel/syscalls.h"

namespace medic::kernel {

// "SOCK_CLOEXEC" on mips64. Arch::Unknown gives the value that x86_64, arm, aarch64, riscv,
// loongarch and s390 share, and nothing where these differ among each other (O_DIRECTORY); ppc,
// mips, parisc and other old numberings must be named to be honoured.
std::optional<std::uint64_t> constant_value(std::string_view name, Arch arch);

// How people write an argument's value: "AF_VSOCK", "CLONE_NEWUSER|SIGCHLD", "PR_SET_NAME". Empty
// when the argument is no enumeration or flag set that is known here, or the value has no name.
// Bits without a name are added in hexadecimal.
std::string constant_name(NameId syscall, unsigned index, std::uint64_t value, Arch arch);

}  // namespace medic::kernel
