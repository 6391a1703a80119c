// seccomp actions in their four spellings: the kernel's return value, audit's code, OCI's token,
// and ours in JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/arch.h"

namespace medic::kernel {

// By the kernel's precedence, strongest first (kernel/seccomp.c seccomp_run_filters).
enum class Action : std::uint8_t {
  KillProcess,
  KillThread,
  Trap,
  Errno,
  Notify,
  Trace,
  Log,
  Allow
};

// include/uapi/linux/seccomp.h
inline constexpr std::uint32_t kActionMask = 0xFFFF0000;
inline constexpr std::uint32_t kDataMask = 0x0000FFFF;

std::uint32_t raw_value(Action action);  // SECCOMP_RET_*, data bits 0
// Data bits are ignored; an unknown value behaves as KILL_PROCESS (kernel/seccomp.c
// __seccomp_filter).
Action action_from_raw(std::uint32_t value);

std::string_view json_name(
    Action action);  // errno|kill_thread|kill_process|trap|trace|log|notify|allow
std::string_view oci_token(Action action);    // SCMP_ACT_*; KillThread is SCMP_ACT_KILL_THREAD
std::string_view sysctl_name(Action action);  // as in kernel.seccomp.actions_logged
// Exactly as runtimes accept it; SCMP_ACT_KILL is KillThread.
std::optional<Action> action_from_oci(std::string_view token);
// audit's interpreted words (auparse/seccomptab.h): kill-process, kill-thread, kill, trap, errno,
// user-notify, user-notif, trace, log, allow.
std::optional<Action> action_from_audit_word(std::string_view word);

// Does a call with this action run unhindered? (Allow and Log.)
inline bool lets_run(Action action) { return action == Action::Allow || action == Action::Log; }

}  // namespace medic::kernel
