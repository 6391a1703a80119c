// What the parameters of a system call are: how many, which point to memory, which are narrower than their register.
#pragma once

#include "kernel/syscalls.h"

namespace medic::kernel {

// Bit n of a mask speaks of argument n. Not known: nothing is certain, and the other fields are 0.
struct Params {
  std::uint8_t count = 0;
  std::uint8_t pointer_mask = 0;  // a filter sees the address, never what stands there
  std::uint8_t int32_mask = 0;    // on 64-bit architectures: the kernel ignores the register's upper half, a filter does not
  bool known = false;
};

// arch must not be Unknown. On 32-bit architectures, whose registers are compared whole, int32_mask is 0.
Params params_of(NameId name, Arch arch);

}  // namespace medic::kernel
