// Can the kernel itself have answered so? For every system call of every architecture: EPERM,
// EACCES, ENOSYS and EAFNOSUPPORT. Facts without policy; rows and sources stand in own_answers.inc
// and call_history.inc.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernel/argument_test.h"
#include "kernel/kernel_version.h"

namespace medic::kernel {

// Ordered by how much the kernel is a suspect.
enum class OwnAnswer : std::uint8_t {
  Never,    // not in any kernel: a filter, or a security module where `asks_lsm`
  Rarely,   // in the one case that `why` names; a filter is likelier
  Depends,  // on objects, ownership, capabilities, configuration
  First     // a capability is asked for whatever the arguments are
};

struct OwnAnswers {
  OwnAnswer answer = OwnAnswer::Depends;
  bool asks_lsm = true;  // a security module (SELinux, AppArmor, Smack, Landlock) may answer EPERM
                         // or EACCES in the kernel's place
  std::string_view why;  // a clause: when the kernel answers so; empty for Never
};

// The one question. error: EPERM, EACCES, ENOSYS and EAFNOSUPPORT are answered from the tables; any
// other errno is Depends. Arguments that are not known count as any value. Unknown architectures
// and kernels count as any. A name that no table has (kNoName) is Depends.
OwnAnswers own_answer(NameId name, const Args& args, int error, Arch arch = Arch::Unknown,
                      std::optional<KernelVersion> kernel = std::nullopt);

// Is there a row for the call? A test holds that it is so for every call of every table.
bool has_own_answers(NameId name);

}  // namespace medic::kernel
