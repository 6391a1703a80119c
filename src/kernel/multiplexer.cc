#include "kernel/multiplexer.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

namespace medic::kernel {
namespace {

struct Row {
  std::string_view name;
  std::string_view by;
  std::uint32_t call;
};

// linux include/uapi/linux/net.h, include/uapi/linux/ipc.h; the same list as libseccomp's pseudo
// numbers -101 … -120 and -201 … -224.
constexpr Row kRows[] = {
    {"socket", "socketcall", 1},
    {"bind", "socketcall", 2},
    {"connect", "socketcall", 3},
    {"listen", "socketcall", 4},
    {"accept", "socketcall", 5},
    {"getsockname", "socketcall", 6},
    {"getpeername", "socketcall", 7},
    {"socketpair", "socketcall", 8},
    {"send", "socketcall", 9},
    {"recv", "socketcall", 10},
    {"sendto", "socketcall", 11},
    {"recvfrom", "socketcall", 12},
    {"shutdown", "socketcall", 13},
    {"setsockopt", "socketcall", 14},
    {"getsockopt", "socketcall", 15},
    {"sendmsg", "socketcall", 16},
    {"recvmsg", "socketcall", 17},
    {"accept4", "socketcall", 18},
    {"recvmmsg", "socketcall", 19},
    {"sendmmsg", "socketcall", 20},
    {"semop", "ipc", 1},
    {"semget", "ipc", 2},
    {"semctl", "ipc", 3},
    {"semtimedop", "ipc", 4},
    {"msgsnd", "ipc", 11},
    {"msgrcv", "ipc", 12},
    {"msgget", "ipc", 13},
    {"msgctl", "ipc", 14},
    {"shmat", "ipc", 21},
    {"shmdt", "ipc", 22},
    {"shmget", "ipc", 23},
    {"shmctl", "ipc", 24},
};

// By NameId, so that a profile's thousands of names cost a table look-up each.
std::vector<Multiplexed> by_name() {
  std::vector<Multiplexed> out(all_names().size());
  for (const Row& row : kRows) {
    const NameId id = find_name(row.name);
    if (id != kNoName) out[id] = {find_name(row.by), row.call};
  }
  return out;
}

}  // namespace

std::optional<Multiplexed> multiplexed_as(Arch arch, NameId name) {
  static const std::vector<Multiplexed> table = by_name();
  if (arch == Arch::Unknown || !info(arch).multiplexed || name >= table.size() ||
      table[name].call == 0)
    return std::nullopt;
  return table[name];
}

}  // namespace medic::kernel
