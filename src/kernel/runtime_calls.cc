// See runtime_calls.h.
#include "kernel/runtime_calls.h"

namespace medic::kernel {
namespace {

constexpr std::string_view kRuncLateMust[] = {"close", "execve", "fstatfs", "getdents64", "openat", "write"};
constexpr std::string_view kRuncLateTolerated[] = {"epoll_ctl", "fcntl", "getpid"};
// faccessat2: fatal in 1.1.5, borne by 1.1.15.
constexpr std::string_view kRuncEarlyMust[] = {"capget",  "capset", "chdir",      "close",   "execve",     "faccessat2", "fstat",
                                               "fstatfs", "getcwd", "getdents64", "getppid", "newfstatat", "openat",     "prctl",
                                               "read",    "setgid", "setgroups",  "setuid",  "write"};
constexpr std::string_view kRuncEarlyTolerated[] = {"epoll_ctl", "fchown", "fcntl", "getpid"};
constexpr std::string_view kRuncSometimes[] = {"epoll_pwait", "exit_group",  "futex",     "gettid",         "madvise",
                                               "mmap",        "munmap",      "nanosleep", "rt_sigprocmask", "rt_sigreturn",
                                               "sched_yield", "sigaltstack", "tgkill"};
constexpr std::string_view kCrunLateMust[] = {"execve"};
constexpr std::string_view kCrunEarlyMust[] = {"capset",         "execve",    "prctl",     "rt_sigaction",
                                               "rt_sigprocmask", "setresgid", "setresuid", "write"};
constexpr std::string_view kCrunTolerated[] = {"close", "close_range"};

constexpr RuntimeCalls kRuncLate{kRuncLateMust, kRuncLateTolerated, kRuncSometimes};
constexpr RuntimeCalls kRuncEarly{kRuncEarlyMust, kRuncEarlyTolerated, kRuncSometimes};
constexpr RuntimeCalls kCrunLate{kCrunLateMust, kCrunTolerated, {}};
constexpr RuntimeCalls kCrunEarly{kCrunEarlyMust, kCrunTolerated, {}};

}  // namespace

const RuntimeCalls& runtime_calls(OciRuntime runtime, NoNewPrivs no_new_privs) {
  const bool late = no_new_privs == NoNewPrivs::Set;
  if (runtime == OciRuntime::Runc) return late ? kRuncLate : kRuncEarly;
  return late ? kCrunLate : kCrunEarly;
}

}  // namespace medic::kernel
