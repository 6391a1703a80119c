// The system calls that an OCI runtime makes itself after it has loaded the container's filter: a
// profile must let it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace medic::kernel {

enum class OciRuntime : unsigned char { Runc, Crun };
// With noNewPrivileges the filter is loaded last, just before the exec; without, before
// capabilities and user are set.
enum class NoNewPrivs : unsigned char { Set, Unset };
// A container's start (create, then start: engines never use `run`), or a command executed in one
// that runs.
enum class Entry : unsigned char { Start, Exec };

// Measured on x86_64, the union over the versions that the row names.
struct RuntimeCalls {
  std::string_view versions;
  std::span<const std::string_view>
      must;  // without one of them the container does not start, or hangs
  std::span<const std::string_view>
      tolerated;  // made, and an errno is borne; a killing action is not
  std::span<const std::string_view> sometimes;  // Go's scheduler and signals: in some runs only
};
const RuntimeCalls& runtime_calls(OciRuntime runtime, NoNewPrivs no_new_privs,
                                  Entry entry = Entry::Start);

// Every call of a runtime's rows, each once, in their alphabetical order.
std::vector<std::string_view> every_runtime_call(OciRuntime runtime);

// What the small init makes that `docker run --init` (tini) or `podman run --init` (catatonit) puts
// before the program.
std::span<const std::string_view> init_helper_calls();

}  // namespace medic::kernel
