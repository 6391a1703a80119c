// Signs that a denied call was an attack and not a need: who tried, what else it tried, and right
// after what.
#pragma once

#include "diagnose/case.h"

namespace medic::diagnose {

// Fills finding.intrusion of denied, risky calls. A sign is a reason to look, never a proof, and
// the words say so.
void note_intrusions(const Case& c, std::vector<Finding>& findings);

// Says where permitting a call would complete a dangerous pair with another that is permitted
// already or denied beside it.
void note_combinations(const Case& c, std::vector<Finding>& findings);

}  // namespace medic::diagnose
