// How much the kernel itself is a suspect where a call was refused.
#pragma once

#include <cstdint>
#include <string_view>

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

}  // namespace medic::kernel
