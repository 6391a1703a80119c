// The installed libseccomp as the judge of rules that overlap.
#pragma once

#include "policy/judge.h"

namespace medic::profile {

// Compiles in a child process with limits, as compile() does. One object for the whole program;
// safe from any thread.
const Judge& installed_libseccomp();

}  // namespace medic::profile
