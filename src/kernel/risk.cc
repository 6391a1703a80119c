#include "kernel/risk.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "kernel/capability_needs.h"
#include "kernel/errno.h"
#include "kernel/own_answers.h"

namespace medic::kernel {
namespace {

struct Row {
  std::string_view name;
  RiskLevel level;
  std::string_view why;
};

constexpr auto kHigh = RiskLevel::High;
constexpr auto kElevated = RiskLevel::Elevated;

// Docker's reasons for denying (moby profiles/seccomp, docs.docker.com/engine/security/seccomp) and
// the published escapes that used the call. Sorted by name.
constexpr Row kRows[] = {
    {"acct", kElevated, "could switch process accounting of the whole host"},
    {"add_key", kHigh,
     "reaches the kernel's keyrings, which are not separated by namespaces (CVE-2016-0728)"},
    {"bpf", kHigh,
     "loads programs into the kernel; its verifier has been broken often (CVE-2020-8835, "
     "CVE-2021-3490, CVE-2022-23222, "
     "CVE-2023-2163)"},
    {"clock_settime", kElevated, "sets a clock that is the host's, not the container's"},
    {"clone3", kElevated,
     "hides its flags behind a pointer, so that no filter can forbid new namespaces; answering "
     "ENOSYS makes libc fall back to "
     "clone"},
    {"create_module", kHigh, "loads code into the kernel"},
    {"delete_module", kHigh, "unloads kernel modules of the host"},
    {"fanotify_init", kElevated, "can watch file accesses of the whole mount"},
    {"finit_module", kHigh, "loads code into the kernel"},
    {"fsconfig", kHigh,
     "is part of mounting; a heap overflow in it was a container escape (CVE-2022-0185)"},
    {"fsmount", kHigh, "mounts file systems"},
    {"fsopen", kHigh, "opens a file system for mounting (CVE-2022-0185)"},
    {"fspick", kHigh, "reconfigures a mounted file system"},
    {"get_mempolicy", kElevated,
     "reveals on which of the host's memory nodes the caller's pages lie"},
    {"init_module", kHigh, "loads code into the kernel"},
    {"io_uring_enter", kHigh,
     "runs operations that no filter sees one by one; a rich source of kernel bugs "
     "(CVE-2022-29582, CVE-2022-2602, "
     "CVE-2023-2598)"},
    {"io_uring_register", kHigh, "is part of io_uring, whose operations no filter sees one by one"},
    {"io_uring_setup", kHigh,
     "opens io_uring, whose operations no filter sees one by one (CVE-2021-41073, CVE-2022-29582, "
     "CVE-2023-2598)"},
    {"ioperm", kHigh, "gives raw access to I/O ports of the host"},
    {"iopl", kHigh, "gives raw access to I/O ports of the host"},
    {"kcmp", kElevated, "compares kernel objects of other processes"},
    {"kexec_file_load", kHigh, "boots another kernel"},
    {"kexec_load", kHigh, "boots another kernel"},
    {"keyctl", kHigh,
     "reaches the kernel's keyrings, which are not separated by namespaces (CVE-2016-0728)"},
    {"lookup_dcookie", kElevated, "reveals paths of the host"},
    {"mbind", kElevated, "steers memory placement of the host (CVE-2017-7616)"},
    {"migrate_pages", kElevated, "moves memory of other processes"},
    {"mount", kHigh,
     "mounts cgroups or devices, the classic way out of a container (CVE-2022-0492)"},
    {"mount_setattr", kHigh, "changes mounts, such as making them writable"},
    {"move_mount", kHigh, "moves mounts"},
    {"move_pages", kElevated,
     "moves memory of other processes and reveals its layout (CVE-2010-0415)"},
    {"name_to_handle_at", kElevated, "is the first half of opening files by handle"},
    {"nfsservctl", kElevated, "is obsolete; current kernels answer ENOSYS"},
    {"open_by_handle_at", kHigh,
     "opens any file of the host's file system by its handle (\"Shocker\", 2014)"},
    {"open_tree", kHigh, "clones mounts"},
    {"perf_event_open", kHigh,
     "measures the host and has been exploited (CVE-2013-2094, CVE-2023-2235)"},
    {"personality", kElevated,
     "switches off address randomisation or makes data executable, with some values"},
    {"pidfd_getfd", kElevated, "takes open files of other processes"},
    {"pivot_root", kHigh, "changes the root mount"},
    {"process_madvise", kElevated, "changes memory of other processes"},
    {"process_vm_readv", kElevated, "reads memory of other processes"},
    {"process_vm_writev", kElevated, "writes memory of other processes"},
    {"ptrace", kElevated,
     "controls other processes of the container; before Linux 4.8 it walked round seccomp"},
    {"query_module", kElevated, "is obsolete; current kernels answer ENOSYS"},
    {"quotactl", kElevated, "changes disk quotas of the host"},
    {"quotactl_fd", kElevated, "changes disk quotas of the host"},
    {"reboot", kHigh, "reboots the machine"},
    {"request_key", kHigh,
     "reaches the kernel's keyrings, which are not separated by namespaces (CVE-2016-0728)"},
    {"set_mempolicy", kElevated, "steers memory placement of the host"},
    {"setdomainname", kElevated, "changes the host's or container's identity"},
    {"sethostname", kElevated, "changes the host's or container's identity"},
    {"setns", kHigh, "enters other namespaces, such as the host's"},
    {"settimeofday", kElevated, "sets a clock that is the host's, not the container's"},
    {"stime", kElevated, "sets a clock that is the host's, not the container's"},
    {"swapoff", kHigh, "changes the host's swapping"},
    {"swapon", kHigh, "changes the host's swapping"},
    {"sysfs", kElevated, "is obsolete"},
    {"syslog", kElevated, "reads the kernel's log, which leaks addresses"},
    {"umount", kHigh, "can uncover what a mount hides"},
    {"umount2", kHigh, "can uncover what a mount hides"},
    {"unshare", kHigh,
     "makes user namespaces, which open kernel code that only root could reach (CVE-2022-0185, "
     "CVE-2023-32233, CVE-2024-1086)"},
    {"uselib", kElevated, "is obsolete and was exploited (CVE-2004-1235)"},
    {"userfaultfd", kHigh,
     "stops the kernel in the middle of a copy, the timing primitive of many exploits"},
    {"ustat", kElevated, "is obsolete"},
    {"vhangup", kElevated, "hangs up the terminal"},
    {"vm86", kElevated, "runs 16-bit code; obsolete"},
    {"vm86old", kElevated, "runs 16-bit code; obsolete"},
};

constexpr std::uint64_t kNamespaceFlags =
    0x7E020000;  // include/uapi/linux/sched.h CLONE_NEW* but NEWTIME

// The published chains: CVE-2022-0185, CVE-2022-0492 and CVE-2024-1086 begin with a user namespace;
// io_uring's operations pass no filter.
constexpr Combination kCombinations[] = {
    {"unshare", "mount",
     "a user namespace gives CAP_SYS_ADMIN within it, and with it mounts (CVE-2022-0492, "
     "CVE-2023-0386)"},
    {"unshare", "fsopen",
     "a user namespace reaches the new mount calls' kernel code (CVE-2022-0185)"},
    {"unshare", "bpf", "a user namespace and BPF reach each other's bugs (CVE-2022-23222)"},
    {"clone3", "mount",
     "no filter can see clone3's flags, and a user namespace gives CAP_SYS_ADMIN within it"},
    {"io_uring_setup", "io_uring_enter",
     "what runs through the ring (open, connect, send, …) is checked by no filter, so every other "
     "deny can be walked round"},
    {"ptrace", "process_vm_writev",
     "a process that may be traced can be rewritten, sandbox and all"},
    {"ptrace", "process_vm_readv",
     "the memory of every process that may be traced can be read, keys and all"},
    {"name_to_handle_at", "open_by_handle_at",
     "together they open any file of the host's file system (\"Shocker\")"},
    {"userfaultfd", "keyctl", "stopping the kernel in mid-copy made many heap bugs usable"},
    {"bpf", "perf_event_open", "programs loaded into the kernel are attached by it"},
    {"pidfd_getfd", "ptrace", "open files of other processes can be taken"},
    {"open_tree", "move_mount", "mounts can be cloned and put elsewhere"},
};

struct Callers {
  std::string_view calls, programs;
};
// By what the programs are for. A program that is not here may need the call all the same: then a
// person says so.
constexpr std::string_view kContainerTools =
    "mount|umount|systemd|systemd-nspawn|unshare|nsenter|bwrap|runc|crun|podman|buildah|docker|"
    "dockerd|containerd|containerd-"
    "shim|kubelet|lxc-start|fuse-overlayfs|fusermount|fusermount3|squashfuse|newuidmap|"
    "chrome|chromium|firefox|snap-confine|flatpak|nsjail|firejail|losetup|sshfs|rclone|s3fs|"
    "slirp4netns|rootlesskit|kaniko|"
    "executor|umoci|pivot_root|switch_root|ip|criu|catatonit|conmon";
constexpr Callers kCallers[] = {
    {"mount|umount|umount2|pivot_root|unshare|setns|fsopen|fsmount|fsconfig|fspick|move_mount|open_"
     "tree|mount_setattr",
     kContainerTools},
    {"bpf",
     "bpftool|bpftrace|cilium-agent|falco|tetragon|systemd|tracee|pixie|ip|tc|iptables|bcc|python3|"
     "parca-agent|beyla|runc|crun|"
     "agent|datadog-agent|system-probe"},
    {"perf_event_open",
     "perf|bpftrace|falco|parca-agent|python3|java|async-profiler|node|cilium-agent|intel_gpu_top"},
    {"init_module|finit_module|delete_module|create_module",
     "insmod|modprobe|rmmod|kmod|systemd-modules-load|systemd-udevd|dkms"},
    {"kexec_load|kexec_file_load", "kexec|kdumpctl"},
    {"reboot", "reboot|shutdown|systemd|init|halt|poweroff|busybox|openrc-init"},
    {"iopl|ioperm", "Xorg|hwclock|flashrom|dmidecode|vbetool|dosemu|msr-tools"},
    {"open_by_handle_at",
     "nfsd|rpc.mountd|rpc.nfsd|ganesha.nfsd|systemd|criu|fanotify|xfs_fsr|xfsdump|bpftrace|fatrace|"
     "falco|tetragon|cilium-agent"},
    {"userfaultfd", "qemu-system-x86_64|qemu-kvm|criu|firecracker|java|gcc"},
    {"swapon|swapoff", "swapon|swapoff|systemd"},
};

const Row* find_row(std::string_view name) {
  const auto found =
      std::lower_bound(std::begin(kRows), std::end(kRows), name,
                       [](const Row& row, std::string_view text) { return row.name < text; });
  return found == std::end(kRows) || found->name != name ? nullptr : &*found;
}

// A risk before its guards are looked up.
struct Danger {
  RiskLevel level = RiskLevel::Low;
  std::string_view why;
};

Danger socket_risk(const Args& args) {
  if (!args.has(0)) return {};
  switch (args.value[0] & 0xFFFFFFFF) {
    case 17:
      return {RiskLevel::Elevated,
              "opens AF_PACKET, which reads and forges raw frames and has been exploited "
              "(CVE-2016-8655, CVE-2017-7308, "
              "CVE-2020-14386)"};
    case 38:
      return {
          RiskLevel::High,
          "opens AF_ALG, which gives the kernel's crypto code to the container (CVE-2026-31431)"};
    case 40:
      return {RiskLevel::High,
              "opens AF_VSOCK, which is not separated by namespaces and reaches the hypervisor "
              "(CVE-2021-26708)"};
    default: return {};
  }
}

Danger namespace_risk(std::uint64_t flags, bool known) {
  if (known && (flags & kNamespaceFlags) == 0) return {};
  if (known && (flags & 0x10000000) != 0) {
    return {RiskLevel::High,
            "makes a user namespace, which opens kernel code that only root could reach "
            "(CVE-2022-0185, CVE-2024-1086)"};
  }
  if (!known) return {};
  return {RiskLevel::High, "creates namespaces"};
}

}  // namespace

std::string_view name(RiskLevel level) {
  switch (level) {
    case RiskLevel::Low: return "low";
    case RiskLevel::Elevated: return "elevated";
    case RiskLevel::High: return "high";
  }
  return "high";
}

namespace {

Danger plain_risk(NameId id, const Args& args) {
  const std::string_view name = name_of(id);
  if (name == "socket") return socket_risk(args);
  if (name == "clone") return namespace_risk(args.value[0], args.has(0));
  if (name == "unshare" && args.has(0) && (args.value[0] & (kNamespaceFlags | 0x80)) == 0)
    return {};
  const Row* row = find_row(name);
  if (row == nullptr) return {};
  return {row->level, row->why};
}

}  // namespace

Risk risk_of(NameId id, const Args& args) {
  const Danger danger = plain_risk(id, args);
  Risk out;
  out.level = danger.level;
  out.why = danger.why;
  if (out.level == RiskLevel::Low) return out;
  const CapabilityNeed need = capabilities_needed(id, args);
  if (need.kind == CapabilityNeed::Kind::Needed) out.capability = need.first();
  out.unguarded = need.kind == CapabilityNeed::Kind::None;
  return out;
}

std::span<const Combination> all_combinations() { return kCombinations; }

std::string_view usual_callers(NameId id) {
  const std::string_view name = name_of(id);
  for (const Callers& row : kCallers) {
    const auto calls = split(row.calls, '|');
    if (std::find(calls.begin(), calls.end(), name) != calls.end()) return row.programs;
  }
  return {};
}

NativeEperm native_eperm(NameId id, const Args& args) {
  if (id == kNoName) return NativeEperm::Unknown;
  switch (own_answer(id, args, kEPERM).answer) {
    case OwnAnswer::Never:
    case OwnAnswer::Rarely: return NativeEperm::Never;
    case OwnAnswer::First: return NativeEperm::Capability;
    case OwnAnswer::Depends: return NativeEperm::Depends;
  }
  return NativeEperm::Unknown;
}

std::string_view capability_for(NameId id, const Args& args) {
  return capabilities_needed(id, args).first();
}

}  // namespace medic::kernel
