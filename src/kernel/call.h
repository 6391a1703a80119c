// A system call as a seccomp filter sees it: number, architecture and six 64-bit registers, of
// which a log may know some.
#pragma once

#include <array>
#include <cstdint>

#include "kernel/syscalls.h"

namespace medic::kernel {

inline constexpr unsigned kArgCount = 6;

// Argument registers. Bit i of `known` says that value[i] was known by the source; unknown values
// are 0 and mean nothing.
struct Args {
  std::array<std::uint64_t, kArgCount> value{};
  std::uint8_t known = 0;

  bool has(unsigned index) const { return (known >> index & 1) != 0; }
  void set(unsigned index, std::uint64_t number) {
    value[index] = number;
    known = static_cast<std::uint8_t>(known | 1u << index);
  }
  friend auto operator<=>(const Args&, const Args&) = default;
};

struct Call {
  SyscallId id;
  Args args;
};

}  // namespace medic::kernel
