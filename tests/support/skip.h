// Skipping aloud: a test that lacks what it needs is no test that passed.
#pragma once

#include <string>

namespace medic::support {

// Says on stdout what is missing, and makes the whole run end with 77, which ctest shows as
// skipped. The case has to return then; cases that may skip stand in the suite "optional", which
// ctest runs apart.
void skip(const std::string& what_is_missing);

}  // namespace medic::support
