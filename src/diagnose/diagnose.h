// The ledger and the profile in, findings out.
#pragma once

#include <vector>

#include "diagnose/case.h"

namespace medic::diagnose {

Diagnosis diagnose(const ledger::Ledger& ledger, const std::vector<ledger::InputAccount>& inputs,
                   const ProfileInUse* profile, const Options& options);

// Replays every call that a filter saw: a finding for each that the profile would not plainly
// permit.
Diagnosis check(const ledger::Ledger& ledger, const std::vector<ledger::InputAccount>& inputs,
                const ProfileInUse& profile, const Options& options);

}  // namespace medic::diagnose
