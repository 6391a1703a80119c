// Names of flags and enumerations: values by architecture, and back.
#include <doctest/doctest.h>

#include <linux/audit.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <string>

#include "kernel/constants.h"

using medic::kernel::Arch;
using medic::kernel::constant_name;
using medic::kernel::constant_value;
using medic::kernel::find_name;

TEST_CASE("Values of the arguments that profiles test") {
  struct Row {
    const char* name;
    Arch arch;
    std::uint64_t value;
  };
  constexpr Row kRows[] = {{"CLONE_NEWUSER", Arch::Unknown, 0x10000000},
                           {"CLONE_NEWNS", Arch::Unknown, 0x20000},
                           {"CLONE_NEWCGROUP", Arch::Unknown, 0x2000000},
                           {"CLONE_NEWUTS", Arch::Unknown, 0x4000000},
                           {"CLONE_NEWIPC", Arch::Unknown, 0x8000000},
                           {"CLONE_NEWPID", Arch::Unknown, 0x20000000},
                           {"CLONE_NEWNET", Arch::Unknown, 0x40000000},
                           {"CLONE_NEWTIME", Arch::Unknown, 0x80},
                           {"AF_UNIX", Arch::Unknown, 1},
                           {"AF_INET6", Arch::Unknown, 10},
                           {"AF_NETLINK", Arch::Unknown, 16},
                           {"AF_PACKET", Arch::Unknown, 17},
                           {"AF_ALG", Arch::Unknown, 38},
                           {"AF_VSOCK", Arch::Unknown, 40},
                           {"AF_XDP", Arch::Unknown, 44},
                           {"PF_LOCAL", Arch::Unknown, 1},
                           {"SOCK_STREAM", Arch::Unknown, 1},
                           {"SOCK_STREAM", Arch::Mips64, 2},
                           {"SOCK_DGRAM", Arch::Mipsel, 1},
                           {"SOCK_NONBLOCK", Arch::X86_64, 0x800},
                           {"SOCK_NONBLOCK", Arch::Mips, 0x80},
                           {"SOCK_CLOEXEC", Arch::Riscv64, 0x80000},
                           {"SOCK_CLOEXEC", Arch::Parisc, 0x200000},
                           {"NETLINK_AUDIT", Arch::Unknown, 9},
                           {"NETLINK_NETFILTER", Arch::Unknown, 12},
                           {"NETLINK_KOBJECT_UEVENT", Arch::Unknown, 15},
                           {"PER_LINUX32", Arch::Unknown, 8},
                           {"UNAME26", Arch::Unknown, 0x20000},
                           {"ADDR_NO_RANDOMIZE", Arch::Unknown, 0x40000},
                           {"READ_IMPLIES_EXEC", Arch::Unknown, 0x400000},
                           {"MMAP_PAGE_ZERO", Arch::Unknown, 0x100000},
                           {"TCGETS", Arch::X86_64, 0x5401},
                           {"TCGETS", Arch::Mips, 0x540D},
                           {"TIOCSTI", Arch::X86, 0x5412},
                           {"TIOCSTI", Arch::Mipsel64, 0x5472},
                           {"FIONREAD", Arch::Aarch64, 0x541B},
                           {"FIONREAD", Arch::Mips, 0x467F},
                           {"TIOCLINUX", Arch::Unknown, 0x541C},
                           {"FICLONE", Arch::Unknown, 0x40049409},
                           {"FS_IOC_SETFLAGS", Arch::X86_64, 0x40086602},
                           {"TIOCGWINSZ", Arch::S390x, 0x5413},
                           {"FIOCLEX", Arch::Riscv64, 0x5451},
                           {"F_DUPFD_CLOEXEC", Arch::Unknown, 1030},
                           {"F_ADD_SEALS", Arch::Unknown, 1033},
                           {"F_SETPIPE_SZ", Arch::Unknown, 1031},
                           {"F_GETLK", Arch::Mips, 14},
                           {"PR_SET_SECCOMP", Arch::Unknown, 22},
                           {"PR_SET_NO_NEW_PRIVS", Arch::Unknown, 38},
                           {"PR_SET_MM", Arch::Unknown, 35},
                           {"PR_SET_PTRACER", Arch::Unknown, 0x59616D61},
                           {"PR_SET_VMA", Arch::Unknown, 0x53564D41},
                           {"PR_SCHED_CORE", Arch::Unknown, 0x3E},
                           {"ARCH_SET_FS", Arch::Unknown, 0x1002},
                           {"ARCH_CET_STATUS", Arch::Unknown, 0x3001},
                           {"ARCH_SHSTK_ENABLE", Arch::Unknown, 0x5001},
                           {"PTRACE_SEIZE", Arch::Unknown, 0x4206},
                           {"PTRACE_GET_SYSCALL_INFO", Arch::Unknown, 0x420E},
                           {"PTRACE_ATTACH", Arch::Unknown, 16},
                           {"BPF_PROG_LOAD", Arch::Unknown, 5},
                           {"BPF_LINK_CREATE", Arch::Unknown, 28},
                           {"BPF_TOKEN_CREATE", Arch::Unknown, 36},
                           {"KEYCTL_JOIN_SESSION_KEYRING", Arch::Unknown, 1},
                           {"KEYCTL_GET_PERSISTENT", Arch::Unknown, 22},
                           {"PROT_EXEC", Arch::Unknown, 4},
                           {"MAP_ANONYMOUS", Arch::X86_64, 0x20},
                           {"MAP_ANONYMOUS", Arch::Mips, 0x800},
                           {"MADV_HWPOISON", Arch::Unknown, 100},
                           {"O_CREAT", Arch::X86_64, 0x40},
                           {"O_CREAT", Arch::Mips64, 0x100},
                           {"O_DIRECTORY", Arch::X86_64, 0x10000},
                           {"O_DIRECTORY", Arch::Aarch64, 0x4000},
                           {"O_NOFOLLOW", Arch::Ppc64le, 0x8000},
                           {"O_TMPFILE", Arch::X86_64, 0x410000},
                           {"O_LARGEFILE", Arch::X86, 0x8000},
                           {"MS_BIND", Arch::Unknown, 4096},
                           {"MNT_DETACH", Arch::Unknown, 2},
                           {"SIGCHLD", Arch::Unknown, 17},
                           {"SIGCHLD", Arch::Mips, 18},
                           {"SIGSYS", Arch::Mipsel, 12},
                           {"SIGRT_1", Arch::Unknown, 33},
                           {"CLOCK_MONOTONIC", Arch::Unknown, 1},
                           {"FUTEX_WAIT_PRIVATE", Arch::Unknown, 128},
                           {"SECCOMP_SET_MODE_FILTER", Arch::Unknown, 1},
                           {"SECCOMP_FILTER_FLAG_TSYNC", Arch::Unknown, 1},
                           {"UFFD_USER_MODE_ONLY", Arch::Unknown, 1},
                           {"AT_FDCWD", Arch::Unknown, 0xFFFFFFFFFFFFFF9C},
                           {"SOL_SOCKET", Arch::X86_64, 1},
                           {"SOL_SOCKET", Arch::Mips, 0xFFFF},
                           {"NULL", Arch::Unknown, 0},
                           {"Q_SYNC", Arch::Unknown, 0x800001},
                           {"MFD_CLOEXEC", Arch::Unknown, 1},
                           {"GRND_NONBLOCK", Arch::Unknown, 1},
                           {"EPOLL_CTL_MOD", Arch::Unknown, 3}};
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.name));
    CAPTURE(std::string(medic::kernel::name(row.arch)));
    CHECK(constant_value(row.name, row.arch) == row.value);
  }
}

TEST_CASE(
    "A value that depends on an unknown architecture stays unknown, and so does an unknown name") {
  CHECK_FALSE(constant_value("O_DIRECTORY", Arch::Unknown));
  CHECK_FALSE(constant_value("O_NOFOLLOW", Arch::Unknown));
  CHECK_FALSE(constant_value("CLONE_FROBNICATE", Arch::X86_64));
  CHECK_FALSE(constant_value("", Arch::X86_64));
}

#if defined(__x86_64__)
TEST_CASE("The table agrees with this machine's headers") {
  CHECK(constant_value("SOCK_CLOEXEC", Arch::X86_64) == SOCK_CLOEXEC);
  CHECK(constant_value("O_NOFOLLOW", Arch::X86_64) == O_NOFOLLOW);
  CHECK(constant_value("CLONE_NEWUSER", Arch::X86_64) == CLONE_NEWUSER);
  CHECK(constant_value("MAP_HUGETLB", Arch::X86_64) == MAP_HUGETLB);
  CHECK(constant_value("TIOCSTI", Arch::X86_64) == TIOCSTI);
  CHECK(constant_value("PR_CAP_AMBIENT", Arch::X86_64) == PR_CAP_AMBIENT);
  CHECK(constant_value("SECCOMP_GET_NOTIF_SIZES", Arch::X86_64) == SECCOMP_GET_NOTIF_SIZES);
}
#endif

TEST_CASE("Values back to the names that people know") {
  struct Row {
    const char* call;
    unsigned index;
    std::uint64_t value;
    Arch arch;
    const char* name;
  };
  constexpr Row kRows[] = {{"socket", 0, 40, Arch::X86_64, "AF_VSOCK"},
                           {"socket", 0, 38, Arch::Unknown, "AF_ALG"},
                           {"socket", 0, 999, Arch::X86_64, ""},
                           {"socket", 1, 0x80001, Arch::X86_64, "SOCK_STREAM|SOCK_CLOEXEC"},
                           {"socket", 1, 2, Arch::Mips, "SOCK_STREAM"},
                           {"clone", 0, 0x10000011, Arch::X86_64, "CLONE_NEWUSER|SIGCHLD"},
                           {"clone", 1, 0x10000011, Arch::S390x, "CLONE_NEWUSER|SIGCHLD"},
                           {"clone", 1, 0x10000011, Arch::X86_64, ""},
                           {"unshare", 0, 0x10000080, Arch::X86_64, "CLONE_NEWUSER|CLONE_NEWTIME"},
                           {"prctl", 0, 22, Arch::X86_64, "PR_SET_SECCOMP"},
                           {"personality", 0, 0x40000, Arch::X86_64, "PER_LINUX|ADDR_NO_RANDOMIZE"},
                           {"personality", 0, 8, Arch::X86_64, "PER_LINUX32"},
                           {"personality", 0, 0xFFFFFFFF, Arch::X86_64, ""},
                           {"mmap", 2, 7, Arch::X86_64, "PROT_READ|PROT_WRITE|PROT_EXEC"},
                           {"ioctl", 1, 0x5412, Arch::X86_64, "TIOCSTI"},
                           {"mount", 3, 0x1000 | 1 << 29, Arch::X86_64, "MS_BIND|0x20000000"},
                           {"read", 0, 3, Arch::X86_64, ""},
                           {"bpf", 0, 5, Arch::Aarch64, "BPF_PROG_LOAD"}};
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.call));
    CAPTURE(row.value);
    CHECK(constant_name(find_name(row.call), row.index, row.value, row.arch) == row.name);
  }
}
