// A refusal explained by the kernel itself: capability, ownership, mode, mount, limit, setting.
#pragma once

#include "diagnose/case.h"
#include "diagnose/observed.h"
#include "kernel/knowledge.h"

namespace medic::diagnose {

// The reasons that fit the finding's call and errno, without those that the log itself rules out (a
// capability that the process holds). A path that the log shows to be a device node is the device
// cgroup's matter first.
std::vector<kernel::LikelyReason> reasons_for(const Case& c, const Group& group,
                                              const Observed& observed);

// Sets kind, layer, remedy, summary and notes from the likeliest reason. `opening` begins the
// summary and ends without a full stop.
void explain_by_kernel(Finding& finding, const std::vector<kernel::LikelyReason>& reasons,
                       std::string opening);

// Where a side file shows that the container holds the capability of a finding that says it is
// missing: the reason is then its user namespace, or that the process gave it up, and nobody is
// asked to grant it.
void explain_held_capability(const Case& c, const Group& group, std::string_view capability,
                             Finding& finding);

// What the log or a side file speaks of a capability of the process: "" when nothing.
std::string capability_evidence(const Case& c, const Group& group, std::string_view capability);

}  // namespace medic::diagnose
