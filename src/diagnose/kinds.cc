// What `explain` and seccomp-medic-findings(7) say of each kind of finding. A test holds the manual
// against this list.
#include "diagnose/kinds.h"

namespace medic::diagnose {
namespace {

// kind, title, meaning, how it is reported, what would make it surer
constexpr KindInfo kKinds[] = {
    {"abend-sigsys", "A process died of SIGSYS, and no record says the call",
     "The kernel wrote a core-dump record (ANOM_ABEND) with signal 31. A filter whose action is "
     "SCMP_ACT_TRAP and which does not "
     "carry SECCOMP_FILTER_FLAG_LOG leaves nothing else; a SIGSYS that somebody sent looks the "
     "same.",
     "ANOM_ABEND with sig=31 and no SECCOMP record of that process.",
     "strace -f shows the SIGSYS with its call; complain mode logs it."},
    {"benign-probe",
     "A newer call was refused, the program used an older one, and nothing came of it",
     "libcs and programs try clone3, faccessat2, statx, rseq and the like, and fall back to what "
     "older kernels have. The refusal "
     "is no fault, and permitting the call changes nothing that anybody sees.",
     "The call was refused with ENOSYS (or EPERM, and the older call followed within a few lines), "
     "and the same process then "
     "made the call that stands in for it, successfully.",
     "Look whether the program does what it should."},
    {"denied", "A seccomp filter denied a call, and no profile was given to say why",
     "The kernel's record, a SIGSYS, or a death by SIGSYS says that a filter did it. Which rule it "
     "was, only the profile can "
     "say.",
     "A SECCOMP record, a SIGSYS with SYS_SECCOMP, or the last call before death by SIGSYS.",
     "Give the profile with --profile."},
    {"denied-apparmor", "AppArmor denied an access",
     "The container's or program's AppArmor profile does not permit it. No seccomp profile can "
     "change this. The fix is a line "
     "in that profile, which the finding spells out.",
     "AppArmor's own record, apparmor=\"DENIED\". A call of the same process and moment that "
     "failed is joined to it.",
     "Nothing: AppArmor states it. aa-logprof proposes the same line."},
    {"denied-arch", "The program's architecture is not in the profile",
     "A call by an architecture that the filter does not list kills the thread, whatever the "
     "default action is: often a 32-bit "
     "program under a profile of x86_64 alone.",
     "The record's arch= is not among the profile's architectures.",
     "`file PROGRAM` says its architecture."},
    {"denied-by-condition", "The profile permits the call with other arguments only",
     "Rules for this call look at its arguments, and none holds. Audit records carry no arguments: "
     "strace or a capture does.",
     "The profile has conditions on this call, and the evidence does not satisfy one.",
     "Record with strace -f or seccomp-medic-capture, which show the arguments."},
    {"denied-by-default", "No rule names the call, so the default action applies",
     "The profile is a list of permitted calls, and this one is not on it.",
     "The evaluation of the profile, and the kernel's record or the errno that the default action "
     "gives.",
     "Complain mode shows all such calls in one run."},
    {"denied-by-rule", "A rule of the profile denies the call by name",
     "Somebody wrote this deny; it is not removed without --override.",
     "The evaluation of the profile names the rule and its line.", "Ask who wrote the rule why."},
    {"denied-enosys", "A rule answers ENOSYS on purpose",
     "ENOSYS makes libc believe that the kernel is old, and fall back: clone3 to clone, faccessat2 "
     "to faccessat. Usually nothing "
     "is broken.",
     "The rule's action is ERRNO with errnoRet 38.",
     "If the program goes on with the older call right after, nothing is wrong; a trace shows that "
     "(benign-probe)."},
    {"denied-enosys-stub", "runc answers ENOSYS to a call newer than the profile knows",
     "Since 1.0.0-rc93 runc puts a test before the filter: a number above the largest that the "
     "profile names gets ENOSYS.",
     "The number is above the largest one that a rule names, and the runtime is runc.",
     "Under crun (--runtime crun) the same call gets the default action."},
    {"denied-gated", "The profile permits the call only with a capability that the container lacks",
     "Docker's profile switches rules on by capability (includes.caps). The kernel asks for the "
     "same capability, so adding the "
     "call alone cannot help.",
     "A rule that would permit the call has includes.caps which --caps does not hold.",
     "Give the container's capabilities with --caps."},
    {"denied-name-dropped", "The profile names the call, but its rule did not reach the filter",
     "Runtimes drop a name that their libseccomp does not know, in silence, and systemd with a "
     "warning; the default action then "
     "applies. Adding the name again cannot help: a newer libseccomp does.",
     "The profile permits the call and it was denied all the same, or the kernel has no reason of "
     "its own for the errno; and the "
     "name is newer than some libseccomp in use.",
     "`runc --version` and `crun --version` name their libseccomp; give it with --libseccomp."},
    {"denied-other-layer", "Another security module denied something",
     "Landlock, IPE, the integrity subsystem or a plain capability check wrote this denial itself.",
     "Its own record in the log.", "Nothing: it is stated."},
    {"denied-selinux", "SELinux denied an access",
     "The policy does not permit the process's type to use the object's type in that way. For a "
     "container it is mostly a volume "
     "without its label (:z, :Z), sometimes a boolean. No seccomp profile can change this.",
     "SELinux's own record, `avc: denied`. A call of the same process and moment that failed is "
     "joined to it.",
     "`audit2why` explains it by the policy; `semodule -DB` shows denials that dontaudit hides."},
    {"denied-unexplained", "The profile given permits the call that was denied",
     "Another filter denied it: an older version of the profile, the program's own sandbox, "
     "systemd's SystemCallFilter=, or the "
     "record is of another container. All filters of a process run, and the strictest answer wins.",
     "A stated denial (or an errno that the kernel never gives), and the evaluation of the profile "
     "says allow.",
     "docker inspect (SecurityOpt); Seccomp_filters in /proc/PID/status counts them."},
    {"device-cgroup", "The device cgroup refused a device",
     "The container was not started with leave for this device; its node alone does not help.",
     "EPERM on opening a file below /dev, which the profile permits.",
     "`docker inspect` lists Devices and DeviceCgroupRules."},
    {"engine-error", "A container did not start, and its engine or runtime printed why",
     "The text names the step that failed. Which layer refused it is known as a rule only: the "
     "runtime's source says which call "
     "the step makes and what the kernel asks for.",
     "The message of docker, podman, containerd, runc or crun, by a table of their own texts.",
     "strace -f of the engine or the runtime shows the call with its errno."},
    {"failed-enosys", "The kernel seems to lack the call",
     "ENOSYS comes from a kernel that is older than the call, or from a filter that answers so on "
     "purpose.",
     "The errno, and the version of Linux that brought the call.",
     "Give the profile with --profile, and the kernel's version with --kernel."},
    {"failed-not-seccomp", "The call failed, and not because of this profile",
     "The profile permits the call, or an audit SYSCALL record proves that it reached the kernel. "
     "Why the kernel refused it is "
     "not known here.",
     "The evaluation says allow, or the call has a SYSCALL record of its own, which is written "
     "after the filters.",
     "AVC and apparmor=\"DENIED\" records of the same moment; the capabilities of the process."},
    {"failed-suspicious", "The call failed with EPERM as only a filter answers it",
     "Calls such as getpid or statx have no permission check of their own, and others "
     "(io_uring_setup, unshare) are denied by "
     "the default profiles of container engines: EPERM on them comes mostly from a filter.",
     "The table of native errors of Linux 6.12, and the list of known failures.",
     "Give the profile with --profile."},
    {"failed-unknown", "The call failed; a filter or the kernel can be the reason",
     "Without the profile it cannot be known.", "The errno alone.",
     "Give the profile with --profile; record in complain mode."},
    {"kernel-setting", "A setting of the kernel refused it",
     "Yama's ptrace_scope, perf_event_paranoid, dmesg_restrict, unprivileged_bpf_disabled, "
     "lockdown, a firewall and others "
     "refuse what capabilities and filters permit. They are the host's.",
     "The errno is one that the kernel gives to this call for that reason, and the profile permits "
     "the call or no filter is "
     "likely.",
     "The finding names the sysctl to look at."},
    {"limit-reached", "A limit is reached",
     "Limits on processes, open files, locked memory or namespaces: rlimits (--ulimit), the "
     "cgroup's pids.max (--pids-limit), or "
     "user.max_*_namespaces on the host.",
     "The errno is the one that the kernel gives to this call at the limit (EAGAIN, EMFILE, "
     "ENOMEM, ENOSPC).",
     "/proc/PID/limits, pids.max of the cgroup, `sysctl user`."},
    {"logged", "The call was logged and let run",
     "The filter's action for it is SCMP_ACT_LOG: a complain-mode recording.",
     "A SECCOMP record with code 0x7ffc0000.", "Nothing was denied."},
    {"missing-capability", "The kernel asks for a capability that the process lacks",
     "The kernel checks the capability itself, with or without a filter. Permitting the call in a "
     "profile does not help.",
     "The errno is the kernel's answer to this call with these arguments without the capability; "
     "the profile permits the call, "
     "or none was given.",
     "A capture with seccomp-medic-capture records the capabilities of each process; docker "
     "inspect shows CapAdd and CapDrop."},
    {"mount-flags", "The mount does not permit it",
     "The file system is mounted read-only there (ro), or nothing on it may be executed (noexec).",
     "EROFS, or the errno of a noexec mount.",
     "/proc/self/mountinfo in the container shows the flags."},
    {"ordinary-answer", "The kernel answers so to anybody, and nothing needs to be permitted",
     "Some refusals are plain answers: epoll_ctl on a regular file, setsid by a group leader. "
     "Programs, runc and Go's runtime "
     "among them, try and go on.",
     "The errno is the kernel's answer to the arguments or the state, not to who asks.",
     "Nothing is to be done."},
    {"plain-permission", "Ownership or mode does not permit it",
     "The file's or object's owner, mode or attributes refuse it to this user, as they would "
     "outside any container.",
     "EACCES, or EPERM of a call that changes somebody else's file, and the profile permits the "
     "call or no filter is likely.",
     "`namei -l PATH`, `lsattr`, `id`."},
    {"strict-mode", "The program broke seccomp's strict mode",
     "In strict mode only read, write, exit and rt_sigreturn are permitted; anything else kills "
     "with SIGKILL.",
     "A SECCOMP record with sig=9 and code=0x0, or a death by SIGKILL after prctl(PR_SET_SECCOMP, "
     "SECCOMP_MODE_STRICT).",
     "The program's own source."},
};

}  // namespace

std::span<const KindInfo> all_kinds() { return kKinds; }

const KindInfo* find_kind(std::string_view kind_or_id) {
  const std::string_view kind = kind_or_id.substr(0, kind_or_id.find('@'));
  for (const KindInfo& row : kKinds) {
    if (row.kind == kind) return &row;
  }
  return nullptr;
}

}  // namespace medic::diagnose
