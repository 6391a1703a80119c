// What is known of refusals: why the kernel itself refuses a call, what is called instead of a
// refused one, and failures that many have met. Facts with their sources, no policy; the rows stand
// in native_reasons.inc, fallbacks.inc and known_failures.inc.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "kernel/argument_test.h"
#include "kernel/call.h"

namespace medic::kernel {

// What kind of thing refused.
enum class Cause : std::uint8_t {
  Capability,  // the capability is the question
  Ownership,   // whose the object is; a capability lifts it
  Mode,        // a file's mode or an object's permissions
  MountReadOnly,
  MountNoexec,
  Limit,    // rlimits, ucounts, cgroup limits
  Setting,  // sysctl, Yama, lockdown, firewall
  DeviceCgroup,
  UserNamespace,  // an id that is not mapped, or a capability that is held in a user namespace only
  FileCapability,  // the program's own file capabilities lie outside the bounding set
  SecurityModule,  // SELinux, AppArmor, Landlock, or a remote file system's server
  Ordinary         // the kernel's answer to what was asked; nothing is to be permitted
};

struct NativeReason {
  std::string_view calls;  // parted by |
  int error = 0;
  Cause cause = Cause::Ordinary;
  Where test;
  std::string_view words;       // alternatives parted by |; empty: none needed
  std::string_view capability;  // lifts it; empty when none does
  std::string_view why;         // a clause: "it needs CAP_SYS_TIME"
  std::string_view fix;         // whole sentences; empty: what the cause itself suggests
  std::string_view source;
};
std::span<const NativeReason> all_native_reasons();

struct LikelyReason {
  const NativeReason* reason = nullptr;
  bool certain = false;  // its test and its words were checked and hold; false: the evidence does
                         // not hold what they look at
};
// The reasons that fit, likeliest first. call_text is the call as the log writes it; empty where
// the log has none.
std::vector<LikelyReason> native_reasons(NameId name, const Args& args, int error,
                                         std::string_view call_text);

struct Fallback {
  std::string_view call, since, instead, what, source;
  bool is_fallback(std::string_view name) const;  // is it one of `instead`?
  bool goes_on_without() const;                   // the caller needs nothing instead
};
std::span<const Fallback> all_fallbacks();
const Fallback* fallback_of(NameId name);

// Calls that libraries try first and fall back from on ENOSYS alone: with any other errno they give
// up.
std::span<const std::string_view> only_fall_back_on_enosys();
// Those, and every call of Linux 5.1 and later that the architecture has: programs know how to do
// without.
std::vector<std::string_view> newer_calls(Arch arch);

struct KnownFailure {
  std::string_view call;
  int error = 0;  // 0: whatever was answered
  std::string_view what, fix, source;
};
std::span<const KnownFailure> all_known_failures();
const KnownFailure* known_failure(NameId name, int error);

// The first libseccomp that resolves the name, where it is known; nothing for names older
// than 2.3.2.
std::optional<LibseccompVersion> first_libseccomp(NameId name);

}  // namespace medic::kernel
