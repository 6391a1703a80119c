// What the parameters of a system call are: how many, which point to memory, which are narrower
// than their register.
#pragma once

#include <optional>

#include "kernel/call.h"
#include "kernel/syscalls.h"

namespace medic::kernel {

// Bit n of a mask speaks of argument n. Not known: nothing is certain, and the other fields are 0.
struct Params {
  std::uint8_t count = 0;
  std::uint8_t pointer_mask = 0;  // a filter sees the address, never what stands there
  std::uint8_t int32_mask = 0;  // on 64-bit architectures: the kernel ignores the register's upper
                                // half, a filter does not
  bool known = false;
};

// arch must not be Unknown. On 32-bit architectures, whose registers are compared whole, int32_mask
// is 0.
Params params_of(NameId name, Arch arch);

// A negative int: compilers leave the register's upper half 0, or fill it with ones, as they like.
// A filter sees it, and no trace says it. arch must not be Unknown.
bool is_ambiguous_int(NameId name, Arch arch, const Args& args, unsigned index);
// The arguments with the upper halves of all such ints the other way; nothing where there are none.
std::optional<Args> with_other_ints(NameId name, Arch arch, const Args& args);

}  // namespace medic::kernel
