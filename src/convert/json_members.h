// Members of the profile object that a NewProfile does not hold.
#pragma once

#include <utility>

#include "convert/foreign.h"

namespace medic::profile::formats {

// Adds them before "syscalls"; values are JSON text.
std::string with_members(std::string text,
                         const std::vector<std::pair<std::string, std::string>>& members);
// The listener, and a list of flags that is there but empty.
std::vector<std::pair<std::string, std::string>> unordinary_members(const Profile& profile);

}  // namespace medic::profile::formats
