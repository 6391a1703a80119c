#include "diagnose/diagnose.h"

namespace medic::diagnose {

void seccomp_records(const Case& subject, std::vector<Finding>& findings);
void failed_calls(const Case& subject, std::vector<Finding>& findings);
void abends(const Case& subject, std::vector<Finding>& findings);
void other_layers(const Case& subject, std::vector<Finding>& findings);

namespace {

constexpr RuleRow kRules[] = {
    {"seccomp-records", seccomp_records},
    {"failed-calls", failed_calls},
    {"abends", abends},
    {"other-layers", other_layers},
};

constexpr KindInfo kKinds[] = {
    {"abend-sigsys", "A process died of SIGSYS and no record tells the call",
     "The kernel wrote a core-dump record (ANOM_ABEND) with signal 31. A filter whose action is SCMP_ACT_TRAP and which does not carry SECCOMP_FILTER_FLAG_LOG leaves nothing else.",
     "ANOM_ABEND with sig=31 and no SECCOMP record of that process.", "strace -f shows the SIGSYS with its call; complain mode logs it."},
    {"denied", "A seccomp filter denied a call, and no profile was given to tell why",
     "The kernel's record, a SIGSYS, or a death by SIGSYS tells that a filter did it. Which rule it was, only the profile can tell.",
     "A SECCOMP record, a SIGSYS with SYS_SECCOMP, or the last call before death by SIGSYS.", "Give the profile with --profile."},
    {"denied-arch", "The program's architecture is not in the profile",
     "A call by an architecture that the filter does not list kills the thread, whatever the default action is: often a 32-bit program under a profile of x86_64 alone.",
     "The record's arch= is not among the profile's architectures.", "file PROGRAM tells its architecture."},
    {"denied-by-condition", "The profile permits the call with other arguments only",
     "Rules for this call look at its arguments, and none holds. Audit records carry no arguments: strace or a capture does.",
     "The profile has conditions on this call, and the evidence does not satisfy one.", "Record with strace -f or seccomp-medic-capture, which show the arguments."},
    {"denied-by-default", "No rule names the call, so the default action applies", "The profile is a list of permitted calls, and this one is not on it.",
     "The evaluation of the profile, and the kernel's record or the errno that the default action gives.", "Complain mode shows all such calls in one run."},
    {"denied-by-rule", "A rule of the profile denies the call by name", "Somebody wrote this deny; it is not removed without --override.",
     "The evaluation of the profile names the rule and its line.", "Ask who wrote the rule why."},
    {"denied-enosys", "A rule answers ENOSYS on purpose", "ENOSYS makes libc believe that the kernel is old, and fall back: clone3 to clone, faccessat2 to faccessat. Usually nothing is broken.",
     "The rule's action is ERRNO with errnoRet 38.", "If the program goes on with the older call right after, nothing is wrong."},
    {"denied-enosys-stub", "runc answers ENOSYS to a call newer than the profile knows", "Since 1.0.0-rc93 runc puts a test before the filter: a number above the largest that the profile names gets ENOSYS.",
     "The number is above the largest one that a rule names, and the runtime is runc.", "Under crun the same call gets the default action."},
    {"denied-gated", "The profile permits the call only with a capability that the container lacks", "Docker's profile switches rules on by capability (includes.caps). The kernel asks for the same capability, so adding the call alone cannot help.",
     "A rule that would permit the call has includes.caps which --caps does not hold.", "Give the container's capabilities with --caps."},
    {"denied-unexplained", "The profile given permits the call that was denied", "Another filter denied it: an older version of the profile, the program's own sandbox, systemd's SystemCallFilter=, or the record is of another container.",
     "A stated denial, and the evaluation of the profile says allow.", "docker inspect (SecurityOpt), grep Seccomp /proc/PID/status (Seccomp_filters counts them)."},
    {"failed-not-seccomp", "The call failed, and not because of this profile", "The profile permits the call, or an audit SYSCALL record proves that it reached the kernel. The refusal came from a capability, ownership, a mode, a mount flag, AppArmor or SELinux.",
     "The evaluation says allow, or the call has a SYSCALL record of its own.", "AVC and apparmor=\"DENIED\" records of the same moment; the capabilities of the process."},
    {"failed-suspicious", "The call failed with EPERM, which the kernel has no reason to answer", "Calls such as getpid or statx have no permission check of their own: EPERM on them comes from a filter.",
     "The table of native errors of Linux 6.12.", "Give the profile with --profile."},
    {"failed-unknown", "The call failed with EPERM; a filter or the kernel can be the reason", "Without the profile it cannot be told.", "The errno alone.", "Give the profile with --profile; record in complain mode."},
    {"logged", "The call was logged and let run", "The filter's action for it is SCMP_ACT_LOG: a complain-mode recording.", "A SECCOMP record with code 0x7ffc0000.", "Nothing was denied."},
    {"other-layer", "Another layer denied something", "SELinux, AppArmor or another security module wrote this denial itself.", "Its own record in the log.", "ausearch -m AVC; aa-logprof."},
    {"strict-mode", "The program broke seccomp's strict mode", "In strict mode only read, write, exit and rt_sigreturn are permitted; anything else kills with SIGKILL.",
     "A SECCOMP record with sig=9 and code=0x0, or a death by SIGKILL after prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT).", "The program's own source."},
};

}  // namespace

std::span<const RuleRow> all_rules() { return kRules; }
std::span<const KindInfo> all_kinds() { return kKinds; }

const KindInfo* find_kind(std::string_view kind_or_id) {
  const std::string_view kind = kind_or_id.substr(0, kind_or_id.find('@'));
  for (const KindInfo& row : kKinds) {
    if (row.kind == kind) return &row;
  }
  return nullptr;
}

}  // namespace medic::diagnose
