#include "kernel/engine_errors.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "kernel/errno.h"

namespace medic::kernel {
namespace {

// Sources: runc
// libcontainer/{init_linux.go,rootfs_linux.go,standard_init_linux.go,seccomp/seccomp_linux.go,cgroups},
// crun src/libcrun/{linux.c,container.c,seccomp.c,cgroup*.c}, moby profiles and
// daemon/oci_linux.go; 2015 to 2026.
constexpr EngineError kRows[] = {
    {"rlimit", "setting rlimit", "prlimit64|setrlimit", RefusedBy::Capability,
     "The runtime may not raise a resource limit above the hard limit that it runs under: that "
     "takes CAP_SYS_RESOURCE in the initial "
     "user namespace, which an engine within a container or without root lacks. It is not seccomp.",
     "Lower the limit (--ulimit, default-ulimits in daemon.json), or raise the engine's own "
     "(LimitNOFILE= of its unit)."},
    {"rlimit", "setrlimit", "prlimit64|setrlimit", RefusedBy::Capability,
     "The runtime may not raise a resource limit above the hard limit that it runs under: that "
     "takes CAP_SYS_RESOURCE in the initial "
     "user namespace. It is not seccomp.",
     "Lower the limit (--ulimit), or raise the engine's own (LimitNOFILE= of its unit)."},
    {"setgid", "cannot setresgid", "setresgid", RefusedBy::Capability,
     "The runtime could not become the container's group: the id is not mapped into the user "
     "namespace, or CAP_SETGID was dropped.",
     "Give the user enough ids in /etc/subgid (then `podman system migrate`), or keep CAP_SETGID "
     "(--cap-add SETGID)."},
    {"setuid", "cannot setresuid", "setresuid", RefusedBy::Capability,
     "The runtime could not become the container's user: the id is not mapped into the user "
     "namespace, or CAP_SETUID was dropped.",
     "Give the user enough ids in /etc/subuid (then `podman system migrate`), or keep CAP_SETUID "
     "(--cap-add SETUID)."},
    {"setgid", "setgid: operation not permitted", "setgid", RefusedBy::Capability,
     "The runtime could not become the container's group: the id is not mapped into the user "
     "namespace, or CAP_SETGID was dropped.",
     "Keep CAP_SETGID (--cap-add SETGID), or map the id (/etc/subgid)."},
    {"setuid", "setuid: operation not permitted", "setuid", RefusedBy::Capability,
     "The runtime could not become the container's user: the id is not mapped into the user "
     "namespace, or CAP_SETUID was dropped.",
     "Keep CAP_SETUID (--cap-add SETUID), or map the id (/etc/subuid)."},
    {"setgroups", "setgroups", "setgroups", RefusedBy::Capability,
     "The runtime could not set the supplementary groups: CAP_SETGID was dropped, the ids are not "
     "mapped, or the user namespace says "
     "`deny` in /proc/PID/setgroups.",
     "Keep CAP_SETGID (--cap-add SETGID); without root, map the groups in /etc/subgid."},
    {"profile-decode", "decoding seccomp profile failed", "", RefusedBy::Profile,
     "The engine could not read the seccomp profile: it is no JSON, or a value has the wrong kind.",
     "`seccomp-medic lint PROFILE` names the line and what is wrong with it."},
    {"profile-syscall", "is not a valid syscall", "", RefusedBy::Profile,
     "The profile has a rule without a system call's name.",
     "`seccomp-medic lint PROFILE` names the line."},
    {"profile-action", "is not a valid action", "", RefusedBy::Profile,
     "The profile has an action that the runtime does not know, or no default action.",
     "`seccomp-medic lint PROFILE` names the line."},
    {"profile-operator", "is not a valid operator", "", RefusedBy::Profile,
     "The profile has a comparison that the runtime does not know.",
     "`seccomp-medic lint PROFILE` names the line."},
    {"profile-arch", "is not a valid arch", "", RefusedBy::Profile,
     "The profile lists an architecture that the runtime does not know.",
     "`seccomp-medic lint PROFILE` names the line."},
    {"profile-flags", "seccomp flags are not yet supported", "", RefusedBy::Profile,
     "This runc is older than 1.2 and refuses a profile with flags.",
     "Take `flags` out of the profile, or use runc from 1.2 on, or crun."},
    {"profile-rule", "requested action matches default action", "", RefusedBy::Profile,
     "An old runtime refuses a rule whose action is the default action.",
     "Take the rule out (`seccomp-medic lint PROFILE` names it), or use a newer runtime."},
    {"profile-rule", "adding seccomp filter rule", "", RefusedBy::Profile,
     "libseccomp refuses a rule of the profile, or the runtime's libseccomp is older than the call "
     "that the rule names.",
     "`seccomp-medic lint PROFILE` names the rule; a newer runtime and libseccomp know newer "
     "calls."},
    {"profile-rule", "adding seccomp rule", "", RefusedBy::Profile,
     "libseccomp refuses a rule of the profile, or the runtime's libseccomp is older than the call "
     "that the rule names.",
     "`seccomp-medic lint PROFILE` names the rule; a newer runtime and libseccomp know newer "
     "calls."},
    {"profile-load", "loading seccomp filter", "seccomp|prctl", RefusedBy::Profile,
     "The kernel refused the filter: errno 22 means that it does not take the program (too long, a "
     "flag that it lacks), errno 13 that "
     "neither no_new_privs nor CAP_SYS_ADMIN was there.",
     "`seccomp-medic lint PROFILE` says what the kernel cannot take."},
    {"profile-load", "seccomp_load", "seccomp|prctl", RefusedBy::Profile,
     "The kernel refused the filter: it does not take the program, or neither no_new_privs nor "
     "CAP_SYS_ADMIN was there.",
     "`seccomp-medic lint PROFILE` says what the kernel cannot take."},
    {"keyring", "session keyring", "keyctl", RefusedBy::Seccomp,
     "The runtime makes a session keyring with keyctl. Within a container whose filter denies "
     "keyctl, as Docker's default does, that "
     "fails; so does a full key quota.",
     "Run the inner engine with --no-new-keyring (runc), or permit keyctl in the outer container's "
     "profile if you trust it."},
    {"apparmor", "apparmor failed to apply profile", "", RefusedBy::Apparmor,
     "The AppArmor profile could not be applied: it is not loaded, or the runtime is confined by "
     "one that forbids the change.",
     "`aa-status` says whether the profile is loaded; `apparmor_parser -r FILE` loads it."},
    {"apparmor", "unable to apply apparmor profile", "", RefusedBy::Apparmor,
     "The AppArmor profile could not be applied: it is not loaded, or the runtime is confined by "
     "one that forbids the change.",
     "`aa-status` says whether the profile is loaded; `apparmor_parser -r FILE` loads it."},
    {"selinux", "keycreate", "", RefusedBy::Selinux, "The SELinux label for keys could not be set.",
     "Install the container policy (container-selinux) that fits the runtime, or look for `avc: "
     "denied` in audit.log."},
    {"cgroup-devices", "bpf_cgroup_device", "bpf", RefusedBy::Capability,
     "The runtime could not attach the device cgroup's program: that takes CAP_BPF and "
     "CAP_SYS_ADMIN in the initial user namespace.",
     "Run the inner engine with cgroups that are delegated to it, or without device rules (crun, "
     "rootless)."},
    {"cgroup", "cgroup", "", RefusedBy::Cgroup,
     "The runtime could not make or change the container's cgroup: it is not delegated to this "
     "user, read-only, or its limit was met.",
     "Delegate the cgroup (Delegate=yes of the unit; systemd's cgroup manager without root), or "
     "mount /sys/fs/cgroup writable."},
    {"pivot-root", "pivot_root", "pivot_root", RefusedBy::Unknown,
     "The runtime could not change the root mount: an outer filter denies it, or the root is a "
     "ramfs.",
     "Within a container: permit pivot_root and mount in the outer profile; on a ramfs: "
     "--no-pivot."},
    {"mount", "mounting", "mount|fsmount|move_mount", RefusedBy::Unknown,
     "The runtime could not mount: without CAP_SYS_ADMIN in the mount's own user namespace, on a "
     "mount that is locked or masked by "
     "the outer container, or under a filter or AppArmor profile that forbids it.",
     "strace -f of the runtime shows the call and its errno; within a container, --privileged or "
     "an unmasked /proc decides."},
    {"new-namespaces", "fork/exec /proc/self/exe", "clone|unshare", RefusedBy::Unknown,
     "The runtime could not make the container's namespaces: an outer filter denies clone with "
     "their flags, AppArmor restricts user "
     "namespaces (kernel.apparmor_restrict_unprivileged_userns), or user.max_user_namespaces is 0.",
     "Look at the outer container's profile and at these two sysctls."},
    {"new-namespaces", "creating new parent process", "clone|unshare", RefusedBy::Unknown,
     "The runtime could not make the container's namespaces: an outer filter denies it, or user "
     "namespaces are restricted.",
     "Look at the outer container's profile, kernel.apparmor_restrict_unprivileged_userns and "
     "user.max_user_namespaces."},
    {"sysctl", "write sysctl key", "openat", RefusedBy::Dac,
     "The runtime could not set a sysctl: /proc/sys is read-only here, or the key is not of this "
     "namespace.",
     "Set it on the host, or leave it out (--sysctl)."},
    {"exec-format", "exec format error", "execve", RefusedBy::Unknown,
     "The program is for another architecture, or a script without its first line.",
     "`file PROGRAM` says its architecture."},
    {"exec", "exec: ", "execve", RefusedBy::Dac,
     "The container's program could not be executed: its file has no execute bit for this user, a "
     "folder above it is closed, or the "
     "file system is mounted noexec.",
     "`ls -lL` and `namei -l` within the image show the modes; `findmnt -T` shows noexec."},
    {"chdir", "chdir to cwd", "chdir", RefusedBy::Dac,
     "The container's user may not enter its working directory.",
     "Change the folder's mode or owner, or the user (--user) or the working directory "
     "(--workdir)."},
};

// By one of these an engine or a runtime says that a container did not start.
constexpr std::array<std::string_view, 16> kMarks{"oci runtime",
                                                  "runc create failed",
                                                  "runc run failed",
                                                  "container init",
                                                  "starting container process",
                                                  "container_linux.go",
                                                  "error response from daemon",
                                                  "oci permission denied",
                                                  "crun:",
                                                  "conmon",
                                                  "failed to create shim",
                                                  "decoding seccomp profile",
                                                  "seccomp filter",
                                                  "seccomp rule",
                                                  "seccomp flags",
                                                  "createcontainererror"};

}  // namespace

std::span<const EngineError> all_engine_errors() { return kRows; }

const EngineError* find_engine_error(std::string_view line) {
  // Longer lines than this are no message of an engine; each row looks through the whole line.
  constexpr std::size_t kLongest = 4096;
  line = line.substr(0, kLongest);
  if (std::none_of(kMarks.begin(), kMarks.end(),
                   [&](std::string_view mark) { return contains_any_case(line, mark); }))
    return nullptr;
  const auto found = std::find_if(std::begin(kRows), std::end(kRows), [&](const EngineError& row) {
    return contains_any_case(line, row.text);
  });
  return found == std::end(kRows) ? nullptr : &*found;
}

const EngineError* engine_error_by_id(std::string_view id) {
  const auto found = std::find_if(std::begin(kRows), std::end(kRows),
                                  [&](const EngineError& row) { return row.id == id; });
  return found == std::end(kRows) ? nullptr : &*found;
}

std::optional<Symptom> read_symptom(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '.'))
    line.remove_suffix(1);
  int error = 0;
  std::size_t ending = 0;
  for (const auto& [text, value] : {std::pair{std::string_view("operation not permitted"), kEPERM},
                                    {"permission denied", kEACCES}}) {
    if (line.size() > text.size() + 2 &&
        contains_any_case(line.substr(line.size() - text.size()), text)) {
      error = value;
      ending = text.size();
    }
  }
  if (error == 0) return std::nullopt;
  const std::string_view before = line.substr(0, line.size() - ending);
  const std::size_t colon = before.find(": ");
  if (colon == std::string_view::npos || colon == 0 ||
      before.substr(0, colon).find_first_of("()={}\"") != std::string_view::npos)
    return std::nullopt;
  return Symptom{before.substr(0, colon), line, error};
}

std::string_view rlimit_name(std::uint64_t type) {
  constexpr std::array<std::string_view, 16> kNames{
      "RLIMIT_CPU",      "RLIMIT_FSIZE", "RLIMIT_DATA",   "RLIMIT_STACK",
      "RLIMIT_CORE",     "RLIMIT_RSS",   "RLIMIT_NPROC",  "RLIMIT_NOFILE",
      "RLIMIT_MEMLOCK",  "RLIMIT_AS",    "RLIMIT_LOCKS",  "RLIMIT_SIGPENDING",
      "RLIMIT_MSGQUEUE", "RLIMIT_NICE",  "RLIMIT_RTPRIO", "RLIMIT_RTTIME"};
  return type < kNames.size() ? kNames[type] : std::string_view();
}

}  // namespace medic::kernel
