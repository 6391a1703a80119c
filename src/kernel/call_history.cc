#include "kernel/call_history.h"

#include <algorithm>

#include "base/text.h"
#include "kernel/argument_test.h"

namespace medic::kernel {
namespace {

using rows::lists;

enum class Presence : std::uint8_t { Always, Common, Optional };

struct Since {
  std::string_view calls, release;
  Presence presence;
  std::string_view why;
};
struct On {
  std::string_view archs, calls, release;
};
struct Gone {
  std::string_view calls, release;
};
struct Absent {
  std::string_view archs, calls;
};

#define SINCE(calls, release, presence, why)
#define ON(archs, calls, release)
#define GONE(calls, release)
#define ABSENT(archs, calls)
#define FILESYSTEM(calls)

#undef SINCE
#define SINCE(calls, release, presence, why) {calls, release, Presence::presence, why},
constexpr Since kSince[] = {
#include "kernel/call_history.inc"
};
#undef SINCE
#define SINCE(calls, release, presence, why)
#undef ON
#define ON(archs, calls, release) {archs, calls, release},
constexpr On kOn[] = {
#include "kernel/call_history.inc"
};
#undef ON
#define ON(archs, calls, release)
#undef GONE
#define GONE(calls, release) {calls, release},
constexpr Gone kGone[] = {
#include "kernel/call_history.inc"
};
#undef GONE
#define GONE(calls, release)
#undef ABSENT
#define ABSENT(archs, calls) {archs, calls},
constexpr Absent kAbsent[] = {
#include "kernel/call_history.inc"
};
#undef ABSENT
#define ABSENT(archs, calls)
#undef FILESYSTEM
#define FILESYSTEM(calls) calls,
constexpr std::string_view kFilesystem[] = {
#include "kernel/call_history.inc"
};
#undef SINCE
#undef ON
#undef GONE
#undef ABSENT
#undef FILESYSTEM

const Since* since_row(std::string_view name) {
  for (const Since& row : kSince) {
    if (lists(row.calls, name)) return &row;
  }
  return nullptr;
}

const Gone* gone_row(std::string_view name) {
  for (const Gone& row : kGone) {
    if (lists(row.calls, name)) return &row;
  }
  return nullptr;
}

bool is_absent(std::string_view name, Arch arch) {
  return arch != Arch::Unknown &&
         std::any_of(std::begin(kAbsent), std::end(kAbsent), [&](const Absent& row) {
           return lists(row.archs, kernel::name(arch)) && lists(row.calls, name);
         });
}

KernelVersion release_of(std::string_view text);

// An architecture's own first kernel bounds what may be in use there.
KernelVersion oldest_of(Arch arch) {
  KernelVersion oldest = kOldestInUse;
  for (const On& row : kOn) {
    if (arch != Arch::Unknown && row.calls == "*" && lists(row.archs, kernel::name(arch)))
      oldest = std::max(oldest, release_of(row.release));
  }
  return oldest;
}

KernelVersion release_of(std::string_view text) {
  return parse_kernel_version(text).value_or(KernelVersion{2, 6});
}

}  // namespace

std::optional<KernelVersion> first_kernel(NameId id, Arch arch) {
  const std::string_view name = name_of(id);
  if (name.empty()) return std::nullopt;
  if (const Gone* gone = gone_row(name); gone != nullptr && gone->release.empty())
    return std::nullopt;
  KernelVersion first{2, 6};
  if (const Since* row = since_row(name)) first = release_of(row->release);
  if (arch == Arch::Unknown) return first;
  for (const On& row : kOn) {
    if (lists(row.archs, kernel::name(arch)) && (row.calls == "*" || lists(row.calls, name))) {
      first = std::max(first, release_of(row.release));
    }
  }
  return first;
}

std::optional<KernelVersion> last_kernel_gone(NameId id) {
  const Gone* row = gone_row(name_of(id));
  if (row == nullptr || row->release.empty()) return std::nullopt;
  return release_of(row->release);
}

OwnAnswers absence_answer(NameId id, Arch arch, std::optional<KernelVersion> kernel) {
  const std::string_view name = name_of(id);
  const auto first = first_kernel(id, arch);
  if (!first) return {OwnAnswer::Depends, false, "no kernel serves this call"};
  if (is_absent(name, arch) || (arch != Arch::Unknown && !number_of(id, arch)))
    return {OwnAnswer::Depends, false, "the architecture does not have this call"};
  if (const auto gone = last_kernel_gone(id); gone && (!kernel || *kernel >= *gone))
    return {OwnAnswer::Depends, false, "newer kernels took this call out"};
  if (kernel ? *kernel < *first : *first > oldest_of(arch))
    return {OwnAnswer::Depends, false, "the kernel is older than this call"};
  const Since* row = since_row(name);
  if (row != nullptr && row->presence == Presence::Optional)
    return {OwnAnswer::Depends, false, row->why};
  if (row != nullptr && row->presence == Presence::Common)
    return {OwnAnswer::Rarely, false, row->why};
  if (lists(kFilesystem[0], name))
    return {OwnAnswer::Rarely, false,
            "a FUSE server or a driver behind the file lacks the operation"};
  return {OwnAnswer::Never, false, {}};
}

bool every_kernel_has(NameId id, Arch arch, KernelVersion oldest) {
  const OwnAnswer answer = absence_answer(id, arch, oldest).answer;
  return answer != OwnAnswer::Depends && !last_kernel_gone(id);
}

std::vector<NameId> calls_between(KernelVersion older, KernelVersion newer, Arch arch) {
  std::vector<std::pair<KernelVersion, NameId>> found;
  for (NameId id = 0; id < all_names().size(); ++id) {
    if (arch != Arch::Unknown && !number_of(id, arch)) continue;
    const auto first = first_kernel(id, arch);
    if (first && *first > older && *first <= newer) found.emplace_back(*first, id);
  }
  std::sort(found.begin(), found.end());
  std::vector<NameId> out;
  for (const auto& each : found) out.push_back(each.second);
  return out;
}

}  // namespace medic::kernel
