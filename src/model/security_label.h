// What of a security label says what a process may do, and what only which container it is.
#pragma once

#include <string_view>

namespace medic::model {

// The label's front without what differs from one container to the next: SELinux's categories
// ("…:s0:c1,c2" is "…:s0"), the instance that AppArmor's profiles of libvirt and snap carry behind
// a dash and hex digits. A view into `label`.
std::string_view without_instance(std::string_view label);

}  // namespace medic::model
