// socketcall(2) and ipc(2): strace shows the sub-call, seccomp sees the multiplexer and the
// sub-call's number.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernel/syscalls.h"

namespace medic::parsers::strace {

struct Multiplexed {
  kernel::NameId multiplexer = kernel::kNoName;
  std::uint64_t sub_call = 0;    // its first argument
  std::int32_t x86_number = -1;  // what i386 strace's number column and a killed call's result show
};

// Of the call's name as strace writes it; nothing for a call that never goes through a multiplexer.
std::optional<Multiplexed> multiplexed(std::string_view name);

}  // namespace medic::parsers::strace
