// Lines of captures, our own and foreign ones, and what is read from them: one line a case.
#include <doctest/doctest.h>

#include "parsers/ptrace/bpftrace_dialect.h"
#include "parsers/ptrace/capture_dialect.h"
#include "parsers/ptrace/gadget_dialect.h"
#include "parsers/ptrace/gdb_dialect.h"
#include "parsers/ptrace/gvisor_dialect.h"
#include "parsers/ptrace/lurk_dialect.h"
#include "parsers/ptrace/ltrace_dialect.h"
#include "parsers/ptrace/perf_trace_dialect.h"
#include "parsers/ptrace/sysdig_dialect.h"
#include "ptrace/read_text.h"

using namespace medic;
using namespace medic::parsers;

namespace {

// The events, `; ` between them; then what the account says of lines that gave none.
std::string given(const Dialect& dialect, const std::string& text) {
  const test::ReadText read = test::read_text(dialect, text);
  std::string out;
  for (const char c : read.events) out += c == '\n' ? std::string("; ") : std::string(1, c);
  if (!out.empty()) out.resize(out.size() - 2);
  for (const std::string& damage : read.damages)
    out += (out.empty() ? "damaged " : " | damaged ") + damage;
  if (out.empty()) out = read.foreign_lines > 0 ? "foreign" : "nothing";
  return out;
}

struct Case {
  const char* text;
  const char* expected;
};

void check_all(const Dialect& dialect, std::initializer_list<Case> cases) {
  for (const Case& one : cases) {
    const std::string text = one.text, expected = one.expected;
    CAPTURE(text);
    CHECK(given(dialect, text) == expected);
  }
}

}  // namespace

TEST_CASE("lines of seccomp-medic-capture") {
  // Each case is a capture from its header to its trailer, so that nothing is missing.
  const auto whole = [](std::string_view records) {
    return "seccomp-medic-capture 0 1.000000000 0 version=1\n" + std::string(records) +
           "end 2 3.000000000 0 records=3 losses=0\n";
  };
  for (const Case& one : std::initializer_list<Case>{
           {"call 1 2.5 7 arch=c000003e nr=83 args=7ffd0,1ff,0,0,0,0 err=1",
            "7 x86_64:mkdir[0x7ffd0,511,0,0,0,0] -> EPERM"},
           {"call 1 2.5 7 arch=c000003e nr=0 args=3,7f00,340,0,0,0 ret=832",
            "7 x86_64:read[3,0x7f00,832,0,0,0] -> 832"},
           {"call 1 2.5 7 arch=c000003e nr=12 args=0,0,0,0,0,0 ret=-5000",
            "7 x86_64:brk[0,0,0,0,0,0] -> -5000"},
           {"call 1 2.5 7 arch=40000003 nr=102 args=1,ffd0,0,0,0,0 ret=3",
            "7 x86:socketcall[1,0xffd0,0,0,0,0] -> 3"},
           {"call 1 2.5 7 arch=40000003 nr=136 args=ffffffffffffffff,0,0,0,0,0 ret=0",
            "7 x86:personality[0xffffffff,0,0,0,0,0] -> 0"},
           {"call 1 2.5 7 arch=c000003e nr=1073741824 args=3,0,0,0,0,0 ret=0",
            "7 x32:read[3,0,0,0,0,0] -> 0"},
           {"call 1 2.5 7 arch=c00000b7 nr=34 args=ffffff9c,0,1ff,0,0,0 err=13",
            "7 aarch64:mkdirat[0xffffff9c,0,511,0,0,0] -> EACCES"},
           {"call 1 2.5 7 arch=deadbeef nr=1 args=0,0,0,0,0,0 ret=0", "7 #1[0,0,0,0,0,0] -> 0"},
           {"call 1 2.5 7 arch=c000003e nr=99999 args=0,0,0,0,0,0 err=38",
            "7 x86_64:#99999[0,0,0,0,0,0] -> ENOSYS"},
           {"call 1 2.5 7 arch=c000003e nr=-1 args=0,0,0,0,0,0 err=38",
            "7 x86_64:#-1[0,0,0,0,0,0] -> ENOSYS"},
           {"call 1 2.5 7 arch=c000003e nr=231 args=0,0,0,0,0,0 ret=?",
            "7 x86_64:exit_group[0,0,0,0,0,0] -> unfinished"},
           {"call 1 2.5 7 arch=c000003e nr=35 args=1,2,0,0,0,0 err=516",
            "7 x86_64:nanosleep[1,2,0,0,0,0] -> unfinished"},
           {"call 1 2.5 7 arch=c000003e nr=110 args=0,0,0,0,0,0 ret=? seccomp=kill_process",
            "7 x86_64:getppid[0,0,0,0,0,0] -> denied kill_process sig=31"},
           {"call 1 2.5 7 arch=c000003e nr=110 args=0,0,0,0,0,0 ret=? seccomp=kill_thread",
            "7 x86_64:getppid[0,0,0,0,0,0] -> denied kill_thread sig=31"},
           {"call 1 2.5 7 arch=c000003e nr=110 args=0,0,0,0,0,0 ret=? seccomp=trap data=5",
            "7 x86_64:getppid[0,0,0,0,0,0] -> denied trap sig=31"},
           {"call 1 2.5 7 arch=c000003e nr=110 args=0,0,0,0,0,0 ret=? seccomp=strict",
            "7 x86_64:getppid[0,0,0,0,0,0] -> killed SIGKILL"},
           {"call 1 2.5 7 arch=c000003e nr=110 args=0,0,0,0,0,0 err=1 seccomp=errno data=1",
            "7 x86_64:getppid[0,0,0,0,0,0] -> denied errno EPERM"},
           {"call 1 2.5 7 arch=c000003e nr=110 args=0,0,0,0,0,0 ret=0 seccomp=errno data=0",
            "7 x86_64:getppid[0,0,0,0,0,0] -> denied errno"},
           {"call 1 2.5 7 arch=c000003e nr=110 args=0,0,0,0,0,0 err=38 seccomp=trace data=9",
            "7 x86_64:getppid[0,0,0,0,0,0] -> denied trace ENOSYS"},
           {"call 1 2.5 7 arch=c000003e nr=110 args=0,0,0,0,0,0 ret=1 seccomp=log data=0",
            "7 x86_64:getppid[0,0,0,0,0,0] -> denied log"},
           {"call 1 2.5 7 arch=c000003e nr=110 args=0,0,0,0,0,0 err=1 seccomp=notify data=0",
            "7 x86_64:getppid[0,0,0,0,0,0] -> denied notify EPERM"},
           {"call 1 2.5 7 arch=c000003e nr=110 args=0,0,0,0,0,0 ret=4 seccomp=notify data=0",
            "7 x86_64:getppid[0,0,0,0,0,0] -> 4"},
           {"call 1 2.5 7 arch=c000003e nr=110 args=0,0,0,0,0 ret=4",
            "damaged 2: call record with a field missing or unreadable"},
           {"call 1 2.5 7 arch=c000003e nr=110 args=0,0,0,0,0,0,0 ret=4",
            "damaged 2: call record with a field missing or unreadable"},
           {"call 1 2.5 7 arch=c000003e nr=110 args=0,0,0,0,0,0",
            "damaged 2: call record with a field missing or unreadable"},
           {"call 1 2.5 7 nr=110 args=0,0,0,0,0,0 ret=1",
            "damaged 2: call record with a field missing or unreadable"},
           {"task 1 2.5 8 tgid=7 ppid=1 comm=a\\x20b nnp=1 seccomp=2",
            "8 (a b) label ppid=1 nnp=1 seccomp=2"},
           {"task 1 2.5 7 tgid=7 ppid=1 comm=sh exe=/bin/sh pidns=4026531836 capeff=a80425fb "
            "capbnd=ff cgroup=1:name=systemd:/\\x0a0::/docker/0123",
            "7 (sh) label ppid=1 cgroup=/docker/0123 pidns=4026531836 caps=a80425fb"},
           {"fork 1 2.5 7 child=8 thread=0", "7 fork 8"},
           {"fork 1 2.5 7 child=8 thread=1", "7 thread 8"},
           {"exec 1 2.5 7 exe=/bin/\\x1b[31m argv0=x", "7 exec /bin/\\x1b[31m"},
           {"exec 1 2.5 7 former=9 exe=/bin/sh", "9 exit 0; 7 exec /bin/sh"},
           {"exit 1 2.5 7 code=3", "7 exit 3"},
           {"exit 1 2.5 7 sig=31 core=1", "7 killed by SIGSYS"},
           {"signal 1 2.5 7 sig=15 code=0 from=1", "7 signal SIGTERM"},
           {"signal 1 2.5 7 sig=31 code=1 arch=c000003e nr=110 data=5 addr=7f00",
            "7 signal SIGSYS seccomp x86_64:getppid data=5"},
           {"signal 1 2.5 7 sig=31 code=0 from=1", "7 signal SIGSYS"},
           {"filters 1 2.5 7 errno=13", "nothing"},
           {"loss 1 2.5 9 what=attach errno=1 count=1", "9 loss other 1"},
           {"loss 1 2.5 0 what=write errno=28 count=57", "loss lost 57"},
           {"detach 1 2.5 7", "7 loss detached 1"},
       }) {
    CAPTURE(one.text);
    CHECK(given(capture_dialect(), whole(std::string(one.text) + "\n")) == one.expected);
  }
}

TEST_CASE("what a capture lacks is reported") {
  const std::string header = "seccomp-medic-capture 0 1.0 0 version=1\n",
                    exit = "exit 1 2.0 7 code=0\n", end = "end 2 3.0 0 records=3 losses=0\n";
  check_all(
      capture_dialect(),
      {
          {"seccomp-medic-capture 0 1.0 0 version=1\nexit 1 2.0 7 code=0\n",
           "7 exit 0; loss other 0"},
          {"seccomp-medic-capture 0 1.0 0 version=1\nexit 4 2.0 7 code=0\nend 5 3.0 0 records=6\n",
           "loss serial-gap 3; 7 exit 0"},
          {"exit 4 2.0 7 code=0\nend 5 3.0 0 records=6\n", "7 exit 0; loss serial-gap 4"},
          {"seccomp-medic-capture 0 1.0 0 version=1\nexit 1 2.0 7 co",
           "loss other 0 | damaged 2: exit record without code or sig"},
          {"seccomp-medic-capture 0 1.0 0 version=2\nend 1 1.0 0\n",
           "damaged 1: capture of a version that this program does not know"},
          {"seccomp-medic-capture 0 1.0 0 version=1\nhello from the program\nend 1 1.0 0\n",
           "foreign"},
          {"seccomp-medic-capture 0 1.0 0 version=1\ncall me\nend 1 1.0 0\n",
           "damaged 2: record without its number, time and task"},
      });
  for (std::size_t lines = 1; lines < 4; ++lines) {
    const auto cut = test::read_text(capture_dialect(),
                                     header + exit + header + exit + end + header + end, lines);
    CHECK(cut.events.find("loss other 0") != std::string::npos);
    CHECK(cut.events.find("loss serial-gap 1") != std::string::npos);
  }
}

TEST_CASE("lurk") {
  check_all(
      lurk_dialect(),
      {
          {"[54605] access(\"\", 4) = -2", "54605 access[?,4] -> ENOENT"},
          {"[54605] arch_prctl(12289, 0xffffe780) = -22",
           "54605 arch_prctl[0x3001,0xffffe780] -> EINVAL"},
          {"[54605] brk(NULL) = 0x55578000", "54605 brk[0] -> 1431797760"},
          {"[54605] brk(NULL) = 0X55578000", "54605 brk[0] -> 1431797760"},
          {"[54605] read(3, \"a) = -1, \\\"\", 832) = 832", "54605 read[3,?,832] -> 832"},
          {"[54605] exit_group(0) = ?", "54605 exit_group[0] -> unfinished"},
          {"[54605]  83 mkdir(\"/x\", 511) = -1", "54605 mkdir[?,511] -> EPERM"},
          {"[54605] mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE, -1, 0) = 4096",
           "54605 mmap[0,8192,?,?,?,0] -> 4096"},
          {"[54605] epoll_wait(5, 0xd01a3c20, 8, 1) = -4",
           "54605 epoll_wait[5,0xd01a3c20,8,1] -> EINTR"},
          {"[54605] nosuchcall(1) = 0", "damaged 1: no such system call"},
          {"[54605] read(3, \"abc", "foreign"},
          {"Syscall statistics", "foreign"},
          {R"j({"type":"SYSCALL","pid":9,"num":83,"syscall":"mkdir","args":["/x",511],"error":-1,"duration":0.0})j",
           "9 mkdir[?,511] -> EPERM"},
          {R"j({"type":"SYSCALL","pid":9,"num":9,"syscall":"mmap","args":["0x0",8192,3,34,-1,0],"result":140630969819136,"duration":0.1})j",
           "9 mmap[0,8192,3,34,?,0] -> 140630969819136"},
          {R"j({"type":"SYSCALL","pid":9,"num":3,"syscall":"close","args":[3],"success":0,"duration":0.1})j",
           "9 close[3] -> 0"},
          {R"j({"type":"SYSCALL","pid":9,"num":3,"syscall":"clo)j",
           "damaged 1: JSON cut off or broken"},
      });
}

TEST_CASE("ltrace -S") {
  check_all(
      ltrace_dialect(),
      {
          {"[pid 18319] 09:00:22.600750 dup2@SYS(3, 0)       = 0 <0.000034>",
           "18319 dup2[3,0] -> 0"},
          {"[pid 18319] 09:00:22.601042 stat@SYS(\"/a b\", 0x7ffea10cd200) = -2 <0.000113>",
           "18319 stat[?,0x7ffea10cd200] -> ENOENT"},
          {"13671 SYS_access(\"/etc/ld.so.preload\", 04)       = -2",
           "13671 access[?,4] -> ENOENT"},
          {"13671 SYS_334(0x7fa5efdad060, 32, 0, 0x53053053) = 0",
           "13671 #334[0x7fa5efdad060,32,0,0x53053053] -> 0"},
          {"SYS_pread(3, 0x7ffc108acf90, 784, 64)      = 784",
           "pread64[3,0x7ffc108acf90,784,64] -> 784"},
          {"[pid 5904] brk@SYS(nil) = 0x24b8000 <0.001227>", "5904 brk[0] -> 38502400"},
          {"[pid 1] close@SYS(255 <unfinished ...>\n[pid 1] <... close resumed> ) = 0 <0.000074>",
           "1 close[255] -> 0"},
          {"[pid 1] read(3 <unfinished ...>\n[pid 1] read@SYS(3, \"\", 0) = 0\n[pid 1] <... read "
           "resumed> , \"\", 0) = 0",
           "1 read[3,?,0] -> 0"},
          {"[pid 1] read@SYS(3 <unfinished ...>\n[pid 2] read@SYS(4 <unfinished ...>\n[pid 1] <... "
           "read resumed> ) = -1\n[pid 2] <... read resumed> ) = 7",
           "1 read[3] -> EPERM; 2 read[4] -> 7"},
          {"[pid 1] wait4@SYS(-1, 0x7ffe, 0, 0 <unfinished ...>",
           "1 wait4[?,0x7ffe,0,0] -> unfinished"},
          {"13671 SYS_exit_group(0 <no return ...>", "13671 exit_group[0] -> seen"},
          {"7 SYS_wait4(-1, 0x7ffe, 0, 0 <unfinished ...>\n7 <... SYS_wait4 resumed> ) = 0x4e34",
           "7 wait4[?,0x7ffe,0,0] -> 20020"},
          {"7 SYS_write(3, \"\", 7) = -1 EPERM (Operation not\"..., 43) = 43", "7 write[3] -> 43"},
          {"7 SYS_mkdir(\"/x\", 0777) = -1 EPERM (O\"..., 00) = -2", "7 mkdir[] -> ENOENT"},
          {"7 SYS_rmdir(\"/nowhere/ <unfinished ...>\") = -2 <0.000021>", "7 rmdir[] -> ENOENT"},
          {"7 SYS_write(3, \"((((\", 4) = 4", "7 write[3,?,4] -> 4"},
          {"13671 +++ exited (status 3) +++", "13671 exit 3"},
          {"13671 +++ killed by SIGSYS +++", "13671 killed by SIGSYS"},
          {"13671 --- SIGCHLD (Child exited) ---", "13671 signal SIGCHLD"},
          {"[pid 18319] 09:00:22.604343 --- Called exec() ---", "nothing"},
          {"strdup(\"SYS_mkdir(1) = -1\") = 0x556be1943700", "foreign"},
          {"malloc(8192) = 0x556be1943720", "foreign"},
          {"SYS_nosuch(1) = 0", "damaged 1: no such system call"},
          {"SYS_read(3, \"abc", "read[] -> seen | damaged 1: line cut off"},
      });
}

TEST_CASE("perf trace") {
  check_all(
      perf_trace_dialect(),
      {
          {"     0.638 ( 0.019 ms): p/13675 access(filename: 0xa1eac2a0, mode: R)          = -1 "
           "ENOENT (No such file or directory)",
           "13675 (p) access[] -> ENOENT"},
          {"     0.674 ( 0.019 ms): p/13675 openat(dfd: CWD, flags: RDONLY|CLOEXEC)        = 4",
           "13675 (p) openat[] -> 4"},
          {"     1.260 ( 0.015 ms): p/13675 set_tid_address(tidptr: 0x7f33a1c87a10)        = 13675 "
           "(p)",
           "13675 (p) set_tid_address[] -> 13675"},
          {"     0.068 ( 0.017 ms): p/13675 brk()                                          = "
           "0x556da5abc000",
           "13675 (p) brk[] -> 93929419292672"},
          {"2843764.963 (         ): p/18322 exit_group(error_code: 3)                     = ?",
           "18322 (p) exit_group[] -> unfinished"},
          {"     0.010 ( 0.005 ms): my prog/7 getppid()                                    = 1",
           "7 (my prog) getppid[] -> 1"},
          {"     0.010 ( 0.005 ms): kworker/0:1/7 getppid()                                = 1",
           "7 (kworker/0:1) getppid[] -> 1"},
          {"     0.010 ( 0.005 ms): getppid()                                              = 1",
           "getppid[] -> 1"},
          {"1.132 (         ): p/9 wait4(upid: -1)                         ...\n1.132 ( 3.975 ms): "
           "p/9  ... [continued]: wait4())   = 10 (p)",
           "9 (p) wait4[] -> 10"},
          {"1.132 (         ): p/9 wait4(upid: -1)                         ...",
           "9 (p) wait4[] -> unfinished"},
          {"         ? (         ): p/18322  ... [continued]: clone())                     = ",
           "nothing"},
          {"         ? (         ): p/18322  ... [continued]: clone())                     = 18323 "
           "(p)",
           "18322 (p) clone[] -> 18323"},
          {"2.321 ( 0.201 ms): ) = 1> [pid 2/9 clone(clone_flags: 0x11) = 20915 () = 1> [pid 2)",
           "9 () = 1> [pid 2) clone[] -> 20915"},
          {"7.526 (         ): ) = 1> [pid 2/9 wait4(upid: 7 () = 1> [pid 2))      ...",
           "9 () = 1> [pid 2) wait4[] -> unfinished"},
          {"1.600 ( 0.011 ms): a/9 fchmod(fd: 5</tmp/c) = -1 EPERM (x)> <1.5>>, mode: IRUSR) = 0",
           "9 (a) fchmod[] -> 0"},
          {"1.600 ( 0.011 ms): a/9 wait4(upid: -1) = 7 () = -1 EPERM (x)", "9 (a) wait4[] -> seen"},
          {"1.600 ( 0.011 ms): x/12 write(/9 close(fd: 3) = 0", "9 (x/12 write() close[] -> 0"},
          {"1.600 ( 0.011 ms): a(b/9 close(fd: 3) = 0", "9 (a(b) close[] -> 0"},
          {"1.600 ( 0.011 ms): a/9 pause() = -1 (unknown) (INTERNAL ERROR: strerror_r(514, [buf], "
           "128)=22)",
           "9 (a) pause[] -> unfinished"},
          {" p (18326), 76 events, 84.4%\n\n   mmap                   8      0     0.144     0.015 "
           "    0.018     0.023      4.95%",
           "18326 mmap[] -> seen x8"},
          {"LOST 12 events!", "loss lost 12"},
          {" Summary of events:", "nothing"},
          {"0.638 ( 0.019 ms): p/13675 nosuch(a: 1) = 0", "damaged 1: no such system call"},
          {"0.638 ( 0.019 ms): p/13675 access(filena", "damaged 1: call without a result"},
      });
}

TEST_CASE("gVisor") {
  check_all(
      gvisor_dialect(),
      {
          {"I0521 14:33:13.906822       1 strace.go:605] [   1:   2] sh X read(0x0 host:[1], "
           "0x55ff8db97ac0 \"echo\", 0x2000) = 19 (0x13) (11m46.5s)",
           "2 (sh) read[0,0x55ff8db97ac0,8192] -> 19"},
          {"D1116 06:22:52.164421    1158 strace.go:625] [  23:  23] cmake X unlink(0x7f234e5bd500 "
           ") = 0 (0x0) errno=2 (no such file or directory) (667ns)",
           "23 (cmake) unlink[0x7f234e5bd500] -> ENOENT"},
          {"I1 1 1 strace.go:570] [   2:   2] a b E c X setuid(0x0) = 0 (0x0) (1µs)",
           "2 (a b E c) setuid[0] -> 0"},
          {"I1 1 1 strace.go:570] [   2:   2] a X mkdir() = 0 E setuid(0x0)",
           "damaged 1: a line that can be read in two ways"},
          {"I1 1 1 strace.go:570] [   2:   2] sh X write(0x1 pipe:[2], 0x7f \"x) = 0 (0x0) errno=1 "
           "(no) (1us)\", 0x3) = 3 (0x3) (1us)",
           "2 (sh) write[1,127,3] -> 3"},
          {"I0821 22:48:11.000000 100 strace.go:570] [   2:   2] python E setuid(0x0)",
           "2 (python) setuid[0] -> unfinished"},
          {"I1 1 1 strace.go:570] [   2:   3] python E unshare(0x10000000)\nI1 1 1 strace.go:601] "
           "[   2:   3] python X unshare(0x10000000) = 0 (0x0) errno=1 (operation not permitted) "
           "(1µs)",
           "3 (python) unshare[0x10000000] -> EPERM"},
          {"I1 1 1 strace.go:601] [   1(7):   1(7)] bash X exit_group(0x0) = 0 (0x0) (291ns)",
           "1 (bash) exit_group[0] -> 0"},
          {"I1 1 1 strace.go:601] [   1:   1] tmux: server X getppid() = 0 (0x0) (1ns)",
           "1 (tmux: server) getppid[] -> 0"},
          {R"j({"msg":"strace.go:608] [   1:   1] probe X openat(AT_FDCWD /h, 0x679ab0 /sys/x, O_RDONLY|0x0, 0o0) = 0 (0x0) errno=2 (no such file or directory) (5µs)","level":"debug","time":"2026-09-10T21:57:42+05:30"})j",
           "1 (probe) openat[?,0x679ab0] -> ENOENT"},
          {"I0903 14:40:00.408531       1 sniffer.go:241] send arp 192.168.9.2", "foreign"},
          {"I1 1 1 strace.go:601] [   1:   1] bash X openat(AT_FDCWD",
           "damaged 1: exit without a result"},
      });
}

TEST_CASE("sysdig and Falco") {
  check_all(
      sysdig_dialect(),
      {
          {"586 14:40:00.488861105 1 cat (6400) < openat fd=3(<f>readme) dirfd=-100(AT_FDCWD) "
           "name=readme",
           "6400 (cat) openat[] -> 3"},
          {"1845 14:31:23.531996099 1 ls (1410.1411) < access res=-2(ENOENT) "
           "name=/etc/ld.so.preload",
           "1411 (ls) access[] -> ENOENT"},
          {"1 14:31:23.5 1 ls (1410) > mkdir path=/x\n2 14:31:23.6 1 ls (1410) < mkdir "
           "res=-1(EPERM) path=/x",
           "1410 (ls) mkdir[] -> EPERM"},
          {"1 14:31:23.5 1 ls (1410) > mkdir path=/x", "1410 (ls) mkdir[] -> unfinished"},
          {"cat (23084.23084) < write res=6 data=hello.", "23084 (cat) write[] -> 6"},
          {"7 14:31:23.5 0 a b (12) > syscall ID=107(geteuid) nativeID=107",
           "12 (a b) geteuid[] -> unfinished"},
          {"9 14:31:23.5 0 ls (12) > switch next=0 pgft_maj=0", "foreign"},
          {"9 14:31:23.5 0 ls (12) > procexit status=0", "foreign"},
          {R"j({"evt.cpu":0,"evt.dir":"<","evt.info":"res=10 data=123456 ","evt.num":191296,"evt.outputtime":1496213719701061056,"evt.type":"write","proc.name":"sshd","thread.tid":21053})j",
           "21053 (sshd) write[] -> 10"},
          {R"j({"output":"x","priority":"Warning","rule":"r","time":"2021-02-08T20:19:15.3Z","output_fields":{"container.id":"5c85dc0ee531","container.image.repository":"nginx","evt.type":"execve","proc.name":"bash","proc.pid":44,"evt.res":"EACCES"}})j",
           "44 (bash) label id=5c85dc0ee531 image=nginx; 44 (bash) execve[] -> EACCES"},
          {R"j({"output":"12:00:00.1: Notice 5c85dc0ee531:unshare","priority":"Notice","rule":"container_syscall","time":"2021-02-08T20:19:15Z","output_fields":{}})j",
           "unshare[] -> seen"},
          {R"j({"output":"Terminal shell in container (user=root)","priority":"Emergency","rule":"Terminal shell in container","output_fields":{"container.id":"e8573133241b"}})j",
           "foreign"},
          {R"j({"output":"x","rule":"r","output_fields":{"evt.ty)j",
           "damaged 1: JSON cut off or broken"},
      });
}

TEST_CASE("bpftrace") {
  check_all(bpftrace_dialect(),
            {
                {"@[tracepoint:syscalls:sys_enter_mkdir]: 4", "mkdir[] -> seen x4"},
                {"@by[ls, tracepoint:syscalls:sys_enter_read]: 2", "(ls) read[] -> seen x2"},
                {"@by[1234, tracepoint:syscalls:sys_enter_read]: 2", "read[] -> seen x2"},
                {"@[kprobe:__x64_sys_unshare]: 1", "unshare[] -> seen"},
                {"@[tracepoint:syscalls:sys_enter_newfstat]: 1", "fstat[] -> seen"},
                {"@syscall[59]: 3", "#59[] -> seen x3"},
                {"@latency[59]: 3", "foreign"},
                {"@[tracepoint:syscalls:sys_exit_mkdir]: 4", "foreign"},
                {"Attaching 2 probes...", "foreign"},
                {"Lost 12 events", "loss lost 12"},
                {R"j({"type": "map", "data": {"@": {"tracepoint:syscalls:sys_enter_read": 1}}})j",
                 "read[] -> seen"},
                {R"j({"type": "map", "data": {"@nr": {"83": 2}}})j", "#83[] -> seen x2"},
                {R"j({"type": "lost_events", "data": {"events": 9}})j", "loss lost 9"},
                {R"j({"type": "map", "data": {"@": {"tra)j", "damaged 1: JSON cut off or broken"},
            });
}

TEST_CASE("Inspektor Gadget") {
  check_all(
      gadget_dialect(),
      {
          {R"j({"code":"SECCOMP_RET_KILL_THREAD","proc":{"comm":"unshare","pid":60,"tid":61,"creds":{"uid":1000}},"runtime":{"containerName":"c1","containerId":"abc"},"syscall":"SYS_UNSHARE","timestamp":"2024-08-05T13:00:00.5Z"})j",
           "61 (unshare) label id=abc name=c1; 61 (unshare) unshare[] -> denied kill_thread "
           "sig=31"},
          {R"j({"code":"SECCOMP_RET_LOG","comm":"mkdir","pid":60,"tid":60,"syscall":"SYS_MKDIR","k8s":{"podName":"p","containerName":"c"}})j",
           "60 (mkdir) label name=c pod=p; 60 (mkdir) mkdir[] -> denied log"},
          {R"j({"node":"n","pod":"mypod","container":"container1","mountnsid":4,"pid":9,"syscall":"unshare","code":"kill_thread","comm":"unshare"})j",
           "9 (unshare) label name=container1 pod=mypod; 9 (unshare) unshare[] -> denied "
           "kill_thread sig=31"},
          {R"j({"code":"SECCOMP_RET_ERRNO","pid":9,"syscall":"SYS_MKDIR"})j",
           "9 mkdir[] -> denied errno"},
          {R"j({"pid":9,"comm":"sh","syscall":"mkdir","parameters":[{"name":"pathname","value":"0x1"}],"ret":"-1 (operation not permitted)"})j",
           "9 (sh) mkdir[] -> EPERM"},
          {R"j({"code":"SECCOMP_RET_NOVEL","pid":9,"syscall":"SYS_MKDIR"})j",
           "damaged 1: no such seccomp action"},
          {R"j({"code":"SECCOMP_RET_LOG","pid":9,"syscall":"SYS_MK)j",
           "damaged 1: JSON cut off or broken"},
          {R"j({"code":"SECCOMP_RET_LOG","pid":9,"syscall":"SYS_MKDIR","k8s":{)j",
           "damaged 1: JSON cut off or broken"},
          {R"j({"unrelated":true})j", "foreign"},
      });
}

TEST_CASE("gdb catch syscall") {
  check_all(
      gdb_dialect(),
      {
          {"Catchpoint 1 (call to syscall mkdir), 0x00007ffff7ec5bd7 in mkdir () from "
           "/lib/libc.so.6",
           "mkdir[] -> seen"},
          {"Catchpoint 1 (returned from syscall mkdir), 0x00007ffff7ec5bd7 in mkdir ()", "nothing"},
          {"Thread 2 \"worker\" hit Catchpoint 1 (call to syscall futex), 0x00007f",
           "futex[] -> seen"},
          {"Catchpoint 1 (call to syscall 'openat'), 0x00007f", "openat[] -> seen"},
          {"Catchpoint 2 (call to syscall 434), 0x00007f", "#434[] -> seen"},
          {"[Switching to Thread 0x7ffff7d8a6c0 (LWP 4711)]\n\nThread 2 \"w\" hit Catchpoint 1 "
           "(call to syscall getppid), 0x0",
           "getppid[] -> seen"},
          {"Program terminated with signal SIGSYS, Bad system call.", "killed by SIGSYS"},
          {"Program received signal SIGSYS, Bad system call.", "signal SIGSYS"},
          {"Thread 2 \"w\" received signal SIGSYS, Bad system call.", "signal SIGSYS"},
          {"[Inferior 1 (process 32411) exited normally]", "exit 0"},
          {"[Inferior 1 (process 32411) exited with code 03]", "exit 3"},
          {"24\t../sysdeps/unix/sysv/linux/brk_call.h: No such file or directory.", "foreign"},
          {"Catchpoint 1 (call to syscall mk", "damaged 1: line cut off"},
      });
}
