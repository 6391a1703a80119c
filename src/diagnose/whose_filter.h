// Whose filter was it? A container's runtime, a unit, the program itself or a sandbox around it;
// and the fix that follows.
#pragma once

#include <optional>

#include "diagnose/case.h"

namespace medic::diagnose {

// Fills finding.filter of a denial by seccomp. Where somebody else than a container installed the
// filter, the fix becomes theirs: a profile given that explains the denial stays the fix.
// phase: of the call that was denied; nothing where no call is known.
void name_filter_owner(const Case& c, std::optional<attribute::Phase> phase, Finding& finding);

}  // namespace medic::diagnose
