// Is the evidence complete, why can a failure be missing from it, and which next step fits what is
// at hand?
#pragma once

#include "diagnose/case.h"

namespace medic::diagnose {

Completeness completeness_of(const Case& c, const std::vector<Finding>& findings);

}  // namespace medic::diagnose
