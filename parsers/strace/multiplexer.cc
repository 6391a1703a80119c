#include "parsers/strace/multiplexer.h"

namespace medic::parsers::strace {
namespace {

struct SubCall {
  std::string_view name;
  std::uint8_t number;
  bool socket;
};
// include/uapi/linux/net.h SYS_*, include/uapi/linux/ipc.h.
constexpr SubCall kSubCalls[] = {
    {"socket", 1, true},      {"bind", 2, true},        {"connect", 3, true},
    {"listen", 4, true},      {"accept", 5, true},      {"getsockname", 6, true},
    {"getpeername", 7, true}, {"socketpair", 8, true},  {"send", 9, true},
    {"recv", 10, true},       {"sendto", 11, true},     {"recvfrom", 12, true},
    {"shutdown", 13, true},   {"setsockopt", 14, true}, {"getsockopt", 15, true},
    {"sendmsg", 16, true},    {"recvmsg", 17, true},    {"accept4", 18, true},
    {"recvmmsg", 19, true},   {"sendmmsg", 20, true},   {"semop", 1, false},
    {"semget", 2, false},     {"semctl", 3, false},     {"semtimedop", 4, false},
    {"msgsnd", 11, false},    {"msgrcv", 12, false},    {"msgget", 13, false},
    {"msgctl", 14, false},    {"shmat", 21, false},     {"shmdt", 22, false},
    {"shmget", 23, false},    {"shmctl", 24, false}};

}  // namespace

std::optional<Multiplexed> multiplexed(std::string_view name) {
  for (const SubCall& call : kSubCalls) {
    if (call.name != name) continue;
    static const kernel::NameId socketcall = kernel::find_name("socketcall"),
                                ipc = kernel::find_name("ipc");
    const kernel::NameId multiplexer = call.socket ? socketcall : ipc;
    return Multiplexed{multiplexer, call.number,
                       kernel::number_of(multiplexer, kernel::Arch::X86).value_or(-1)};
  }
  return std::nullopt;
}

}  // namespace medic::parsers::strace
