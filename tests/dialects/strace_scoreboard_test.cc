// The scoreboard of strace's forms: a line or a few, and the events they mean. Each case is also
// read in chunks of one line, and each is accounted for line by line. The colour sequences are
// strace 7's, the rest is 4.x to 6.16.
#include <doctest/doctest.h>

#include <algorithm>

#include "strace/verbs.h"

using medic::kernel::Arch;
using medic::test::read_strace;
using medic::test::Reading;
using medic::test::StraceCase;

namespace {

struct Row {
  const char* what;
  Arch arch;
  const char* log;
  const char* expected;  // events by "; ", then the damaged lines
};

constexpr Row kRows[] = {
    {"plain", Arch::Unknown, "close(3)                                = 0\n", "close[3] -> 0"},
    {"-f -o: pid", Arch::Unknown, "1234  close(3) = 0\n", "1234 close[3] -> 0"},
    {"-f -o: long pid", Arch::Unknown, "1234567 close(3) = 0\n", "1234567 close[3] -> 0"},
    {"-f on a terminal", Arch::Unknown, "[pid 12345] close(3) = 0\n", "12345 close[3] -> 0"},
    {"-f on a terminal, short pid", Arch::Unknown, "[pid     7] close(3) = 0\n", "7 close[3] -> 0"},
    {"-t", Arch::Unknown, "12:34:56 close(3) = 0\n", "close[3] -> 0"},
    {"-tt", Arch::Unknown, "12:34:56.123456 close(3) = 0\n", "close[3] -> 0"},
    {"-ttt", Arch::Unknown, "1700000000.123456 close(3) = 0\n", "close[3] -> 0"},
    {"-ttt with pid", Arch::Unknown, "77 1700000000.123456 close(3) = 0\n", "77 close[3] -> 0"},
    {"unix time without fraction", Arch::Unknown, "1700000000 close(3) = 0\n", "close[3] -> 0"},
    {"--absolute-timestamps=precision:ns", Arch::Unknown, "77  12:34:56.123456789 close(3) = 0\n",
     "77 close[3] -> 0"},
    {"--absolute-timestamps=precision:ms", Arch::Unknown, "77  12:34:56.123 close(3) = 0\n",
     "77 close[3] -> 0"},
    {"-r", Arch::Unknown, "     0.000092 close(3) = 0\n", "close[3] -> 0"},
    {"-r with pid", Arch::Unknown, "77       0.000092 close(3) = 0\n", "77 close[3] -> 0"},
    {"-t -r", Arch::Unknown, "12:34:56 (+     0.000092) close(3) = 0\n", "close[3] -> 0"},
    {"[pid] -tt", Arch::Unknown, "[pid  77] 12:34:56.123456 close(3) = 0\n", "77 close[3] -> 0"},
    {"-T", Arch::Unknown, "close(3) = 0 <0.000012>\n", "close[3] -> 0"},
    {"-T in ns", Arch::Unknown, "close(3) = 0 <0.000012345>\n", "close[3] -> 0"},
    {"-n", Arch::Unknown, "[   3] close(3) = 0\n", "close[3] -> 0"},
    {"-n with pid and time", Arch::Unknown, "77  12:34:56.123456 [   3] close(3) = 0\n",
     "77 close[3] -> 0"},
    {"-n, number unavailable", Arch::Unknown, "[????] close(3) = 0\n", "close[3] -> 0"},
    {"-i", Arch::Unknown, "[00007f62dce3d4c7] close(3) = 0\n", "close[3] -> 0"},
    {"-i of a 32-bit process", Arch::Unknown, "[f7f0d549] close(3) = 0\n", "close[3] -> 0"},
    {"-i on an exit line", Arch::Unknown, "[????????????????] +++ exited with 0 +++\n", "exit 0"},
    {"-n -i", Arch::Unknown, "[   3] [00007f62dce3d4c7] close(3) = 0\n", "close[3] -> 0"},
    {"-Y", Arch::Unknown, "77<sh> close(3) = 0\n", "77 (sh) close[3] -> 0"},
    {"-Y on a terminal", Arch::Unknown, "[pid 77<my prog>] close(3) = 0\n",
     "77 (my prog) close[3] -> 0"},
    {"--secontext", Arch::Unknown,
     "77  [unconfined_t] openat(AT_FDCWD, \"/etc/x\" [etc_t], O_RDONLY) = 3</etc/x> [etc_t]\n",
     "77 openat[0xffffffffffffff9c,?,0] -> 3"},
    {"--secontext=full", Arch::Unknown,
     "77  [system_u:system_r:container_t:s0:c1,c2] close(3) = 0\n", "77 close[3] -> 0"},
    {"--secontext=full,mismatch", Arch::Unknown,
     "77  [user_u:user_r:user_t:s0] openat(AT_FDCWD, \"/x\" [a_t!!b_t], O_RDONLY) = 3\n",
     "77 openat[0xffffffffffffff9c,?,0] -> 3"},
    {"-a 0: no padding", Arch::Unknown, "close(3) = 0\n", "close[3] -> 0"},
    {"CRLF", Arch::Unknown, "close(3) = 0\r\n", "close[3] -> 0"},
    {"a parenthesis in a string", Arch::Unknown, "open(\"/a)b(c\", O_RDONLY) = 3\n",
     "open[?,0] -> 3"},
    {"a fake result in a string", Arch::Unknown,
     "write(1, \"x) = -1 EPERM (Operation not permitted)\", 39) = 39\n", "write[1,?,39] -> 39"},
    {"a whole fake line in a string", Arch::Unknown,
     "write(1, \"7 mkdir(\\\"/x\\\", 0777) = -1 EPERM (Operation not permitted)\\n\", 58) = 58\n",
     "write[1,?,58] -> 58"},
    {"a fake SIGSYS in a string", Arch::Unknown,
     "write(1, \"--- SIGSYS {si_code=SYS_SECCOMP, si_syscall=__NR_mkdir} ---\", 60) = 60\n",
     "write[1,?,60] -> 60"},
    {"a fake unfinished mark in a string", Arch::Unknown,
     "write(1, \" <unfinished ...>\", 17) = 17\n", "write[1,?,17] -> 17"},
    {"a fake death in a string", Arch::Unknown,
     "write(1, \"+++ killed by SIGSYS +++\\n\", 25) = 25\n", "write[1,?,25] -> 25"},
    {"an escaped quote", Arch::Unknown, "write(1, \"a\\\"b, 7\", 6) = 6\n", "write[1,?,6] -> 6"},
    {"a backslash before the closing quote", Arch::Unknown, "write(1, \"a\\\\\", 2) = 2\n",
     "write[1,?,2] -> 2"},
    {"a cut string", Arch::Unknown,
     "write(1, \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"..., 4096) = 4096\n", "write[1,?,4096] -> 4096"},
    {"octal escapes", Arch::Unknown, "write(1, \"\\303\\251\", 2) = 2\n", "write[1,?,2] -> 2"},
    {"-xx", Arch::Unknown, "write(1, \"\\x41\\x29\", 2) = 2\n", "write[1,?,2] -> 2"},
    {"a comma in a string", Arch::Unknown, "openat(AT_FDCWD, \"a,b(c)\", O_RDONLY) = 3\n",
     "openat[0xffffffffffffff9c,?,0] -> 3"},
    {"an unfinished string with a fake result", Arch::Unknown,
     "7 write(1, \"x) = 0\\n\", 7 <unfinished ...>\n", "7 write[1,?,7] -> unfinished"},
    {"a path with a fake result, -y", Arch::Unknown,
     "read(3</tmp/a) = -1 EPERM (x)>, \"\", 1) = 0\n", "read[3,?,1] -> 0"},
    {"a result path with a fake result, -y", Arch::Unknown,
     "openat(AT_FDCWD, \"/tmp/a) = -1 EPERM (x)\", O_RDONLY) = 3</tmp/a) = -1 EPERM (x)>\n",
     "openat[0xffffffffffffff9c,?,0] -> 3"},
    {"a result path with a fake duration, -y", Arch::Unknown,
     "openat(AT_FDCWD, \"/t\", O_RDONLY) = 3</tmp/a) = -1 EPERM (Operation not permitted) \\74x>\n",
     "openat[0xffffffffffffff9c,?,0] -> 3"},
    {"-y", Arch::Unknown, "read(3</etc/passwd>, \"\", 10) = 0\n", "read[3,?,10] -> 0"},
    {"-y deleted", Arch::Unknown, "read(3</etc/passwd>(deleted), \"\", 10) = 0\n",
     "read[3,?,10] -> 0"},
    {"-y AT_FDCWD", Arch::Unknown,
     "openat(AT_FDCWD</home/a b>, \"x\", O_RDONLY) = 3</home/a b/x>\n",
     "openat[0xffffffffffffff9c,?,0] -> 3"},
    {"-yy TCP", Arch::Unknown, "read(4<TCP:[127.0.0.1:80->127.0.0.1:999]>, \"\", 10) = 0\n",
     "read[4,?,10] -> 0"},
    {"-yy TCPv6", Arch::Unknown, "shutdown(4<TCPv6:[[::1]:80->[::1]:999]>, SHUT_WR) = 0\n",
     "shutdown[4,1] -> 0"},
    {"-yy UNIX", Arch::Unknown, "read(4<UNIX-STREAM:[100->200]>, \"\", 5) = 0\n",
     "read[4,?,5] -> 0"},
    {"-yy device", Arch::Unknown,
     "ioctl(1</dev/pts/0<char 136:0>>, TCGETS, {B38400 opost isig icanon echo ...}) = 0\n",
     "ioctl[1,0x5401] -> 0"},
    {"-yy pipe and eventfd", Arch::Unknown, "write(5<anon_inode:[eventfd]>, \"\\1\\0\", 8) = 8\n",
     "write[5,?,8] -> 8"},
    {"-yy pidfd", Arch::Unknown, "pidfd_send_signal(3<pid:77>, SIGTERM, NULL, 0) = 0\n",
     "pidfd_send_signal[3,15,0,0] -> 0"},
    {"flags", Arch::Unknown, "openat(AT_FDCWD, \"/x\", O_RDONLY|O_CLOEXEC) = 3\n",
     "openat[0xffffffffffffff9c,?,0x80000] -> 3"},
    {"flags that differ by architecture stay unknown", Arch::Unknown,
     "openat(AT_FDCWD, \"/x\", O_RDONLY|O_DIRECTORY) = 3\n", "openat[0xffffffffffffff9c] -> 3"},
    {"O_DIRECTORY on x86_64", Arch::X86_64, "openat(AT_FDCWD, \"/x\", O_RDONLY|O_DIRECTORY) = 3\n",
     "x86_64:openat[0xffffffffffffff9c,?,0x10000] -> 3"},
    {"O_DIRECTORY on aarch64", Arch::Aarch64,
     "openat(AT_FDCWD, \"/x\", O_RDONLY|O_DIRECTORY) = 3\n",
     "aarch64:openat[0xffffffffffffff9c,?,0x4000] -> 3"},
    {"socket", Arch::Unknown, "socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE) = 3\n",
     "socket[16,0x80003,0] -> 3"},
    {"socket with an unknown family", Arch::Unknown,
     "socket(0x2d /* AF_??? */, SOCK_STREAM, 0) = -1 EAFNOSUPPORT (Address family not supported by "
     "protocol)\n",
     "socket[45,1,0] -> EAFNOSUPPORT"},
    {"socket on mips", Arch::Mips, "socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n",
     "mips:socket[2,130,6] -> 3"},
    {"socket of an old name", Arch::Unknown, "socket(PF_INET, SOCK_DGRAM, IPPROTO_IP) = 3\n",
     "socket[2,2,0] -> 3"},
    {"packet socket with htons", Arch::X86_64,
     "socket(AF_PACKET, SOCK_RAW, htons(0x3 /* ETH_P_ALL */)) = 3\n",
     "x86_64:socket[17,3,768] -> 3"},
    {"vsock, -X verbose", Arch::Unknown,
     "socket(0x28 /* AF_VSOCK */, 0x1 /* SOCK_STREAM */, 0) = 3\n", "socket[40,1,0] -> 3"},
    {"-X raw", Arch::Unknown, "socket(0x1, 0x80001, 0) = 3\n", "socket[1,0x80001,0] -> 3"},
    {"clone", Arch::Unknown,
     "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, "
     "child_tidptr=0x7f54) = 99\n",
     "clone[0x1200011,0] -> 99; fork 99"},
    {"clone with namespaces", Arch::Unknown,
     "clone(child_stack=0x7ffe10, flags=CLONE_NEWUSER|CLONE_NEWPID|SIGCHLD) = 99\n",
     "clone[0x30000011,0x7ffe10] -> 99; fork 99"},
    {"clone on s390x", Arch::S390x, "clone(child_stack=NULL, flags=CLONE_NEWUSER|SIGCHLD) = 99\n",
     "s390x:clone[0,0x10000011] -> 99; fork 99"},
    {"clone, raw", Arch::Unknown, "clone(0x1200011, 0, 0, 0x7f54, 0) = 99\n",
     "clone[0x1200011,0,0,0x7f54,0] -> 99; fork 99"},
    {"clone3", Arch::Unknown,
     "clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x7f}, 88) = -1 ENOSYS (Function not "
     "implemented)\n",
     "clone3[?,88] -> ENOSYS"},
    {"unshare", Arch::Unknown, "unshare(CLONE_NEWNS|CLONE_NEWTIME) = 0\n", "unshare[0x20080] -> 0"},
    {"setns, any type", Arch::Unknown, "setns(3, 0) = 0\n", "setns[3,0] -> 0"},
    {"prctl", Arch::Unknown, "prctl(PR_SET_NAME, \"x\") = 0\n", "prctl[15] -> 0"},
    {"prctl with a number", Arch::Unknown, "prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN) = 1\n",
     "prctl[23,21] -> 1"},
    {"an unknown prctl", Arch::Unknown,
     "prctl(0x53564d41 /* PR_??? */, 0, 0x7f, 4096, 0) = -1 EINVAL (Invalid argument)\n",
     "prctl[0x53564d41,0,127,4096,0] -> EINVAL"},
    {"personality", Arch::Unknown, "personality(PER_LINUX|ADDR_NO_RANDOMIZE) = 0 (PER_LINUX)\n",
     "personality[0x40000] -> 0"},
    {"personality query", Arch::Unknown, "personality(0xffffffff) = 0 (PER_LINUX)\n",
     "personality[0xffffffff] -> 0"},
    {"ioctl", Arch::Unknown, "ioctl(0, TIOCSTI, \"x\") = -1 EPERM (Operation not permitted)\n",
     "ioctl[0,0x5412] -> EPERM"},
    {"ioctl with two names", Arch::Unknown, "ioctl(1, SNDCTL_TMR_STOP or TCSETSW, {B38400}) = 0\n",
     "ioctl[1,0x5403] -> 0"},
    {"ioctl with a wrong first name", Arch::Unknown,
     "ioctl(1, SNDCTL_TMR_TIMEBASE or TCGETS, 0x7ffe) = -1 ENOTTY (Inappropriate ioctl for "
     "device)\n",
     "ioctl[1,0x5401,0x7ffe] -> ENOTTY"},
    {"ioctl by parts", Arch::Unknown,
     "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x54, 0x12, 0x8), 0x7f) = 0\n",
     "ioctl[3,0xc0085412,127] -> 0"},
    {"ioctl on mips", Arch::Mipsel64, "ioctl(0, TCGETS, {B38400}) = 0\n",
     "mipsel64:ioctl[0,0x540d] -> 0"},
    {"ioctl on ppc64le", Arch::Ppc64le, "ioctl(0, TCGETS, {B38400}) = 0\n",
     "ppc64le:ioctl[0,0x402c7413] -> 0"},
    {"fcntl", Arch::Unknown, "fcntl(3, F_DUPFD_CLOEXEC, 10) = 10\n", "fcntl[3,1030,10] -> 10"},
    {"fcntl with flags", Arch::Unknown, "fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n",
     "fcntl[3,4,2050] -> 0"},
    {"fcntl lock on mips", Arch::Mips, "fcntl(3, F_SETLK, {l_type=F_WRLCK}) = 0\n",
     "mips:fcntl[3,6] -> 0"},
    {"fcntl64 on x86", Arch::X86, "fcntl64(3, F_SETLK64, {l_type=F_WRLCK}) = 0\n",
     "x86:fcntl64[3,13] -> 0"},
    {"mmap", Arch::Unknown,
     "mmap(NULL, 4096, PROT_READ|PROT_WRITE|PROT_EXEC, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = "
     "0x7f0000000000\n",
     "mmap[0,4096,7,34,0xffffffffffffffff,0] -> 139637976727552"},
    {"mmap of huge pages", Arch::Unknown,
     "mmap(NULL, 2097152, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|21<<MAP_HUGE_SHIFT, -1, "
     "0) = -1 ENOMEM (Cannot allocate memory)\n",
     "mmap[0,0x200000,1,0x54040022,0xffffffffffffffff,0] -> ENOMEM"},
    {"memfd of huge pages", Arch::Unknown,
     "memfd_create(\"x\", MFD_HUGETLB|30<<MFD_HUGE_SHIFT) = 3\n",
     "memfd_create[?,0x78000004] -> 3"},
    {"a 64-bit lock by its own number", Arch::X86_64,
     "fcntl(-1, F_OFD_SETLK, NULL) = -1 EBADF (Bad file descriptor)\nfcntl(-1, F_GETLK64, 0) = -1 "
     "EBADF (Bad file descriptor)\n",
     "x86_64:fcntl[0xffffffffffffffff,37,0] -> EBADF; x86_64:fcntl[0xffffffffffffffff,12,0] -> "
     "EBADF"},
    {"a mode with its special bits", Arch::Unknown, "fchmod(3, S_ISUID|S_ISVTX|0755) = 0\n",
     "fchmod[3,3053] -> 0"},
    {"the second half of -z, unmarked", Arch::Unknown,
     "7 wait4(8,  <unfinished ...>\n[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], WSTOPPED, NULL) = "
     "8\n",
     "7 wait4[8,?,2,0] -> 8"},
    {"a whole call of somebody else's behind an open one", Arch::Unknown,
     "7 wait4(8,  <unfinished ...>\nf(x) = 3\n", "7 wait4[8] -> unfinished"},
    {"let go within a call", Arch::Unknown,
     "[pid 7] pause(strace: Process 7 detached\n <detached ...>\n",
     "7 loss detached 1; 7 pause[] -> unfinished; 7 loss detached 1"},
    {"a restart under -e raw=", Arch::Unknown,
     "7 clock_nanosleep(0, 0, 0x7ffc6a9c3fb0, 0) = -1 ERESTART_RESTARTBLOCK (Unknown error 516)\n",
     "7 clock_nanosleep[0,0,0x7ffc6a9c3fb0,0] -> seen"},
    {"a thread's execve without a notice, -qqq", Arch::Unknown,
     "8 execve(\"/bin/x\", [\"x\"], 0x7f /* 0 vars */ <unfinished ...>\n7 <... pause resumed>) = "
     "?\n7 <... execve resumed>) = 0\n",
     "7 execve[?,?,127] -> 0; 7 exec /bin/x; 7 pause[] -> unfinished"},
    {"a name that looks like a result, -Y", Arch::Unknown,
     "[pid 7<) = 1\\76 [pid 2>] kill(9<) = 1\\76 [pid 2>, SIGSTOP) = 0\n",
     "7 () = 1> [pid 2) kill[9,19] -> 0"},
    {"a name in hex, -Y -xx", Arch::Unknown, "7<\\x73\\x68> close(3) = 0\n",
     "7 (sh) close[3] -> 0"},
    {"a mode said where no call names its task", Arch::Unknown,
     "[ Process PID=7 runs in 32 bit mode. ]\nmkdir(NULL, 000) = -1 EFAULT (Bad address)\n[ "
     "Process PID=7 runs in 64 bit mode. ]\nclose(3) = 0\n",
     "7 label arch=x86; x86:mkdir[0,0] -> EFAULT; 7 label arch=x86_64; x86_64:close[3] -> 0"},
    {"mmap on s390x takes a pointer", Arch::S390x,
     "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 0) = 0x3ff0000\n", "s390x:mmap[] -> 67043328"},
    {"mprotect", Arch::Unknown, "mprotect(0x7f0000000000, 4096, PROT_READ|PROT_EXEC) = 0\n",
     "mprotect[0x7f0000000000,4096,5] -> 0"},
    {"keyctl", Arch::Unknown, "keyctl(KEYCTL_JOIN_SESSION_KEYRING, \"_ses\") = 12\n",
     "keyctl[1] -> 12"},
    {"keyctl special key", Arch::Unknown,
     "keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0) = 12\n",
     "keyctl[0,0xfffffffffffffffd,0] -> 12"},
    {"bpf", Arch::Unknown,
     "bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_SOCKET_FILTER, insn_cnt=2}, 120) = -1 EPERM "
     "(Operation not permitted)\n",
     "bpf[5,?,120] -> EPERM"},
    {"ptrace", Arch::Unknown, "ptrace(PTRACE_SEIZE, 77, NULL, PTRACE_O_TRACESYSGOOD) = 0\n",
     "ptrace[0x4206,77,0,1] -> 0"},
    {"seccomp", Arch::Unknown,
     "seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, {len=30, filter=0x7f}) = 0\n",
     "seccomp[1,1] -> 0"},
    {"mount", Arch::Unknown,
     "mount(\"proc\", \"/proc\", \"proc\", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL) = -1 EPERM "
     "(Operation not permitted)\n",
     "mount[?,?,?,14,0] -> EPERM"},
    {"umount2", Arch::Unknown, "umount2(\"/proc\", MNT_DETACH) = 0\n", "umount2[?,2] -> 0"},
    {"arch_prctl", Arch::Unknown,
     "arch_prctl(0x3001 /* ARCH_??? */, 0x7ffc) = -1 EINVAL (Invalid argument)\n",
     "arch_prctl[0x3001,0x7ffc] -> EINVAL"},
    {"futex", Arch::Unknown,
     "futex(0x7f00, FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME, 0, NULL, "
     "FUTEX_BITSET_MATCH_ANY) = 0\n",
     "futex[0x7f00,393,0,0,0xffffffff] -> 0"},
    {"madvise", Arch::Unknown, "madvise(0x7f00, 4096, MADV_DONTNEED) = 0\n",
     "madvise[0x7f00,4096,4] -> 0"},
    {"setsockopt", Arch::Unknown, "setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0\n",
     "setsockopt[3,1,2,?,4] -> 0"},
    {"setsockopt of an IP level", Arch::Unknown, "setsockopt(3, SOL_IP, IP_TOS, [16], 4) = 0\n",
     "setsockopt[3,0,1,?,4] -> 0"},
    {"clock", Arch::Unknown,
     "clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, {tv_sec=1, tv_nsec=0}, NULL) = 0\n",
     "clock_nanosleep[1,1,?,0] -> 0"},
    {"epoll_ctl", Arch::Unknown,
     "epoll_ctl(4, EPOLL_CTL_ADD, 3, {events=EPOLLIN, data=0x3}) = -1 EPERM (Operation not "
     "permitted)\n",
     "epoll_ctl[4,1,3] -> EPERM"},
    {"kill", Arch::Unknown, "kill(77, SIGTERM) = 0\n", "kill[77,15] -> 0"},
    {"a realtime signal", Arch::Unknown, "tgkill(77, 78, SIGRT_1) = 0\n", "tgkill[77,78,33] -> 0"},
    {"kill of everybody", Arch::Unknown, "kill(-1, SIGKILL) = 0\n",
     "kill[0xffffffffffffffff,9] -> 0"},
    {"mknod with makedev", Arch::Unknown,
     "mknodat(AT_FDCWD, \"/x\", S_IFCHR|0666, makedev(0x1, 0x3)) = 0\n",
     "mknodat[0xffffffffffffff9c,?,8630,259] -> 0"},
    {"makedev of a large minor", Arch::Unknown,
     "mknod(\"/x\", S_IFBLK|0600, makedev(0x8, 0x1234)) = 0\n", "mknod[?,0x6180,0x1200834] -> 0"},
    {"quotactl", Arch::Unknown, "quotactl(QCMD(Q_SYNC, USRQUOTA), NULL) = 0\n",
     "quotactl[0x80000100,0] -> 0"},
    {"octal mode", Arch::Unknown, "mkdir(\"/x\", 0755) = 0\n", "mkdir[?,493] -> 0"},
    {"umask", Arch::Unknown, "umask(022) = 077\n", "umask[18] -> 63"},
    {"a negative number", Arch::Unknown, "lseek(3, -10, SEEK_CUR) = 90\n",
     "lseek[3,0xfffffffffffffff6,1] -> 90"},
    {"a 32-bit register", Arch::X86, "lseek(3, -10, SEEK_CUR) = 90\n",
     "x86:lseek[3,0xfffffff6,1] -> 90"},
    {"a value that came back", Arch::Unknown, "sendfile(1, 3, [0] => [10], 100) = 10\n",
     "sendfile[1,3,?,100] -> 10"},
    {"a length that came back", Arch::Unknown,
     "getsockname(3, {sa_family=AF_UNIX}, [128 => 2]) = 0\n", "getsockname[3] -> 0"},
    {"preadv2's flags are the sixth register", Arch::Unknown,
     "preadv2(3, [{iov_base=\"\", iov_len=1}], 1, 0, RWF_HIPRI) = 0\n",
     "preadv2[3,?,1,?,?,1] -> 0"},
    {"_llseek's whence is the fifth register", Arch::X86, "_llseek(3, 100, [100], SEEK_SET) = 0\n",
     "x86:_llseek[3,?,?,?,0] -> 0"},
    {"pread64's offset takes two registers", Arch::X86, "pread64(3, \"x\", 1, 64) = 1\n",
     "x86:pread64[3,?,1] -> 1"},
    {"-N", Arch::Unknown, "openat(dirfd=AT_FDCWD, pathname=\"x\", flags=O_RDONLY) = 3\n",
     "openat[0xffffffffffffff9c,?,0] -> 3"},
    {"-N of clone", Arch::Unknown, "clone(child_stack=NULL, flags=CLONE_VM|SIGCHLD) = 99\n",
     "clone[273,0] -> 99; fork 99"},
    {"-v environment", Arch::Unknown,
     "execve(\"/bin/ls\", [\"ls\", \"-l\"], [\"A=1\", \"B=) = 2\"]) = 0\n",
     "execve[] -> 0; exec /bin/ls"},
    {"execve", Arch::Unknown, "execve(\"/bin/ls\", [\"ls\"], 0x7ffe /* 12 vars */) = 0\n",
     "execve[?,?,0x7ffe] -> 0; exec /bin/ls"},
    {"execve of an old strace", Arch::Unknown,
     "execve(\"/bin/ls\", [\"ls\"], [/* 12 vars */]) = 0\n", "execve[] -> 0; exec /bin/ls"},
    {"execve that fails", Arch::Unknown,
     "execve(\"/bin/ls\", [\"ls\"], 0x7ffe /* 12 vars */) = -1 EACCES (Permission denied)\n",
     "execve[?,?,0x7ffe] -> EACCES"},
    {"execveat", Arch::Unknown,
     "execveat(AT_FDCWD, \"/bin/ls\", [\"ls\"], 0x7ffe /* 12 vars */, 0) = 0\n",
     "execveat[0xffffffffffffff9c,?,?,0x7ffe,0] -> 0; exec /bin/ls"},
    {"execveat of a descriptor, -y", Arch::Unknown,
     "execveat(6</usr/bin/x>, \"\", [\"x\"], 0x7ffe /* 12 vars */, AT_EMPTY_PATH) = 0\n",
     "execveat[6,?,?,0x7ffe,4096] -> 0; exec /usr/bin/x"},
    {"an octal path", Arch::Unknown,
     "execve(\"/tmp/\\303\\251\", [\"x\"], 0x7ffe /* 1 var */) = 0\n",
     "execve[?,?,0x7ffe] -> 0; exec /tmp/é"},
    {"poll", Arch::Unknown,
     "poll([{fd=3, events=POLLIN}], 1, -1) = 1 ([{fd=3, revents=POLLHUP}])\n",
     "poll[?,1,0xffffffffffffffff] -> 1"},
    {"pselect6 with left time", Arch::Unknown,
     "pselect6(4, [3], NULL, NULL, {tv_sec=1, tv_nsec=0}, NULL) = 1 (in [3], left {tv_sec=0, "
     "tv_nsec=5})\n",
     "pselect6[4,?,0,0] -> 1"},
    {"a signal set", Arch::Unknown, "rt_sigprocmask(SIG_BLOCK, ~[RTMIN RT_1], [], 8) = 0\n",
     "rt_sigprocmask[0,?,?,8] -> 0"},
    {"hexadecimal result", Arch::Unknown, "brk(NULL) = 0x55a174c6f000\n",
     "brk[0] -> 94151937290240"},
    {"octal result", Arch::Unknown, "umask(0) = 022\n", "umask[0] -> 18"},
    {"timeout", Arch::Unknown, "select(0, NULL, NULL, NULL, {tv_sec=0, tv_usec=0}) = 0 (Timeout)\n",
     "select[0,0,0,0] -> 0"},
    {"flags in words", Arch::Unknown, "fcntl(3, F_GETFL) = 0x8002 (flags O_RDWR|O_LARGEFILE)\n",
     "fcntl[3,3] -> 32770"},
    {"an errno", Arch::Unknown, "mkdir(\"/x\", 0777) = -1 EPERM (Operation not permitted)\n",
     "mkdir[?,511] -> EPERM"},
    {"an errno in another language", Arch::Unknown,
     "mkdir(\"/x\", 0777) = -1 EPERM (Die Operation ist nicht erlaubt)\n", "mkdir[?,511] -> EPERM"},
    {"an errno without a name", Arch::Unknown, "syscall_317(0) = -1 (errno 22)\n",
     "#317[0] -> EINVAL"},
    {"an errno without a name, old", Arch::Unknown,
     "read(3, 0x1, 1) = -1 ERRNO_512 (Unknown error 512)\n", "read[3,1,1] -> ERESTARTSYS"},
    {"an errno newer than our table", Arch::Unknown,
     "read(3, 0x1, 1) = -1 ENEWTHING (Something new)\n", "read[3,1,1] -> 0"},
    {"ERESTARTSYS", Arch::Unknown,
     "wait4(-1, 0x7ffe, 0, NULL) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)\n",
     "wait4[0xffffffffffffffff,0x7ffe,0,0] -> seen"},
    {"ERESTART_RESTARTBLOCK", Arch::Unknown,
     "nanosleep({tv_sec=1, tv_nsec=0}, 0x7ffe) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)\n",
     "nanosleep[?,0x7ffe] -> seen"},
    {"restart_syscall", Arch::Unknown, "restart_syscall(<... resuming interrupted poll ...>) = 1\n",
     "restart_syscall[] -> 1"},
    {"rt_sigreturn restores a register", Arch::Unknown,
     "rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call)\n", "rt_sigreturn[] -> seen"},
    {"an exit", Arch::Unknown, "7 exit_group(0) = ?\n7 +++ exited with 0 +++\n",
     "7 exit_group[0] -> seen; 7 exit 0"},
    {"INJECTED", Arch::Unknown,
     "mkdir(\"/x\", 0777) = -1 EPERM (Operation not permitted) (INJECTED)\n",
     "mkdir[?,511] -> EPERM injected"},
    {"INJECTED value", Arch::Unknown, "getuid() = 0 (INJECTED)\n", "getuid[] -> 0 injected"},
    {"INJECTED: args", Arch::Unknown, "close(3) = 0 (INJECTED: args)\n", "close[3] -> 0 injected"},
    {"INJECTED: args, retval", Arch::Unknown,
     "close(3) = -1 EBADF (Bad file descriptor) (INJECTED: args, retval)\n",
     "close[3] -> EBADF injected"},
    {"DELAYED", Arch::Unknown, "close(3) = 0 (DELAYED)\n", "close[3] -> 0"},
    {"INJECTED and DELAYED", Arch::Unknown,
     "close(3) = -1 EIO (Input/output error) (INJECTED) (DELAYED)\n", "close[3] -> EIO injected"},
    {"INJECTED with -T", Arch::Unknown,
     "close(3) = -1 EIO (Input/output error) (INJECTED) <0.000012>\n", "close[3] -> EIO injected"},
    {"an unavailable result", Arch::Unknown,
     "7 read(3, \"\", 1) = ? <unavailable>\n7 close(3) = 0\n",
     "7 read[3,?,1] -> unfinished; 7 close[3] -> 0"},
    {"unknown call, hexadecimal", Arch::Unknown,
     "syscall_0x1b7(0xffffff9c, 0x7fff83594860, 0, 0x100) = -1 EPERM (Operation not permitted)\n",
     "#439[0xffffff9c,0x7fff83594860,0,256] -> EPERM"},
    {"unknown call on a known architecture", Arch::X86_64,
     "syscall_0x1b7(0xffffff9c, 0x7fff83594860) = -1 EPERM (Operation not permitted)\n",
     "x86_64:faccessat2[0xffffff9c,0x7fff83594860] -> EPERM"},
    {"raw results", Arch::Unknown, "close(0x3) = 0x0\n", "close[3] -> 0"},
    {"a namespaced child", Arch::Unknown, "5000 clone(child_stack=NULL, flags=SIGCHLD) = 7\n",
     "5000 clone[17,0] -> 7; 5000 fork 7 inner"},
    {"a namespaced child, translated", Arch::Unknown,
     "5000 clone(child_stack=NULL, flags=SIGCHLD) = 7 /* 5003 in strace's PID NS */\n",
     "5000 clone[17,0] -> 7; 5000 fork 5003"},
    {"vfork", Arch::Unknown, "5000 vfork() = 5001\n", "5000 vfork[] -> 5001; 5000 fork 5001"},
    {"an x32 call of the 64-bit kind", Arch::Unknown, "ioctl#64(1, TCGETS, 0x7f) = 0\n",
     "x86_64:ioctl[1,0x5401,127] -> 0"},
    {"unfinished and resumed", Arch::Unknown,
     "7 wait4(-1,  <unfinished ...>\n8 close(3) = 0\n7 <... wait4 resumed>[{WIFEXITED(s) && "
     "WEXITSTATUS(s) == 0}], 0, NULL) = 8\n",
     "8 close[3] -> 0; 7 wait4[0xffffffffffffffff,?,0,0] -> 8"},
    {"resumed by 4.x", Arch::Unknown,
     "7 wait4(-1,  <unfinished ...>\n7 <... wait4 resumed> [{WIFEXITED(s) && WEXITSTATUS(s) == "
     "0}], WNOHANG, NULL) = 8\n",
     "7 wait4[0xffffffffffffffff,?,1,0] -> 8"},
    {"resumed by 6.16", Arch::Unknown,
     "7 wait4(-1 <unfinished ...>\n7 <... wait4 resumed>, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], "
     "WNOHANG, NULL) = 8\n",
     "7 wait4[0xffffffffffffffff,?,1,0] -> 8"},
    {"resumed without arguments", Arch::Unknown,
     "7 getpid( <unfinished ...>\n7 <... getpid resumed>)       = 7\n", "7 getpid[] -> 7"},
    {"resumed with an error", Arch::Unknown,
     "7 mkdir(\"/x\", 0777 <unfinished ...>\n7 <... mkdir resumed>) = -1 EPERM (Operation not "
     "permitted)\n",
     "7 mkdir[?,511] -> EPERM"},
    {"resumed after the log began", Arch::Unknown, "7 <... read resumed>\"x\", 1) = 1\n",
     "7 read[] -> 1"},
    {"never resumed", Arch::Unknown, "7 read(0,  <unfinished ...>\n", "7 read[0] -> unfinished"},
    {"resumed under another name", Arch::Unknown,
     "7 poll([{fd=3, events=POLLIN}], 1, 100 <unfinished ...>\n7 <... restart_syscall resumed>) = "
     "0\n",
     "7 poll[?,1,100] -> 0"},
    {"the same call twice at once", Arch::Unknown,
     "7 read(3,  <unfinished ...>\n8 read(4,  <unfinished ...>\n7 <... read resumed>\"a\", 1) = "
     "1\n8 <... read resumed>\"\", 1) = 0\n",
     "7 read[3,?,1] -> 1; 8 read[4,?,1] -> 0"},
    {"a prefix that went away", Arch::Unknown,
     "[pid 7] wait4(-1,  <unfinished ...>\n[pid 8] +++ exited with 0 +++\n<... wait4 resumed>NULL, "
     "0, NULL) = 8\n",
     "8 exit 0; 7 wait4[0xffffffffffffffff,0,0,0] -> 8"},
    {"a prefix that came", Arch::Unknown,
     "clone(child_stack=NULL, flags=SIGCHLDstrace: Process 8 attached\n <unfinished ...>\n[pid 8] "
     "close(3) = 0\n[pid 7] <... clone resumed>) = 8\n",
     "8 close[3] -> 0; 7 clone[17,0] -> 8; 7 fork 8"},
    {"a message in the middle of a line", Arch::Unknown,
     "vfork(strace: Process 3794 attached\n) = 2\n", "vfork[] -> 2; fork 3794"},
    {"a message in the middle of a line, old", Arch::Unknown,
     "12:00:00 clone(Process 21721 attached\nchild_stack=0, flags=SIGCHLD) = 21721\n",
     "clone[17,0] -> 21721; fork 21721"},
    {"a message by a path", Arch::Unknown,
     "vfork(/usr/bin/strace: Process 3794 attached\n <unfinished ...>\n[pid 3794] close(3) = "
     "0\n[pid 7] <... vfork resumed>) = 3794\n",
     "3794 close[3] -> 0; 7 vfork[] -> 3794; 7 fork 3794"},
    {"the program's output within a line", Arch::Unknown, "write(1, \"26845\\n\", 626845\n) = 6\n",
     "write[1] -> 6"},
    {"the program's output within a line, same line", Arch::Unknown, "write(1, \".\", 1.) = 1\n",
     "write[1] -> 1"},
    {"the program's output over several lines", Arch::Unknown,
     "write(2, \"a\\nb\\n\", 4a\nb\n) = 4\n", "write[2] -> 4"},
    {"a child's output within a line", Arch::Unknown,
     "wait4(9, x.cpp:4:10: error: no file\n   ^~~\n[{WIFEXITED(s) && WEXITSTATUS(s) == 1}], 0, "
     "NULL) = 9\n",
     "wait4[9,?,0,0] -> 9"},
    {"died within a call", Arch::Unknown,
     "7 get_mempolicy( <unfinished ...>)  = ?\n7 +++ killed by SIGKILL +++\n",
     "7 killed by SIGKILL; 7 get_mempolicy[] -> unfinished"},
    {"detached", Arch::Unknown, "7 wait4(-1,  <detached ...>\n",
     "7 wait4[0xffffffffffffffff] -> unfinished; 7 loss detached 1"},
    {"pid changed", Arch::Unknown,
     "8 execve(\"/bin/x\", [\"x\"], 0x7f /* 1 var */ <pid changed to 7 ...>\n",
     "8 execve[?,?,127] -> seen"},
    {"superseded by execve", Arch::Unknown,
     "8 execve(\"/bin/x\", [\"x\"], 0x7f /* 1 var */ <unfinished ...>\n7 futex(0x1000, FUTEX_WAIT, "
     "0, NULL <unfinished ...>\n7 +++ superseded by execve in pid 8 +++\n7 <... execve resumed>) = "
     "0\n",
     "7 futex[4096,0,0,0] -> unfinished; 7 execve[?,?,127] -> 0; 7 exec /bin/x"},
    {"a signal", Arch::Unknown,
     "7 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=8, si_uid=0, si_status=0, "
     "si_utime=0, si_stime=0} ---\n",
     "7 signal SIGCHLD"},
    {"a stop", Arch::Unknown, "7 --- stopped by SIGSTOP ---\n", ""},
    {"an old signal", Arch::Unknown, "7 --- SIGCHLD (Child exited) @ 0 (0) ---\n",
     "7 signal SIGCHLD"},
    {"an exit code", Arch::Unknown, "7 +++ exited with 3 +++\n", "7 exit 3"},
    {"killed", Arch::Unknown, "7 +++ killed by SIGSEGV (core dumped) +++\n", "7 killed by SIGSEGV"},
    {"32 bit mode", Arch::Unknown, "7 [ Process PID=7 runs in 32 bit mode. ]\n7 close(3) = 0\n",
     "7 label arch=x86; 7 x86:close[3] -> 0"},
    {"32 bit mode of aarch64", Arch::Aarch64,
     "7 [ Process PID=7 runs in 32 bit mode. ]\n7 close(3) = 0\n",
     "7 label arch=arm; 7 arm:close[3] -> 0"},
    {"x32 mode", Arch::Unknown, "7 [ Process PID=7 runs in x32 mode. ]\n7 close(3) = 0\n",
     "7 label arch=x32; 7 x32:close[3] -> 0"},
    {"back to 64 bit", Arch::Unknown,
     "7 [ Process PID=7 runs in 32 bit mode. ]\n7 getpid() = 7\n7 [ Process PID=7 runs in 64 bit "
     "mode. ]\n7 close(3) = 0\n",
     "7 label arch=x86; 7 x86:getpid[] -> 7; 7 label arch=x86_64; 7 x86_64:close[3] -> 0"},
    {"a 32-bit parent's child", Arch::Unknown,
     "7 [ Process PID=7 runs in 32 bit mode. ]\n7 fork() = 8\n8 close(3) = 0\n",
     "7 label arch=x86; 7 x86:fork[] -> 8; 7 fork 8; 8 x86:close[3] -> 0"},
    {"an i386 sub-call, -n", Arch::X86, "[ 102] socket(AF_INET, SOCK_STREAM, 0) = 3\n",
     "x86:socketcall[1] -> 3"},
    {"an i386 ipc sub-call, -n", Arch::X86, "[ 117] shmget(IPC_PRIVATE, 4096, 0600) = 3\n",
     "x86:ipc[23] -> 3"},
    {"an i386 sub-call", Arch::X86, "socket(AF_INET, SOCK_STREAM, 0) = 3\n",
     "x86:socket[2,1,0] -> 3"},
    {"an i386 call in a file, known by its number, -n", Arch::X86_64,
     "[  39] mkdir(NULL, 000) = -1 EFAULT (Bad address)\n[  83] mkdir(NULL, 000) = -1 EFAULT (Bad "
     "address)\n",
     "x86:mkdir[0,0] -> EFAULT; x86_64:mkdir[0,0] -> EFAULT"},
    {"an i386 sub-call in a file, -n", Arch::X86_64,
     "[ 102] socket(AF_UNIX, SOCK_STREAM, 0) = 3\n[  41] socket(AF_UNIX, SOCK_STREAM, 0) = 3\n",
     "x86:socketcall[1] -> 3; x86_64:socket[1,1,0] -> 3"},
    {"an arm call on aarch64, -n", Arch::Aarch64, "[   5] open(\"/x\", O_RDONLY) = 3\n",
     "arm:open[?,0] -> 3"},
    {"arm's own name", Arch::Arm, "fadvise64_64(3, POSIX_FADV_NORMAL, 0, 0) = 0\n",
     "arm:arm_fadvise64_64[3] -> 0"},
    {"attached", Arch::Unknown, "strace: Process 8 attached\n", ""},
    {"attached with threads", Arch::Unknown, "strace: Process 1978 attached with 10 threads\n", ""},
    {"detached by message", Arch::Unknown, "strace: Process 8 detached\n", "8 loss detached 1"},
    {"a diagnostic", Arch::Unknown,
     "strace: attach: ptrace(PTRACE_SEIZE, 1): Operation not permitted\n", ""},
    {"-k", Arch::Unknown,
     "close(3) = 0\n > /lib/libc.so.6(__close+0x7) [0xabc]\n > /bin/x(main+0x1) [0x1]\n",
     "close[3] -> 0"},
    {"-k deleted", Arch::Unknown, "close(3) = 0\n > (deleted) [0x1]\n", "close[3] -> 0"},
    {"-e write", Arch::Unknown,
     "write(1, \"hi\\n\", 3) = 3\n | 00000  68 69 0a                                          hi.  "
     "            |\n",
     "write[1,?,3] -> 3"},
    {"unreadable call", Arch::Unknown, "?\?\?( <unfinished ...>\n7 close(3) = 0\n",
     "loss other 1; 7 close[3] -> 0"},
    {"unreadable call with result", Arch::Unknown, "?\?\?\?( = ?\n", "loss other 1"},
    {"-c", Arch::Unknown,
     "% time     seconds  usecs/call     calls    errors syscall\n------ ----------- ----------- "
     "--------- --------- ----------------\n 50.00    0.000010           1        10         2 "
     "openat\n 50.00    0.000010           2         5           read\n------ ----------- "
     "----------- --------- --------- ----------------\n100.00    0.000020           1        15   "
     "      2 total\n",
     "openat[] -> seen x8; openat[] -> 0 x2; read[] -> seen x5"},
    {"-c, one call without time", Arch::Unknown,
     "100.00    0.000000           0         1           execve\n", "execve[] -> seen"},
    {"-c of another personality", Arch::Unknown,
     "System call usage summary for 32 bit mode:\n% time     seconds  usecs/call     calls    "
     "errors syscall\n100.00    0.000010           1        10           open\n",
     "x86:open[] -> seen x10"},
    {"-c -U", Arch::Unknown,
     "   calls    errors syscall\n-------- --------- ----------------\n      10         2 openat\n "
     "      5           read\n-------- --------- ----------------\n      15         2 total\n",
     "openat[] -> seen x8; openat[] -> 0 x2; read[] -> seen x5"},
    {"-c -U name first", Arch::Unknown,
     "syscall              calls    errors\n---------------- --------- ---------\nopenat           "
     "       10         2\nread                     5          \n---------------- --------- "
     "---------\ntotal                   15         2\n",
     "openat[] -> seen x8; openat[] -> 0 x2; read[] -> seen x5"},
    {"-C", Arch::Unknown,
     "close(3) = 0\n% time     seconds  usecs/call     calls    errors syscall\n------ ----------- "
     "----------- --------- --------- ----------------\n100.00    0.000010          10         1   "
     "        close\n",
     "close[3] -> 0"},
    {"colours", Arch::Unknown,
     "\x1b"
     "[33mclose\x1b"
     "[0m(\x1b"
     "[36m3\x1b"
     "[0m) = \x1b"
     "[32m0\x1b"
     "[0m\n",
     "close[3] -> 0"},
    {"coloured error", Arch::Unknown,
     "\x1b"
     "[33mmkdir\x1b"
     "[0m(\x1b"
     "[35m\"/x\"\x1b"
     "[0m, 0777) = \x1b"
     "[31m-1 EPERM (Operation not permitted)\x1b"
     "[0m\n",
     "mkdir[?,511] -> EPERM"},
    {"a tips box", Arch::Unknown,
     " ______________________________________________         ____\n/                              "
     "                \\\\       /    \\\\\n | strace tip: use -f |\n",
     ""},
    {"a cut line", Arch::Unknown, "7 openat(AT_FDCWD, \"/etc/pa\n7 close(3) = 0\n",
     "7 close[3] -> 0; damaged 1"},
    {"an unknown name with a pid", Arch::Unknown, "7 frobnicate(1) = 0\n", "damaged 1"},
    {"foreign", Arch::Unknown, "type=SECCOMP msg=audit(1.2:3): auid=1\nhello\n\n", ""},
    {"C source", Arch::Unknown, "  read(fd, buf, 10);\nint x = 3;\n", ""},
    {"KILL_PROCESS since 5.16", Arch::Unknown,
     "7 getppid() = 110\n7 +++ killed by SIGSYS (core dumped) +++\n",
     "7 killed by SIGSYS; 7 getppid[] -> denied kill_process sig=31 (inferred)"},
    {"KILL before 5.16", Arch::Unknown, "7 getppid() = ?\n7 +++ killed by SIGSYS +++\n",
     "7 killed by SIGSYS; 7 getppid[] -> denied kill_process sig=31 (inferred)"},
    {"TRAP", Arch::Unknown,
     "7 mkdir(\"/x\", 0777) = 83\n7 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, "
     "si_call_addr=0x4, si_syscall=__NR_mkdir, si_arch=AUDIT_ARCH_X86_64} ---\n",
     "7 signal SIGSYS seccomp x86_64:mkdir data=0; 7 x86_64:mkdir[?,511] -> denied trap sig=31"},
    {"TRAP with data", Arch::Unknown,
     "[pid 22566] 10:43:27.318994 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_errno=EIO, "
     "si_call_addr=0x7f, si_syscall=__NR_access, si_arch=AUDIT_ARCH_X86_64} ---\n",
     "22566 signal SIGSYS seccomp x86_64:access data=5; 22566 x86_64:access[] -> denied trap EIO "
     "sig=31 (suspected) by itself"},
    {"TRAP with numeric data", Arch::Unknown,
     "7 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_errno=1234, si_call_addr=0x7f, "
     "si_syscall=0x1b7, si_arch=AUDIT_ARCH_X86_64} ---\n",
     "7 signal SIGSYS seccomp x86_64:faccessat2 data=1234; 7 x86_64:faccessat2[] -> denied trap "
     "1234 sig=31 (suspected) by itself"},
    {"TRAP on aarch64", Arch::Aarch64,
     "7 mkdirat(AT_FDCWD, \"/x\", 0777) = -1 ENETDOWN (Network is down)\n7 --- SIGSYS "
     "{si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x4, si_syscall=__NR_mkdirat, "
     "si_arch=AUDIT_ARCH_AARCH64} ---\n",
     "7 signal SIGSYS seccomp aarch64:mkdirat data=0; 7 aarch64:mkdirat[0xffffffffffffff9c,?,511] "
     "-> denied trap sig=31"},
    {"TRAP of an i386 sub-call", Arch::Unknown,
     "7 socket(AF_INET, SOCK_STREAM, 0) = 102\n7 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, "
     "si_call_addr=0x4, si_syscall=__NR_socketcall, si_arch=AUDIT_ARCH_I386} ---\n",
     "7 signal SIGSYS seccomp x86:socketcall data=0; 7 x86:socketcall[1] -> denied trap sig=31"},
    {"TRAP of another call than shown", Arch::Unknown,
     "7 close(3) = 0\n7 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x4, "
     "si_syscall=__NR_mkdir, si_arch=AUDIT_ARCH_X86_64} ---\n",
     "7 close[3] -> 0; 7 signal SIGSYS seccomp x86_64:mkdir data=0; 7 x86_64:mkdir[] -> denied "
     "trap sig=31 (suspected) by itself"},
    {"a SIGSYS behind the call that it names, which went its way", Arch::X86_64,
     "7 mkdir(\"/x\", 0777) = -1 EEXIST (File exists)\n7 --- SIGSYS {si_signo=SIGSYS, "
     "si_code=SYS_SECCOMP, si_call_addr=0x4, si_syscall=__NR_mkdir, si_arch=AUDIT_ARCH_X86_64} "
     "---\n",
     "7 x86_64:mkdir[?,511] -> EEXIST; 7 signal SIGSYS seccomp x86_64:mkdir data=0; 7 "
     "x86_64:mkdir[] -> denied trap sig=31 (suspected) by itself"},
    {"SIGSYS sent by kill", Arch::Unknown,
     "7 kill(7, SIGSYS) = 0\n7 --- SIGSYS {si_signo=SIGSYS, si_code=SI_USER, si_pid=7, si_uid=0} "
     "---\n7 +++ killed by SIGSYS +++\n",
     "7 kill[7,31] -> 0; 7 signal SIGSYS; 7 killed by SIGSYS"},
    {"TRAP with a handler", Arch::Unknown,
     "7 mkdir(\"/x\", 0777) = 83\n7 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, "
     "si_call_addr=0x4, si_syscall=__NR_mkdir, si_arch=AUDIT_ARCH_X86_64} ---\n7 "
     "rt_sigreturn({mask=[]}) = 4294967295\n7 exit_group(0) = ?\n7 +++ exited with 0 +++\n",
     "7 signal SIGSYS seccomp x86_64:mkdir data=0; 7 x86_64:mkdir[?,511] -> denied trap sig=31; 7 "
     "rt_sigreturn[] -> seen; 7 exit_group[0] -> seen; 7 exit 0"},
    {"ERRNO 0 looks like success", Arch::Unknown, "mkdir(\"/x\", 0777) = 0\n", "mkdir[?,511] -> 0"},
    {"strict mode", Arch::Unknown,
     "7 prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) = 0\n7 getpid() = ?\n7 +++ killed by SIGKILL "
     "+++\n",
     "7 prctl[22,1] -> 0; 7 killed by SIGKILL; 7 getpid[] -> denied kill_thread sig=9 (inferred)"},
    {"strict mode by seccomp(2)", Arch::Unknown,
     "7 seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL) = 0\n7 getpid() = ?\n7 +++ killed by SIGKILL "
     "+++\n",
     "7 seccomp[0,0,0] -> 0; 7 killed by SIGKILL; 7 getpid[] -> denied kill_thread sig=9 "
     "(inferred)"},
    {"SIGKILL without strict mode", Arch::Unknown, "7 pause() = ?\n7 +++ killed by SIGKILL +++\n",
     "7 killed by SIGKILL; 7 pause[] -> unfinished"},
    {"killed in an unfinished call", Arch::Unknown,
     "7 getppid( <unfinished ...>\n8 close(3) = 0\n7 <... getppid resumed>) = ?\n7 +++ killed by "
     "SIGSYS +++\n",
     "8 close[3] -> 0; 7 killed by SIGSYS; 7 getppid[] -> denied kill_process sig=31 (inferred)"},
    {"KILL in x32", Arch::X32, "7 getppid() = 1073741934\n7 +++ killed by SIGSYS +++\n",
     "7 killed by SIGSYS; 7 x32:getppid[] -> denied kill_process sig=31 (inferred)"},
    {"a filtered trace shows an innocent call last", Arch::X86_64,
     "7 openat(AT_FDCWD, \"/x\", O_RDONLY) = 3\n7 +++ killed by SIGSYS +++\n",
     "7 x86_64:openat[0xffffffffffffff9c,?,0] -> 3; 7 killed by SIGSYS"},
};

std::string text_of(const Reading& reading) {
  std::string out;
  for (const std::string& event : reading.events) out += (out.empty() ? "" : "; ") + event;
  for (const std::string& damaged : reading.account.damaged)
    out += (out.empty() ? "" : "; ") + ("damaged " + damaged.substr(0, damaged.find(' ')));
  return out;
}

}  // namespace

TEST_CASE("The scoreboard of strace's forms") {
  CHECK(std::size(kRows) >= 130);
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.what));
    StraceCase how;
    how.options.arch = row.arch;
    CHECK(text_of(read_strace(row.log, how)) == row.expected);
  }
}

TEST_CASE("Every line of the scoreboard is used, foreign or damaged, once") {
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.what));
    const std::string_view log = row.log;
    const auto account = read_strace(log).account;
    CHECK(account.used + account.foreign + account.damaged.size() ==
          static_cast<std::size_t>(std::count(log.begin(), log.end(), '\n')));
  }
}

TEST_CASE("The scoreboard read line by line says the same, in whatever order") {
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.what));
    StraceCase how;
    how.options.arch = row.arch;
    // What a later chunk cannot know is reported by a Label: the architecture of a 32-bit notice,
    // and a table's headings.
    const std::string_view expected = row.expected;
    // Halves that are not marked as such find each other only side by side.
    if (std::string_view(row.what).find("unmarked") != std::string_view::npos ||
        std::string_view(row.what).find("-qqq") != std::string_view::npos)
      continue;
    if (expected.find("label arch") != std::string_view::npos ||
        std::string_view(row.what).find("-c") != std::string_view::npos)
      continue;
    Reading whole = read_strace(row.log, how);
    how.chunk_bytes = 1;
    Reading split = read_strace(row.log, how);
    std::sort(whole.events.begin(), whole.events.end());
    std::sort(split.events.begin(), split.events.end());
    // A chunk's account cannot say what the next one makes of its last line.
    whole.account.damaged.clear();
    split.account.damaged.clear();
    CHECK(text_of(whole) == text_of(split));
  }
}
