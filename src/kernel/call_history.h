// When a system call came into Linux, when it went, and whether a kernel may be built without it.
// Rows and sources stand in call_history.inc.
#pragma once

#include <optional>

#include "kernel/kernel_version.h"
#include "kernel/own_answer.h"
#include "kernel/syscalls.h"

namespace medic::kernel {

// The Linux that brought the call to the architecture (Arch::Unknown: to the first one that had
// it). 2.6.0 for every call that is older than any kernel in use. Nothing when no kernel in use
// ever served it, or for kNoName.
std::optional<KernelVersion> first_kernel(NameId name, Arch arch = Arch::Unknown);
// The Linux that took the call out; nothing when it is still there.
std::optional<KernelVersion> last_kernel_gone(NameId name);

// Does every kernel that may run containers have the call, so that only a filter answers ENOSYS?
// Oldest kernel counted: kOldestInUse, or the one that is given. False where an option that some
// kernels lack leaves the call out.
inline constexpr KernelVersion kOldestInUse{4, 4};
bool every_kernel_has(NameId name, Arch arch = Arch::Unknown, KernelVersion oldest = kOldestInUse);

// Can the kernel itself answer ENOSYS to the call? Of an unknown kernel, calls up to kOldestInUse
// are taken to be there.
OwnAnswers absence_answer(NameId name, Arch arch, std::optional<KernelVersion> kernel);

// All names, by ascending release, that `newer` has and `older` has not: what an upgrade of the
// kernel brings within reach.
std::vector<NameId> calls_between(KernelVersion older, KernelVersion newer, Arch arch);

}  // namespace medic::kernel
