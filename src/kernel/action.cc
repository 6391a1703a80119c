#include "kernel/action.h"

#include <array>

namespace medic::kernel {
namespace {

struct Row {
  Action action;
  std::uint32_t raw;
  std::string_view json, oci, sysctl;
};

constexpr std::array<Row, 8> kRows{{
    {Action::KillProcess, 0x80000000, "kill_process", "SCMP_ACT_KILL_PROCESS", "kill_process"},
    {Action::KillThread, 0x00000000, "kill_thread", "SCMP_ACT_KILL_THREAD", "kill_thread"},
    {Action::Trap, 0x00030000, "trap", "SCMP_ACT_TRAP", "trap"},
    {Action::Errno, 0x00050000, "errno", "SCMP_ACT_ERRNO", "errno"},
    {Action::Notify, 0x7FC00000, "notify", "SCMP_ACT_NOTIFY", "user_notif"},
    {Action::Trace, 0x7FF00000, "trace", "SCMP_ACT_TRACE", "trace"},
    {Action::Log, 0x7FFC0000, "log", "SCMP_ACT_LOG", "log"},
    {Action::Allow, 0x7FFF0000, "allow", "SCMP_ACT_ALLOW", "allow"},
}};

const Row& row(Action action) { return kRows[static_cast<std::size_t>(action)]; }

}  // namespace

std::uint32_t raw_value(Action action) { return row(action).raw; }

Action action_from_raw(std::uint32_t value) {
  for (const Row& candidate : kRows) {
    if (candidate.raw == (value & kActionMask)) return candidate.action;
  }
  return Action::KillProcess;
}

std::string_view json_name(Action action) { return row(action).json; }
std::string_view oci_token(Action action) { return row(action).oci; }
std::string_view sysctl_name(Action action) { return row(action).sysctl; }

std::optional<Action> action_from_oci(std::string_view token) {
  if (token == "SCMP_ACT_KILL") return Action::KillThread;
  for (const Row& candidate : kRows) {
    if (candidate.oci == token) return candidate.action;
  }
  return std::nullopt;
}

std::optional<Action> action_from_audit_word(std::string_view word) {
  if (word == "kill") return Action::KillThread;
  if (word == "user-notify" || word == "user-notif" || word == "notify") return Action::Notify;
  if (word == "kill-process") return Action::KillProcess;
  if (word == "kill-thread") return Action::KillThread;
  for (const Row& candidate : kRows) {
    if (candidate.json == word || candidate.sysctl == word) return candidate.action;
  }
  return std::nullopt;
}

}  // namespace medic::kernel
