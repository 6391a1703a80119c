// How to collect with a logging twin: what the kernel must be known, what to run, where the records
// are.
#include <fmt/format.h>

#include "edit/complain.h"

namespace medic::profile {
namespace {

constexpr std::string_view kTwin =
    R"(The twin lets everything run that the original denies, and the kernel logs it. Give it no untrusted work.
Programs of architectures that the profile does not list (32-bit ones on x86_64, say) are killed as before: list theirs for the run.
SCMP_ACT_LOG needs Linux 4.14 and libseccomp 2.4; every supported runc and crun takes it.
)";

constexpr std::string_view kFlag =
    R"(The profile denies as before, and the kernel logs each denial (SECCOMP_FILTER_FLAG_LOG, Linux 4.14).
  runc 1.2.0 and later   takes the flag
  runc 1.1 and older     refuses any "flags": the container does not start ("seccomp flags are not yet supported by runc")
  crun, all versions     takes it; on a kernel that does not, crun installs the filter without any flag and says nothing
Docker, Podman and CRI-O hand the flag on. The program meets every denial, so a run shows the first of a row only: logging
without denying shows more.
)";

constexpr std::string_view kCollect = R"(
1. Before: what the kernel logs, and how much of it gets through
     cat /proc/sys/kernel/seccomp/actions_logged      must name: {actions}
     sysctl -w kernel.seccomp.actions_logged='kill_process kill_thread trap errno user_notif trace log'
   With auditd: auditctl -s                           "lost" must not grow; rate_limit 0, backlog_limit 8192
                auditctl -l                           no rule "exclude ... msgtype=SECCOMP"
   Without:     sysctl -w kernel.printk_ratelimit=0   else the kernel prints 10 records in 5 seconds and drops the rest

2. Run the whole of it: start, every feature, errors, reload, shutdown
   Docker       docker run --security-opt seccomp={file} IMAGE
   Podman       podman run --security-opt seccomp={file} IMAGE
   Kubernetes   on every node: install -m 0644 {file} /var/lib/kubelet/seccomp/complain.json
                in the pod:    securityContext: {{seccompProfile: {{type: Localhost, localhostProfile: complain.json}}}}
   A restart is needed: a running container keeps the filter it has.

3. Collect
   With auditd  ausearch --raw -m SECCOMP > seccomp.log
   Without      journalctl -k -o short-precise > seccomp.log        or: dmesg > seccomp.log
   and who is who: docker inspect CONTAINER > inspect.json          podman inspect, crictl inspect likewise

4. Then
     seccomp-medic repair seccomp.log --inspect inspect.json --profile ORIGINAL
)";

}  // namespace

std::string collecting_text(std::string_view file, ComplainMode mode) {
  const bool log = mode == ComplainMode::Log;
  return std::string(log ? kTwin : kFlag) +
         fmt::format(fmt::runtime(kCollect), fmt::arg("file", file),
                     fmt::arg("actions", log ? "log" : "errno, trap, trace, user_notif"));
}

}  // namespace medic::profile
