// What names, numbers and paths say of an architecture that a log does not name.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "kernel/syscalls.h"

namespace medic::kernel {

enum class Width : std::uint8_t { Any, Bits32, Bits64 };

// The architectures that have every one of these calls, of the width given (x32 counts as 32).
// Architectures with one table (mips and mipsel) are all named. Empty when no single one has them
// all.
std::vector<Arch> all_archs_that_fit(std::span<const NameId> names, Width width);

// The one architecture that alone has the call (arch_prctl, riscv_hwprobe, s390_sthyi …);
// architectures with one table count as one, and the little-endian, newer one is named. Nothing
// where several have it.
std::optional<Arch> only_arch_of(NameId name);

// Is the number above every call that any release of the table has? Then it is of another
// personality, or no call at all. The margin leaves room for newer kernels.
bool above_table(SyscallId id);
// The architectures of the same machine whose table has the number, when the one named has not: x86
// for 0x19c of an x86_64 log.
std::vector<Arch> personalities_with(SyscallId id);

// By a library folder's or loader's name in a path: "/lib/x86_64-linux-gnu/libc.so.6",
// "/lib/ld-linux-armhf.so.3",
// "/lib64/ld64.so.2", "ld-musl-aarch64.so.1". Nothing where the path says nothing, or two things.
std::optional<Arch> arch_from_path(std::string_view path);

}  // namespace medic::kernel
