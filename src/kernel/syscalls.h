// System call numbers and names by architecture, and by the libseccomp release that first knew
// them. Names are libseccomp's, the ones OCI runtimes accept.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "kernel/arch.h"

namespace medic::kernel {

// Index into the sorted list of all names of all architectures.
using NameId = std::uint16_t;
inline constexpr NameId kNoName = 0xFFFF;

// A number on an architecture; its name is a view of it. number is what seccomp_data.nr holds
// (x32's carry bit 30).
struct SyscallId {
  Arch arch = Arch::Unknown;
  std::int32_t number = -1;
  friend auto operator<=>(const SyscallId&, const SyscallId&) = default;
};

// "v7.1.0-rc4 2026-05-19": the kernel that the generated tables describe.
std::string_view tables_version();

std::span<const std::string_view> all_names();
NameId find_name(std::string_view name);  // kNoName when no architecture has such a call
std::string_view name_of(NameId id);      // empty for kNoName

// The name of a number, kNoName when the architecture's table has none.
NameId name_at(SyscallId id);
// The name as text; "syscall_0x…" for an unknown number.
std::string_view known_name(SyscallId id);  // empty when unknown

// The number of a name on an architecture; nothing when the architecture lacks the call.
std::optional<std::int32_t> number_of(NameId name, Arch arch);

struct TableRow {
  std::int32_t number;
  NameId name;
};
// All calls of an architecture by ascending number. arch must not be Unknown.
std::span<const TableRow> table(Arch arch);

// A name that people, strace, libaudit or kernel sources use for a call that OCI runtimes know
// under another name (pread → pread64, newfstat → fstat, fadvise64_64 on arm → arm_fadvise64_64).
// arch may be Unknown. kNoName when there is none.
NameId find_alias(std::string_view text, Arch arch);

// The names most like `text`, best first, at most `limit`: for "did you mean".
std::vector<NameId> nearest_names(std::string_view text, std::size_t limit);

// A libseccomp release, ordered.
struct LibseccompVersion {
  int major = 99, minor = 0, patch = 0;  // the default is "newest"
  // The highest x86_64 number that it resolves, where a distribution's own build knows more than
  // its release; 0: what the release knows.
  std::int32_t newest_number = 0;
  friend auto operator<=>(const LibseccompVersion&, const LibseccompVersion&) = default;
};
// "2.5.4", "newest", or a release as a distribution ships it: "2.5.4+deb12". Nothing for a
// distribution that is not known.
std::optional<LibseccompVersion> parse_libseccomp_version(std::string_view text);

// Does that release resolve the name at all? Runtimes drop a name it does not know in silence.
// Derived from the highest number in syscalls.csv at each tag; only calls from Linux 4.10 (statx)
// on are distinguished.
bool known_to_libseccomp(NameId name, LibseccompVersion version);

}  // namespace medic::kernel
