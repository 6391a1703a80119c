// runc's answer to calls newer than the profile (libcontainer/seccomp/patchbpf/enosys_linux.go):
// ENOSYS above the largest number that any rule names.
#pragma once

#include <map>

#include "kernel/call.h"
#include "policy/flatten.h"

namespace medic::profile {

// By architecture the largest number; empty when runc adds no stub. An architecture without a named
// call has no entry.
std::map<kernel::Arch, std::int32_t> stub_limits(const Flat& flat);

// Does the stub answer this call, before the filter proper is asked?
bool stub_answers(const std::map<kernel::Arch, std::int32_t>& limits, kernel::SyscallId id);

}  // namespace medic::profile
