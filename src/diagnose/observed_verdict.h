// What the profile answers to a call that was seen, where an older engine or the other way to pass
// an int explains what came.
#pragma once

#include <optional>

#include "diagnose/case.h"

namespace medic::diagnose {

// The verdict of the profile in use, corrected by what was observed of this group. Nothing where no
// profile is given, or the call is not known.
std::optional<profile::Verdict> observed_verdict(const Case& c, const Group& group);

}  // namespace medic::diagnose
