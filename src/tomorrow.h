// The context that a trace is replayed under.
#pragma once

#include <optional>

#include "kernel/libc_calls.h"
#include "policy/context.h"

namespace medic {

struct Tomorrow {
  profile::Context context;
  std::optional<kernel::LibcVersion> runtime_version;  // of context.runtime; nothing: the newest
  bool kernel_given = false;                           // else calls are taken to be there
  std::optional<kernel::LibcRelease> libc;
};

}  // namespace medic
