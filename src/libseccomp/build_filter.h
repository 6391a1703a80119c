// The only code that hands rules to libseccomp: in the runtime's order, by the runtime's calls.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/syscalls.h"
#include "policy/evaluate.h"

namespace medic::profile {

struct BuildOutcome {
  enum class Step : std::uint8_t { Done, Init, Architecture, Rule, Merge, Export };
  struct Failure {
    Step step = Step::Done;
    int code = 0;             // libseccomp's, a negative errno
    std::size_t subject = 0;  // Rule: index into Flat::rules; Architecture: the kernel::Arch
    kernel::NameId name = 0;  // Rule: the name concerned
  };
  Failure failure;
  std::vector<kernel::SyscallId> unproven;  // calls that the linked libseccomp could not be given
};

// 0 when the linked libseccomp has no such architecture.
std::uint32_t libseccomp_token(kernel::Arch arch);

// Has the linked libseccomp the call under the same number as our tables? A name that it knows on
// its own machine may be missing on another architecture, and rules for it then do nothing there.
// True for numbers that no table has.
bool linked_library_has(kernel::SyscallId id);

// Writes the program to fd, in the byte order of the architectures. Every architecture must have a
// token. libseccomp up to 2.5.4 at least does not come back from some rules (two that share a
// 64-bit comparison): call it where it can be stopped.
BuildOutcome build_filter(const Flat& flat, int fd);

}  // namespace medic::profile
