// The system calls that an OCI runtime makes itself after it has loaded the container's filter: a profile must let it.
#pragma once

#include <span>
#include <string_view>

namespace medic::kernel {

enum class OciRuntime : unsigned char { Runc, Crun };
// With noNewPrivileges the filter is loaded last, just before the exec; without, before capabilities and user are set.
enum class NoNewPrivs : unsigned char { Set, Unset };

// Measured on x86_64 with runc 1.0.0-rc93, 1.1.5, 1.1.15 and crun 0.17, 1.8.1, 1.21: the union over the versions.
struct RuntimeCalls {
  std::span<const std::string_view> must;       // without one of them the container does not start, or hangs
  std::span<const std::string_view> tolerated;  // made, and an errno is borne; a killing action is not
  std::span<const std::string_view> sometimes;  // Go's scheduler and signals: in some runs only
};
const RuntimeCalls& runtime_calls(OciRuntime runtime, NoNewPrivs no_new_privs);

}  // namespace medic::kernel
