// What container engines and runtimes print when a container does not start: which step failed,
// which call that step makes, and which layer refuses it as a rule. The texts are those of runc,
// crun, conmon, containerd and dockerd.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace medic::kernel {

// Who refuses the step as a rule. None of them is more than a suspicion: the text names no layer.
enum class RefusedBy : std::uint8_t {
  Profile,     // the profile itself is wrong: the runtime refuses it before it becomes a filter
  Seccomp,     // an outer filter: the engine itself runs in a container
  Capability,  // a capability that the engine or the container lacks
  Apparmor,
  Selinux,
  Dac,     // a file's mode, owner or mount option
  Cgroup,  // the cgroup's own rules or its delegation
  Unknown
};

struct EngineError {
  std::string_view id;     // stable, e.g. "rlimit"
  std::string_view text;   // stands in the message, letters compared without case
  std::string_view calls;  // that the step makes, parted by |; empty where it makes none
  RefusedBy by = RefusedBy::Unknown;
  std::string_view meaning;  // a sentence: what the step does and why it is refused
  std::string_view fix;      // a sentence: what to do
};

// Sorted so that the more special text stands first.
std::span<const EngineError> all_engine_errors();

// The row for a line that an engine or a runtime printed about a container that did not start; null
// for any other line. A line counts only where it also has a word by which engines mark such
// errors, so that a program's own message is none.
const EngineError* find_engine_error(std::string_view line);
const EngineError* engine_error_by_id(std::string_view id);

// A program's own message of a refusal, such as "chown: changing ownership of 'x': Operation not
// permitted": a symptom that names no layer. Nothing where the line has no such ending.
struct Symptom {
  std::string_view program, message;
  int error = 0;
};
std::optional<Symptom> read_symptom(std::string_view line);

// RLIMIT_* of `rlimit type 7`; empty for a number that no machine has. linux
// include/uapi/asm-generic/resource.h.
std::string_view rlimit_name(std::uint64_t type);

}  // namespace medic::kernel
