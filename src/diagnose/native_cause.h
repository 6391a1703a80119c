// A refusal explained by the kernel itself: capability, ownership, mode, mount, limit, setting.
#pragma once

#include "diagnose/diagnose.h"
#include "kernel/knowledge.h"

namespace medic::diagnose {

// The reasons that fit the finding's call and errno, without those that the log itself rules out (a capability that the process
// holds).
std::vector<kernel::LikelyReason> reasons_for(const Case& c, const Group& group);

// Sets kind, layer, remedy, summary and notes from the likeliest reason. `opening` begins the summary and ends without a full
// stop.
void explain_by_kernel(Finding& finding, const std::vector<kernel::LikelyReason>& reasons, std::string opening);

// What the log speaks of a capability of the process: "" when nothing.
std::string capability_evidence(const Case& c, const Group& group, std::string_view capability);

}  // namespace medic::diagnose
