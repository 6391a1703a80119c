// runc's ENOSYS stub (policy/stub_limits.h says for which calls) as a program.
#pragma once

#include "libseccomp/bpf.h"
#include "policy/evaluate.h"

namespace medic::profile {

// The stub as BPF, to stand before the filter: what runc's does, not its very instructions. Empty
// when there is none.
Program enosys_stub(const Flat& flat);

}  // namespace medic::profile
