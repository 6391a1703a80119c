// The profile as the runtime would install it: rules handed to libseccomp in the runtime's order,
// exported as BPF, runc's ENOSYS stub prepended.
#pragma once

#include "libseccomp/bpf.h"
#include "policy/evaluate.h"

namespace medic::profile {

// Fails where libseccomp refuses what the runtime would hand it (an identical condition chain with
// another action …), saying which rule. Names newer than the linked libseccomp are added by number
// where it accepts that; otherwise they are listed in `unproven`. An error of Severity::Error is
// what the runtime would refuse too; of Severity::Warning what only the linked libseccomp cannot do
// (an architecture it lacks, rules it never comes to an end with: it runs in a child process with
// two seconds of processor time).
struct Compiled {
  Program program;
  ByteOrder byte_order = ByteOrder::Little;  // to run() it with
  std::vector<kernel::NameId> unproven;      // names missing from the program on some architecture
  std::vector<kernel::SyscallId> unproven_calls;  // exactly which calls those are
  std::string engine;                             // "libseccomp 2.5.4 + runc ENOSYS stub"
};
Result<Compiled> compile(const Flat& flat);

ByteOrder byte_order(kernel::Arch arch);

// The linked library's release, and the newest name that it really resolves: distributions
// back-port names.
kernel::LibseccompVersion linked_libseccomp();

}  // namespace medic::profile
