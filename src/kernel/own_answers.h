// Can the kernel itself have answered so? For every system call of every architecture: EPERM,
// EACCES, ENOSYS and EAFNOSUPPORT. Facts without policy; rows and sources stand in own_answers.inc
// and call_history.inc.
#pragma once

#include <optional>

#include "kernel/argument_test.h"
#include "kernel/kernel_version.h"
#include "kernel/own_answer.h"

namespace medic::kernel {

// The one question. error: EPERM, EACCES, ENOSYS and EAFNOSUPPORT are answered from the tables; any
// other errno is Depends. Arguments that are not known count as any value. Unknown architectures
// and kernels count as any. A name that no table has (kNoName) is Depends.
OwnAnswers own_answer(NameId name, const Args& args, int error, Arch arch = Arch::Unknown,
                      std::optional<KernelVersion> kernel = std::nullopt);

// Is there a row for the call? A test holds that it is so for every call of every table.
bool has_own_answers(NameId name);

}  // namespace medic::kernel
