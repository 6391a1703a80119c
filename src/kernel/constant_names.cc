// Values back to names, for the arguments that profiles and their explanations speak of.
#include <algorithm>
#include <charconv>
#include <vector>

#include "kernel/constants.h"

namespace medic::kernel {
namespace {

// How an argument is read. prefixes: the families of names that may stand there, in the order of
// preference.
struct Reading {
  std::string_view call;
  unsigned index;
  enum class Style : std::uint8_t { Enumeration, Flags, Socket, Clone, Personality } style;
  std::span<const std::string_view> names;
};

constexpr std::string_view kDomains[] = {
    "AF_UNSPEC",     "AF_UNIX",      "AF_INET",     "AF_AX25",  "AF_IPX",     "AF_APPLETALK",
    "AF_NETROM",     "AF_BRIDGE",    "AF_ATMPVC",   "AF_X25",   "AF_INET6",   "AF_ROSE",
    "AF_DECnet",     "AF_NETBEUI",   "AF_SECURITY", "AF_KEY",   "AF_NETLINK", "AF_PACKET",
    "AF_ASH",        "AF_ECONET",    "AF_ATMSVC",   "AF_RDS",   "AF_SNA",     "AF_IRDA",
    "AF_PPPOX",      "AF_WANPIPE",   "AF_LLC",      "AF_IB",    "AF_MPLS",    "AF_CAN",
    "AF_TIPC",       "AF_BLUETOOTH", "AF_IUCV",     "AF_RXRPC", "AF_ISDN",    "AF_PHONET",
    "AF_IEEE802154", "AF_CAIF",      "AF_ALG",      "AF_NFC",   "AF_VSOCK",   "AF_KCM",
    "AF_QIPCRTR",    "AF_SMC",       "AF_XDP",      "AF_MCTP"};
constexpr std::string_view kSocketTypes[] = {"SOCK_STREAM", "SOCK_DGRAM",     "SOCK_RAW",
                                             "SOCK_RDM",    "SOCK_SEQPACKET", "SOCK_DCCP",
                                             "SOCK_PACKET"};
constexpr std::string_view kSocketFlags[] = {"SOCK_CLOEXEC", "SOCK_NONBLOCK"};
constexpr std::string_view kCloneFlags[] = {
    "CLONE_NEWUSER",  "CLONE_NEWNS",    "CLONE_NEWPID",        "CLONE_NEWNET",
    "CLONE_NEWIPC",   "CLONE_NEWUTS",   "CLONE_NEWCGROUP",     "CLONE_VM",
    "CLONE_FS",       "CLONE_FILES",    "CLONE_SIGHAND",       "CLONE_PIDFD",
    "CLONE_PTRACE",   "CLONE_VFORK",    "CLONE_PARENT",        "CLONE_THREAD",
    "CLONE_SYSVSEM",  "CLONE_SETTLS",   "CLONE_PARENT_SETTID", "CLONE_CHILD_CLEARTID",
    "CLONE_DETACHED", "CLONE_UNTRACED", "CLONE_CHILD_SETTID",  "CLONE_IO"};
constexpr std::string_view kUnshareFlags[] = {
    "CLONE_NEWUSER", "CLONE_NEWNS",     "CLONE_NEWPID",  "CLONE_NEWNET", "CLONE_NEWIPC",
    "CLONE_NEWUTS",  "CLONE_NEWCGROUP", "CLONE_NEWTIME", "CLONE_FILES",  "CLONE_FS",
    "CLONE_SYSVSEM", "CLONE_VM",        "CLONE_SIGHAND", "CLONE_THREAD"};
constexpr std::string_view kPrctl[] = {"PR_SET_PDEATHSIG",
                                       "PR_GET_PDEATHSIG",
                                       "PR_GET_DUMPABLE",
                                       "PR_SET_DUMPABLE",
                                       "PR_GET_KEEPCAPS",
                                       "PR_SET_KEEPCAPS",
                                       "PR_SET_TIMING",
                                       "PR_SET_NAME",
                                       "PR_GET_NAME",
                                       "PR_GET_SECCOMP",
                                       "PR_SET_SECCOMP",
                                       "PR_CAPBSET_READ",
                                       "PR_CAPBSET_DROP",
                                       "PR_GET_TSC",
                                       "PR_SET_TSC",
                                       "PR_GET_SECUREBITS",
                                       "PR_SET_SECUREBITS",
                                       "PR_SET_TIMERSLACK",
                                       "PR_GET_TIMERSLACK",
                                       "PR_MCE_KILL",
                                       "PR_SET_MM",
                                       "PR_SET_CHILD_SUBREAPER",
                                       "PR_GET_CHILD_SUBREAPER",
                                       "PR_SET_NO_NEW_PRIVS",
                                       "PR_GET_NO_NEW_PRIVS",
                                       "PR_SET_THP_DISABLE",
                                       "PR_GET_THP_DISABLE",
                                       "PR_CAP_AMBIENT",
                                       "PR_GET_SPECULATION_CTRL",
                                       "PR_SET_SPECULATION_CTRL",
                                       "PR_SET_TAGGED_ADDR_CTRL",
                                       "PR_SET_IO_FLUSHER",
                                       "PR_SET_SYSCALL_USER_DISPATCH",
                                       "PR_SCHED_CORE",
                                       "PR_SET_MDWE",
                                       "PR_SET_VMA",
                                       "PR_SET_PTRACER"};
constexpr std::string_view kPersonalityFlags[] = {
    "UNAME26",          "ADDR_NO_RANDOMIZE",  "FDPIC_FUNCPTRS",
    "MMAP_PAGE_ZERO",   "ADDR_COMPAT_LAYOUT", "READ_IMPLIES_EXEC",
    "ADDR_LIMIT_32BIT", "SHORT_INODE",        "WHOLE_SECONDS",
    "STICKY_TIMEOUTS",  "ADDR_LIMIT_3GB"};
constexpr std::string_view kPersonalities[] = {"PER_LINUX", "PER_LINUX32"};
constexpr std::string_view kProtections[] = {"PROT_READ", "PROT_WRITE", "PROT_EXEC"};
constexpr std::string_view kBpf[] = {"BPF_MAP_CREATE",
                                     "BPF_MAP_LOOKUP_ELEM",
                                     "BPF_MAP_UPDATE_ELEM",
                                     "BPF_MAP_DELETE_ELEM",
                                     "BPF_MAP_GET_NEXT_KEY",
                                     "BPF_PROG_LOAD",
                                     "BPF_OBJ_PIN",
                                     "BPF_OBJ_GET",
                                     "BPF_PROG_ATTACH",
                                     "BPF_PROG_DETACH",
                                     "BPF_PROG_TEST_RUN",
                                     "BPF_PROG_GET_NEXT_ID",
                                     "BPF_OBJ_GET_INFO_BY_FD",
                                     "BPF_PROG_QUERY",
                                     "BPF_RAW_TRACEPOINT_OPEN",
                                     "BPF_BTF_LOAD",
                                     "BPF_LINK_CREATE",
                                     "BPF_TOKEN_CREATE"};
constexpr std::string_view kKeyctl[] = {"KEYCTL_GET_KEYRING_ID",
                                        "KEYCTL_JOIN_SESSION_KEYRING",
                                        "KEYCTL_UPDATE",
                                        "KEYCTL_REVOKE",
                                        "KEYCTL_CHOWN",
                                        "KEYCTL_SETPERM",
                                        "KEYCTL_DESCRIBE",
                                        "KEYCTL_CLEAR",
                                        "KEYCTL_LINK",
                                        "KEYCTL_UNLINK",
                                        "KEYCTL_SEARCH",
                                        "KEYCTL_READ",
                                        "KEYCTL_INSTANTIATE",
                                        "KEYCTL_NEGATE",
                                        "KEYCTL_SET_REQKEY_KEYRING",
                                        "KEYCTL_SET_TIMEOUT",
                                        "KEYCTL_GET_SECURITY",
                                        "KEYCTL_SESSION_TO_PARENT",
                                        "KEYCTL_INVALIDATE",
                                        "KEYCTL_GET_PERSISTENT"};
constexpr std::string_view kPtrace[] = {
    "PTRACE_TRACEME",         "PTRACE_PEEKTEXT",    "PTRACE_PEEKDATA",
    "PTRACE_PEEKUSER",        "PTRACE_POKETEXT",    "PTRACE_POKEDATA",
    "PTRACE_POKEUSER",        "PTRACE_CONT",        "PTRACE_KILL",
    "PTRACE_SINGLESTEP",      "PTRACE_GETREGS",     "PTRACE_SETREGS",
    "PTRACE_ATTACH",          "PTRACE_DETACH",      "PTRACE_SYSCALL",
    "PTRACE_SETOPTIONS",      "PTRACE_GETEVENTMSG", "PTRACE_GETSIGINFO",
    "PTRACE_GETREGSET",       "PTRACE_SETREGSET",   "PTRACE_SEIZE",
    "PTRACE_INTERRUPT",       "PTRACE_LISTEN",      "PTRACE_SECCOMP_GET_FILTER",
    "PTRACE_GET_SYSCALL_INFO"};
constexpr std::string_view kIoctls[] = {"TCGETS",          "TCSETS",
                                        "TCSETSW",         "TCSETSF",
                                        "TIOCGWINSZ",      "TIOCSWINSZ",
                                        "TIOCSTI",         "TIOCLINUX",
                                        "TIOCSCTTY",       "TIOCGPGRP",
                                        "TIOCSPGRP",       "TIOCGPTN",
                                        "TIOCSPTLCK",      "TIOCCONS",
                                        "TIOCSETD",        "FIONBIO",
                                        "FIONREAD",        "FIOCLEX",
                                        "FIONCLEX",        "FIOASYNC",
                                        "FICLONE",         "FS_IOC_GETFLAGS",
                                        "FS_IOC_SETFLAGS", "SIOCGIFCONF",
                                        "SIOCGIFFLAGS",    "SIOCSIFFLAGS",
                                        "SIOCGIFADDR",     "SIOCSIFADDR",
                                        "SIOCGIFHWADDR",   "TUNSETIFF",
                                        "BLKGETSIZE64",    "LOOP_SET_FD",
                                        "KVM_CREATE_VM",   "KVM_GET_API_VERSION"};
constexpr std::string_view kFcntl[] = {
    "F_DUPFD",         "F_GETFD",      "F_SETFD",      "F_GETFL",     "F_SETFL",
    "F_GETLK",         "F_SETLK",      "F_SETLKW",     "F_SETOWN",    "F_GETOWN",
    "F_SETSIG",        "F_GETSIG",     "F_SETLEASE",   "F_GETLEASE",  "F_NOTIFY",
    "F_DUPFD_CLOEXEC", "F_SETPIPE_SZ", "F_GETPIPE_SZ", "F_ADD_SEALS", "F_GET_SEALS"};
constexpr std::string_view kArchPrctl[] = {
    "ARCH_SET_GS",         "ARCH_SET_FS",       "ARCH_GET_FS",         "ARCH_GET_GS",
    "ARCH_GET_CPUID",      "ARCH_SET_CPUID",    "ARCH_GET_XCOMP_SUPP", "ARCH_GET_XCOMP_PERM",
    "ARCH_REQ_XCOMP_PERM", "ARCH_CET_STATUS",   "ARCH_SHSTK_ENABLE",   "ARCH_SHSTK_DISABLE",
    "ARCH_SHSTK_LOCK",     "ARCH_SHSTK_UNLOCK", "ARCH_SHSTK_STATUS"};
constexpr std::string_view kSeccomp[] = {"SECCOMP_SET_MODE_STRICT", "SECCOMP_SET_MODE_FILTER",
                                         "SECCOMP_GET_ACTION_AVAIL", "SECCOMP_GET_NOTIF_SIZES"};
constexpr std::string_view kMountFlags[] = {
    "MS_RDONLY",   "MS_NOSUID",   "MS_NODEV",      "MS_NOEXEC",     "MS_SYNCHRONOUS", "MS_REMOUNT",
    "MS_MANDLOCK", "MS_DIRSYNC",  "MS_NOATIME",    "MS_NODIRATIME", "MS_BIND",        "MS_MOVE",
    "MS_REC",      "MS_SILENT",   "MS_POSIXACL",   "MS_UNBINDABLE", "MS_PRIVATE",     "MS_SLAVE",
    "MS_SHARED",   "MS_RELATIME", "MS_STRICTATIME"};
constexpr std::string_view kUmountFlags[] = {"MNT_FORCE", "MNT_DETACH", "MNT_EXPIRE",
                                             "UMOUNT_NOFOLLOW"};
constexpr std::string_view kLevels[] = {"SOL_SOCKET",  "SOL_IP",   "SOL_TCP",
                                        "SOL_UDP",     "SOL_IPV6", "SOL_RAW",
                                        "SOL_NETLINK", "SOL_ALG",  "SOL_PACKET"};

using Style = Reading::Style;
constexpr Reading kReadings[] = {{"socket", 0, Style::Enumeration, kDomains},
                                 {"socketpair", 0, Style::Enumeration, kDomains},
                                 {"socket", 1, Style::Socket, kSocketTypes},
                                 {"socketpair", 1, Style::Socket, kSocketTypes},
                                 {"clone", 0, Style::Clone, kCloneFlags},
                                 {"unshare", 0, Style::Flags, kUnshareFlags},
                                 {"setns", 1, Style::Flags, kUnshareFlags},
                                 {"prctl", 0, Style::Enumeration, kPrctl},
                                 {"personality", 0, Style::Personality, kPersonalityFlags},
                                 {"mmap", 2, Style::Flags, kProtections},
                                 {"mmap2", 2, Style::Flags, kProtections},
                                 {"mprotect", 2, Style::Flags, kProtections},
                                 {"pkey_mprotect", 2, Style::Flags, kProtections},
                                 {"bpf", 0, Style::Enumeration, kBpf},
                                 {"keyctl", 0, Style::Enumeration, kKeyctl},
                                 {"ptrace", 0, Style::Enumeration, kPtrace},
                                 {"ioctl", 1, Style::Enumeration, kIoctls},
                                 {"fcntl", 1, Style::Enumeration, kFcntl},
                                 {"fcntl64", 1, Style::Enumeration, kFcntl},
                                 {"arch_prctl", 0, Style::Enumeration, kArchPrctl},
                                 {"seccomp", 0, Style::Enumeration, kSeccomp},
                                 {"mount", 3, Style::Flags, kMountFlags},
                                 {"umount2", 1, Style::Flags, kUmountFlags},
                                 {"setsockopt", 1, Style::Enumeration, kLevels},
                                 {"getsockopt", 1, Style::Enumeration, kLevels}};

std::string hex(std::uint64_t value) {
  char digits[16];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value, 16).ptr;
  return "0x" + std::string(std::begin(digits), end);
}

std::string_view enumerated(std::span<const std::string_view> names, std::uint64_t value,
                            Arch arch) {
  for (const std::string_view name : names) {
    if (constant_value(name, arch) == value) return name;
  }
  return {};
}

void append(std::string& out, std::string_view part) {
  if (!out.empty()) out += '|';
  out += part;
}

// Names of the bits; what has none is left in `value`.
std::string flags(std::span<const std::string_view> names, std::uint64_t& value, Arch arch) {
  std::string out;
  for (const std::string_view name : names) {
    const auto bits = constant_value(name, arch);
    if (!bits || *bits == 0 || (value & *bits) != *bits) continue;
    append(out, name);
    value &= ~*bits;
  }
  return out;
}

std::string with_rest(std::string out, std::uint64_t rest) {
  if (rest != 0 && !out.empty()) append(out, hex(rest));
  return out;
}

std::string socket_type(std::uint64_t value, Arch arch) {
  const std::string_view type = enumerated(kSocketTypes, value & 0xF, arch);
  if (type.empty()) return {};
  std::uint64_t rest = value & ~std::uint64_t{0xF};
  std::string out(type);
  if (const std::string bits = flags(kSocketFlags, rest, arch); !bits.empty()) append(out, bits);
  return with_rest(std::move(out), rest);
}

// The low byte is the signal that the child's end sends.
std::string clone_flags(std::uint64_t value, Arch arch) {
  std::uint64_t rest = value & ~std::uint64_t{0xFF};
  std::string out = flags(kCloneFlags, rest, arch);
  const std::uint64_t signal = value & 0xFF;
  if (signal != 0) append(out, constant_value("SIGCHLD", arch) == signal ? "SIGCHLD" : hex(signal));
  return with_rest(std::move(out), rest);
}

std::string personality(std::uint64_t value, Arch arch) {
  if (value == 0xFFFFFFFF) return {};
  std::uint64_t rest = value & ~std::uint64_t{0xFF};
  std::string out(enumerated(kPersonalities, value & 0xFF, arch));
  if (out.empty()) out = hex(value & 0xFF);
  if (const std::string bits = flags(kPersonalityFlags, rest, arch); !bits.empty())
    append(out, bits);
  return with_rest(std::move(out), rest);
}

}  // namespace

std::string constant_name(NameId syscall, unsigned index, std::uint64_t value, Arch arch) {
  const std::string_view call = name_of(syscall);
  const bool backwards = arch == Arch::S390 || arch == Arch::S390x;  // clone(stack, flags, ...)
  for (const Reading& reading : kReadings) {
    if (reading.call != call) continue;
    const unsigned place = reading.style == Style::Clone && backwards ? 1 : reading.index;
    if (place != index) continue;
    switch (reading.style) {
      case Style::Enumeration: return std::string(enumerated(reading.names, value, arch));
      case Style::Socket: return socket_type(value, arch);
      case Style::Clone: return clone_flags(value, arch);
      case Style::Personality: return personality(value, arch);
      case Style::Flags: {
        std::uint64_t rest = value;
        std::string out = flags(reading.names, rest, arch);
        return with_rest(std::move(out), rest);
      }
    }
  }
  return {};
}

}  // namespace medic::kernel
