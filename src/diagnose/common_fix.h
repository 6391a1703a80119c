// What to do about all findings at once, and about each in two words.
#pragma once

#include <string>
#include <vector>

#include "diagnose/case.h"

namespace medic::diagnose {

// Was the refusal expected by those who called, so that nothing is broken? It was seen that the
// older call was made instead, or the profile answers ENOSYS to a call that is known to be tried
// first and done without.
bool is_harmless(const Finding& finding);

// The fix of one finding for a column of a table: "permit it", "--override mkdir".
std::string brief_fix(const Finding& finding);

// Does the common fix's command, as it stands, permit what was refused?
bool is_in_common_fix(const Finding& finding);

// One command for all that a profile's repair can permit, and what it leaves to be decided.
CommonFix common_fix(const Case& c, const std::vector<Finding>& findings);

}  // namespace medic::diagnose
