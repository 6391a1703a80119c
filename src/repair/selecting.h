// Arguments that select what a call can reach, and few values of them: worth a condition where they
// are known.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "kernel/call.h"
#include "profile/profile.h"

namespace medic::repair {

struct Selecting {
  std::string_view name;
  unsigned index;
  std::uint64_t mask;       // 0: the exact value
  std::string_view danger;  // what some of its values do: "AF_VSOCK reaches the hypervisor"
};
// The flags that make namespaces, linux/sched.h: CLONE_NEWNS, _NEWCGROUP, _NEWUTS, _NEWIPC,
// _NEWUSER, _NEWPID, _NEWNET; and CLONE_NEWTIME, which clone does not take.
inline constexpr std::uint64_t kNamespaceFlags = 0x7E020000, kNewTime = 0x80;
inline constexpr Selecting kSelecting[] = {
    {"socket", 0, 0, "AF_VSOCK reaches the hypervisor, AF_PACKET the network"},
    {"personality", 0, 0, "READ_IMPLIES_EXEC makes data executable"},
    {"clone", 0, kNamespaceFlags, "namespaces open much of the kernel to an unprivileged caller"},
    {"unshare", 0, kNamespaceFlags | kNewTime,
     "namespaces open much of the kernel to an unprivileged caller"}};
inline constexpr std::size_t kMostValues =
    8;  // more different values than this are no choice any more

// Null: the call has none. On s390 clone's flags stand behind the stack (kernel/fork.subj,
// CONFIG_CLONE_BACKWARDS2).
inline const Selecting* selecting(std::string_view name, kernel::Arch arch) {
  if (name == "clone" && (arch == kernel::Arch::S390 || arch == kernel::Arch::S390x))
    return nullptr;
  const auto found = std::find_if(std::begin(kSelecting), std::end(kSelecting),
                                  [&](const Selecting& row) { return row.name == name; });
  return found == std::end(kSelecting) ? nullptr : &*found;
}

// What of the argument matters. args must have it.
inline std::uint64_t selected(const Selecting& row, const kernel::Args& args) {
  return row.mask == 0 ? args.value[row.index] : args.value[row.index] & row.mask;
}

inline profile::Condition condition_of(const Selecting& row, std::uint64_t value) {
  profile::Condition out;
  out.index = row.index;
  out.op = row.mask == 0 ? profile::Op::Eq : profile::Op::MaskedEq;
  out.value = row.mask == 0 ? value : row.mask;
  out.value_two = row.mask == 0 ? 0 : value;
  return out;
}

}  // namespace medic::repair
