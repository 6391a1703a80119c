// A seccomp profile as its author wrote it: every rule, gate and place, nothing evaluated and
// nothing dropped.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kernel/action.h"
#include "kernel/arch.h"

namespace medic::profile {

// Bytes [begin, end) of the profile's text.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// line and column count from 1, column in bytes.
struct Place {
  std::uint64_t line = 0;
  std::uint64_t column = 0;
};

// runtime-spec config-linux.md: seccomp `op`.
enum class Op : std::uint8_t { Ne, Lt, Le, Eq, Ge, Gt, MaskedEq };
std::string_view oci_token(Op op);  // SCMP_CMP_*
std::optional<Op> op_from_oci(std::string_view token);

// For MaskedEq: (arg & value) == (value_two & value). For the others value_two is ignored.
// Comparisons are unsigned.
struct Condition {
  std::uint32_t index = 0;
  Op op = Op::Eq;
  std::uint64_t value = 0;
  std::uint64_t value_two = 0;
  Place place;
};

// Docker's includes/excludes. Empty lists and an empty min_kernel say nothing.
struct Gate {
  std::vector<std::string> caps;
  std::vector<std::string> arches;
  std::string min_kernel;  // "4.8"
  bool empty() const { return caps.empty() && arches.empty() && min_kernel.empty(); }
};

struct Name {
  std::string text;  // as written
  Place place;
  Span span;  // of the JSON string, with its quotes
};

struct Rule {
  std::vector<Name> names;
  kernel::Action action = kernel::Action::Allow;
  std::string
      action_text;  // as written: SCMP_ACT_KILL differs from SCMP_ACT_KILL_THREAD in text only
  std::optional<std::uint32_t> errno_ret;  // errnoRet
  std::optional<std::string>
      errno_name;  // Podman's `errno`: overrides errnoRet there, ignored elsewhere
  std::vector<Condition> args;
  Gate includes, excludes;
  std::string comment;
  bool legacy_name = false;  // `names` holds the one name of the old form, "name": "…"
  Place place;               // of the opening brace
  Span span;                 // of the whole object

  bool has_name(std::string_view name) const {
    return std::any_of(names.begin(), names.end(),
                       [&](const Name& each) { return each.text == name; });
  }
};

struct ArchMapEntry {
  kernel::Arch architecture = kernel::Arch::Unknown;
  std::vector<kernel::Arch> sub_architectures;
};

// In what the profile came: edits go into the carrier's own text.
enum class Carrier : std::uint8_t { Bare, ConfigJson, DockerInspect };

struct Profile {
  std::string path;  // for messages; empty for generated ones
  std::string text;  // the whole file
  Carrier carrier = Carrier::Bare;
  Span object;  // of the profile's own JSON object within text
  std::optional<kernel::Action> default_action;
  Place default_action_place;
  std::optional<std::uint32_t> default_errno_ret;
  std::optional<std::string> default_errno_name;           // Podman's `defaultErrno`
  std::optional<std::vector<kernel::Arch>> architectures;  // nothing: the key is absent
  std::vector<Name>
      loose_architectures;  // of `architectures`: spelled as crun alone accepts them (x86_64)
  std::vector<ArchMapEntry> arch_map;
  Place arch_map_place;
  std::optional<std::vector<std::string>>
      flags;  // nothing: absent or null, which is not the same as empty
  std::string listener_path;
  std::string listener_metadata;
  Place listener_place;  // of listenerPath, or of the first rule that asks for one
  bool has_syscalls = false;
  std::vector<Rule> rules;
  // Of a profile that does not stand in a JSON file of its own: "built-in", or the format that it
  // was read from. `text` is then what was made of it, and no file's.
  std::string read_as;
  std::string source_text;  // of another format: the file's own text
  bool own_tool = false;    // the format's own tool installs the filter: no runtime adds a stub
};

// Podman's or Docker's vocabulary in it (archMap, includes, names of errnos): it must be flattened
// before a runtime sees it.
bool needs_engine(const Profile& profile);
bool is_podman_style(const Profile& profile);  // uses errno/defaultErrno strings

// Reads JSON in any of the carriers. Errors carry file, line, column, the line and the fix. Things
// that runtimes accept or ignore in silence but that are worth saying (duplicate keys, unknown
// keys, legacy name) go to `notes` as Warning or Note. A docker inspect output's profile stands in
// HostConfig.SecurityOpt ("seccomp={...}"): it is read from there; edits to it are refused.
Result<Profile> read_profile(std::string text, std::string path, Problems& notes);

}  // namespace medic::profile
