#include "ledger/interest.h"

#include <string_view>

namespace medic::ledger {
namespace {

struct Row {
  std::string_view name;
  std::uint8_t mask;  // bit i: argument i
};

// Argument positions as in the kernel's SYSCALL_DEFINEs; clone's flags stand second on s390.
constexpr Row kRows[] = {
    {"arch_prctl", 0b1},
    {"bpf", 0b1},
    {"clone", 0b11},
    {"fcntl", 0b10},
    {"fcntl64", 0b10},
    {"futex", 0b10},
    {"futex_time64", 0b10},
    {"ioctl", 0b10},
    {"ipc", 0b1},
    {"keyctl", 0b1},
    {"madvise", 0b100},
    {"membarrier", 0b1},
    {"mmap", 0b1100},
    {"mmap2", 0b1100},
    {"mount", 0b1000},
    {"mprotect", 0b100},
    {"personality", 0b1},
    {"pkey_mprotect", 0b100},
    {"prctl", 0b1},
    {"prlimit64", 0b10},
    {"ptrace", 0b1},
    {"quotactl", 0b1},
    {"reboot", 0b111},
    {"sched_setscheduler", 0b10},
    {"seccomp", 0b11},
    {"setns", 0b10},
    {"setsockopt", 0b110},
    {"getsockopt", 0b110},
    {"socket", 0b111},
    {"socketcall", 0b1},
    {"socketpair", 0b111},
    {"syslog", 0b1},
    {"umount2", 0b10},
    {"unshare", 0b1},
    {"userfaultfd", 0b1},
    {"memfd_create", 0b10},
    {"fanotify_init", 0b1},
    {"clock_settime", 0b1},
    {"timerfd_create", 0b1},
    {"timer_create", 0b1},
    {"rseq", 0b100},
};

}  // namespace

std::vector<std::uint8_t> default_interest() {
  std::vector<std::uint8_t> table(kernel::all_names().size(), 0);
  for (const Row& row : kRows) {
    const kernel::NameId id = kernel::find_name(row.name);
    if (id != kernel::kNoName) table[id] = row.mask;
  }
  return table;
}

}  // namespace medic::ledger
