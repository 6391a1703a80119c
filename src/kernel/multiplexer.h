// socketcall(2) and ipc(2): on some architectures libseccomp turns a rule for socket, bind, semop …
// into one for the multiplexer as well.
#pragma once

#include <cstdint>
#include <optional>

#include "kernel/syscalls.h"

namespace medic::kernel {

struct Multiplexed {
  NameId by = kNoName;     // socketcall or ipc
  std::uint32_t call = 0;  // its first argument (linux/net.h SYS_*, linux/ipc.h)
};

// Nothing when the name is not multiplexed on that architecture.
std::optional<Multiplexed> multiplexed_as(Arch arch, NameId name);

}  // namespace medic::kernel
