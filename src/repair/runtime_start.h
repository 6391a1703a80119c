// What the runtime needs to start a container at all, as part of a repair.
#pragma once

#include "repair/repair.h"

namespace medic::repair {

// Where options.start says so: what the runtime needs and the profile denies, as further requests.
// Returns their names.
std::set<std::string> add_runtime_needs(const profile::Profile& profile, const Options& options,
                                        std::vector<PermissionRequest>& requests);
// What the runtime needs and the profile denies; nothing where options.start does not ask.
std::vector<std::string> cannot_start(const profile::Profile& profile, const Options& options);

}  // namespace medic::repair
