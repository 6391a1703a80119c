// Capabilities by number and name: include/uapi/linux/capability.h of Linux 6.12.
#pragma once

#include <optional>
#include <string_view>

namespace medic::kernel {

// "CAP_SYS_ADMIN"; empty for a number that Linux does not know.
std::string_view capability_name(int number);
// Of a name with its CAP_ prefix.
std::optional<int> capability_number(std::string_view name);

}  // namespace medic::kernel
