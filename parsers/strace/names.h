// Names as strace writes them, looked up at parsing speed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernel/syscalls.h"

namespace medic::parsers::strace {

struct NamedCall {
  kernel::NameId name = kernel::kNoName;
  std::int32_t number = -1;
  bool has_number = false;
  bool forced_64bit = false;  // `ioctl#64`: the 64-bit call within an x32 process
  bool known = false;         // some call, by name or number
};

// text: all before the '('. `syscall_0x1b7` and `syscall_317` have a number and no name.
NamedCall find_call(std::string_view text, kernel::Arch arch);

// The number, or -1, that the x86 family gives a call: a call that seccomp kills or traps seems to
// return it there.
struct OwnNumbers {
  std::int32_t x86_64 = -1, x86 = -1, x32 = -1;
};
OwnNumbers own_numbers(kernel::NameId name);

std::optional<int> find_errno(std::string_view name);

}  // namespace medic::parsers::strace
