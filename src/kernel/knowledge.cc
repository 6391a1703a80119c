#include "kernel/knowledge.h"

#include <algorithm>

#include "base/text.h"
#include "kernel/capability_needs.h"
#include "kernel/errno.h"
#include "kernel/params.h"

namespace medic::kernel {
namespace {

using namespace rows;

constexpr int kEAGAIN = 11, kENOMEM = 12, kEMFILE = 24, kENOSPC = 28, kEUSERS = 87;

constexpr NativeReason kReasons[] = {
#define REASON(calls, error, cause, test, words, capability, why, fix, source) \
  {calls, error, Cause::cause, test, words, capability, why, fix, source},
#include "kernel/native_reasons.inc"
#undef REASON
};

constexpr std::string_view kOnlyOnEnosys[] = {
    "cachestat", "clone3",      "close_range", "epoll_pwait2", "faccessat2",
    "fchmodat2", "futex_waitv", "mseal",       "openat2",      "statx"};

constexpr Fallback kFallbacks[] = {
#define FALLBACK(call, since, instead, what, source) {call, since, instead, what, source},
#include "kernel/fallbacks.inc"
#undef FALLBACK
};

constexpr KnownFailure kFailures[] = {
#define FAILURE(call, error, what, fix, source) {call, error, what, fix, source},
#include "kernel/known_failures.inc"
#undef FAILURE
};

// Calls that walk a path or work on the file behind a descriptor, so that modes and read-only
// mounts matter.
constexpr std::string_view kPathCalls =
    "open|openat|openat2|creat|access|faccessat|faccessat2|mkdir|mkdirat|rmdir|unlink|unlinkat|"
    "rename|renameat|renameat2|link|"
    "linkat|symlink|symlinkat|mknod|mknodat|"
    "chmod|fchmod|fchmodat|fchmodat2|chown|fchown|lchown|fchownat|chown32|fchown32|lchown32|utime|"
    "utimes|futimesat|utimensat|"
    "utimensat_time64|truncate|truncate64|stat|lstat|"
    "newfstatat|statx|stat64|lstat64|fstatat64|statfs|statfs64|readlink|readlinkat|chdir|fchdir|"
    "chroot|setxattr|lsetxattr|"
    "fsetxattr|removexattr|lremovexattr|fremovexattr|getxattr|lgetxattr|"
    "inotify_add_watch|name_to_handle_at|mq_open|acct|swapon|uselib|getcwd|fallocate|fanotify_mark";

}  // namespace

std::span<const NativeReason> all_native_reasons() { return kReasons; }
std::span<const std::string_view> only_fall_back_on_enosys() { return kOnlyOnEnosys; }

std::vector<std::string_view> newer_calls(Arch arch) {
  // From Linux 5.1 on all architectures share one numbering (arch/*/syscall.tbl); x32's own calls
  // stand at 512 and above.
  constexpr std::int32_t kFirstShared = 424, kAfterShared = 512;
  std::vector<std::string_view> out(std::begin(kOnlyOnEnosys), std::end(kOnlyOnEnosys));
  for (const TableRow& row : table(arch)) {
    const bool is_shared = row.number >= kFirstShared && row.number < kAfterShared;
    const std::string_view name = name_of(row.name);
    if (is_shared && std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  }
  return out;
}

std::span<const Fallback> all_fallbacks() { return kFallbacks; }
std::span<const KnownFailure> all_known_failures() { return kFailures; }

std::vector<LikelyReason> native_reasons(NameId id, const Args& args, int error,
                                         std::string_view call_text) {
  const std::string_view name = name_of(id);
  std::vector<LikelyReason> certain, possible;
  if (name.empty()) return certain;
  for (const NativeReason& row : kReasons) {
    if (row.error != error || !lists(row.calls == "*path" ? kPathCalls : row.calls, name)) continue;
    const Holds answer = std::min(holds(row.test, args), words_hold(row.words, call_text));
    if (answer == Holds::No) continue;
    (answer == Holds::Yes ? certain : possible).push_back({&row, answer == Holds::Yes});
  }
  certain.insert(certain.end(), possible.begin(), possible.end());
  return certain;
}

bool Fallback::is_fallback(std::string_view name) const { return lists(instead, name); }
bool Fallback::goes_on_without() const { return lists(instead, "-"); }

const Fallback* fallback_of(NameId id) {
  const std::string_view name = name_of(id);
  for (const Fallback& row : kFallbacks) {
    if (row.call == name) return &row;
  }
  return nullptr;
}

const KnownFailure* known_failure(NameId id, int error) {
  const std::string_view name = name_of(id);
  for (const KnownFailure& row : kFailures) {
    if (row.call == name && (row.error == 0 || row.error == error)) return &row;
  }
  return nullptr;
}

std::optional<LibseccompVersion> first_libseccomp(NameId id) {
  if (id == kNoName) return std::nullopt;
  constexpr LibseccompVersion kTags[] = {{2, 3, 2, 0}, {2, 3, 3, 0}, {2, 4, 0, 0}, {2, 4, 2, 0},
                                         {2, 4, 4, 0}, {2, 5, 2, 0}, {2, 5, 3, 0}, {2, 5, 4, 0},
                                         {2, 5, 5, 0}, {2, 6, 0, 0}, {2, 6, 1, 0}};
  if (known_to_libseccomp(id, kTags[0])) return std::nullopt;
  for (const LibseccompVersion& tag : kTags) {
    if (known_to_libseccomp(id, tag)) return tag;
  }
  return std::nullopt;
}

}  // namespace medic::kernel
