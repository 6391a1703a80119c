// See runtime_calls.h.
#include "kernel/runtime_calls.h"

#include <set>

namespace medic::kernel {
namespace {

using List = std::span<const std::string_view>;

// Rows are measured by tests/engines/measure_runtimes, which prints them; the older versions under
// bare runtimes.
constexpr std::string_view kRuncLateMust[] = {"close",      "execve", "fstatfs",
                                              "getdents64", "openat", "write"};
constexpr std::string_view kRuncLateTolerated[] = {"epoll_ctl", "fcntl", "getpid"};
// faccessat2: fatal in 1.1.5, borne by 1.1.15. fchown: of the terminal or the streams, where the
// user is not root.
constexpr std::string_view kRuncEarlyMust[] = {
    "capget",  "capset", "chdir",      "close",   "execve",     "faccessat2", "fstat",
    "fstatfs", "getcwd", "getdents64", "getppid", "newfstatat", "openat",     "prctl",
    "read",    "setgid", "setgroups",  "setuid",  "write"};
constexpr std::string_view kRuncEarlyTolerated[] = {"epoll_ctl", "fchown", "fcntl", "getpid"};
constexpr std::string_view kRuncExecLateMust[] = {"close", "execve", "fstatfs", "getdents64",
                                                  "openat"};
constexpr std::string_view kRuncExecLateTolerated[] = {"epoll_ctl", "fcntl"};
constexpr std::string_view kRuncExecEarlyMust[] = {
    "capget", "capset",  "chdir",  "close",      "execve",     "faccessat2",
    "fstat",  "fstatfs", "getcwd", "getdents64", "newfstatat", "openat",
    "prctl",  "read",    "setgid", "setgroups",  "setuid"};
constexpr std::string_view kRuncExecEarlyTolerated[] = {"epoll_ctl", "fchown", "fcntl"};
constexpr std::string_view kRuncSometimes[] = {
    "epoll_pwait", "exit_group",  "futex",     "gettid",         "madvise",
    "mmap",        "munmap",      "nanosleep", "rt_sigprocmask", "rt_sigreturn",
    "sched_yield", "sigaltstack", "tgkill"};

// pselect6, read: crun waits for `start` behind the filter. A bare `crun run` does not wait; every
// engine does.
constexpr std::string_view kCrunEarlyMust[] = {
    "capset",       "execve",         "prctl",     "pselect6",  "read",
    "rt_sigaction", "rt_sigprocmask", "setresgid", "setresuid", "write"};
constexpr std::string_view kCrunTolerated[] = {"close", "close_range"};
constexpr std::string_view kCrunExecLateMust[] = {"execve", "write"};
constexpr std::string_view kCrunLateMust[] = {"execve"};
constexpr std::string_view kCrunExecLateTolerated[] = {"close", "close_range", "umask"};
constexpr std::string_view kCrunExecEarlyMust[] = {"capset", "execve",    "openat",    "prctl",
                                                   "read",   "setgroups", "setresgid", "setresuid",
                                                   "statx",  "write"};
constexpr std::string_view kCrunExecEarlyTolerated[] = {"close", "close_range", "fchown", "ioctl",
                                                        "umask"};

// tini 0.19 (Debian's docker-init) and catatonit 0.1.7.
constexpr std::string_view kInit[] = {"arch_prctl",
                                      "brk",
                                      "clone",
                                      "close",
                                      "close_range",
                                      "execve",
                                      "exit_group",
                                      "getpgrp",
                                      "getpid",
                                      "getrandom",
                                      "ioctl",
                                      "kill",
                                      "mprotect",
                                      "openat",
                                      "prlimit64",
                                      "read",
                                      "readlink",
                                      "rseq",
                                      "rt_sigaction",
                                      "rt_sigprocmask",
                                      "rt_sigtimedwait",
                                      "set_robust_list",
                                      "set_tid_address",
                                      "setpgid",
                                      "signalfd4",
                                      "wait4",
                                      "write"};

struct Row {
  OciRuntime runtime;
  NoNewPrivs no_new_privs;
  Entry entry;
  RuntimeCalls calls;
};
constexpr std::string_view kRuncStarts =
    "runc 1.0.0-rc93, 1.1.5 (Docker 20.10.24, Podman 4.3.1), 1.1.15";
constexpr std::string_view kRuncExecs = "runc 1.1.5 (Docker 20.10.24, Podman 4.3.1)";
constexpr std::string_view kCrunStarts = "crun 0.17, 1.8.1 (Podman 4.3.1, rootless too), 1.21";
constexpr std::string_view kCrunExecs = "crun 1.8.1 (Podman 4.3.1, rootless too)";
constexpr Row kRows[] = {
    {OciRuntime::Runc,
     NoNewPrivs::Set,
     Entry::Start,
     {kRuncStarts, kRuncLateMust, kRuncLateTolerated, kRuncSometimes}},
    {OciRuntime::Runc,
     NoNewPrivs::Unset,
     Entry::Start,
     {kRuncStarts, kRuncEarlyMust, kRuncEarlyTolerated, kRuncSometimes}},
    {OciRuntime::Runc,
     NoNewPrivs::Set,
     Entry::Exec,
     {kRuncExecs, kRuncExecLateMust, kRuncExecLateTolerated, kRuncSometimes}},
    {OciRuntime::Runc,
     NoNewPrivs::Unset,
     Entry::Exec,
     {kRuncExecs, kRuncExecEarlyMust, kRuncExecEarlyTolerated, kRuncSometimes}},
    {OciRuntime::Crun,
     NoNewPrivs::Set,
     Entry::Start,
     {kCrunStarts, kCrunLateMust, kCrunTolerated, {}}},
    {OciRuntime::Crun,
     NoNewPrivs::Unset,
     Entry::Start,
     {kCrunStarts, kCrunEarlyMust, kCrunTolerated, {}}},
    {OciRuntime::Crun,
     NoNewPrivs::Set,
     Entry::Exec,
     {kCrunExecs, kCrunExecLateMust, kCrunExecLateTolerated, {}}},
    {OciRuntime::Crun,
     NoNewPrivs::Unset,
     Entry::Exec,
     {kCrunExecs, kCrunExecEarlyMust, kCrunExecEarlyTolerated, {}}},
};

}  // namespace

const RuntimeCalls& runtime_calls(OciRuntime runtime, NoNewPrivs no_new_privs, Entry entry) {
  for (const Row& row : kRows) {
    if (row.runtime == runtime && row.no_new_privs == no_new_privs && row.entry == entry)
      return row.calls;
  }
  return kRows[0].calls;  // every combination has its row
}

std::vector<std::string_view> every_runtime_call(OciRuntime runtime) {
  std::set<std::string_view> names;
  for (const Row& row : kRows) {
    if (row.runtime != runtime) continue;
    for (const List list : {row.calls.must, row.calls.tolerated, row.calls.sometimes})
      names.insert(list.begin(), list.end());
  }
  return {names.begin(), names.end()};
}

std::span<const std::string_view> init_helper_calls() { return kInit; }

}  // namespace medic::kernel
