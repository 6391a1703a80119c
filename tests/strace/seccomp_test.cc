// What the seccomp actions look like in strace, by kernel and architecture.
#include <doctest/doctest.h>

#include "strace/verbs.h"

using medic::test::read_as_text;
using medic::test::StraceCase;

TEST_CASE("A call killed since 5.16 shows its own number, and is reported as denied only") {
  CHECK(read_as_text("7 getppid() = 110\n7 +++ killed by SIGSYS (core dumped) +++\n") ==
        "7 killed by SIGSYS; 7 getppid[] -> denied kill_process sig=31 (inferred)");
}

TEST_CASE("A call killed before 5.16 shows no result") {
  CHECK(read_as_text("7 getppid() = ?\n7 +++ killed by SIGSYS +++\n") ==
        "7 killed by SIGSYS; 7 getppid[] -> denied kill_process sig=31 (inferred)");
}

TEST_CASE("A trapped call is reported as denied by the kernel itself") {
  CHECK(read_as_text("7 mkdir(\"/x\", 0777) = 83\n"
                     "7 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_errno=EIO, "
                     "si_call_addr=0x4, si_syscall=__NR_mkdir, "
                     "si_arch=AUDIT_ARCH_X86_64} ---\n"
                     "7 +++ killed by SIGSYS +++\n") ==
        "7 signal SIGSYS seccomp x86_64:mkdir data=5; 7 x86_64:mkdir[?,511] -> denied trap EIO "
        "sig=31; 7 killed by SIGSYS");
}

TEST_CASE("A SIGSYS that a person sent is no denial") {
  CHECK(read_as_text("7 getppid() = 6\n7 --- SIGSYS {si_signo=SIGSYS, si_code=SI_USER, si_pid=9, "
                     "si_uid=0} ---\n7 +++ killed by SIGSYS +++\n") ==
        "7 getppid[] -> 6; 7 signal SIGSYS; 7 killed by SIGSYS");
}

TEST_CASE("A thread of several is killed alone when the others go on") {
  CHECK(read_as_text("7 clone(child_stack=0x7f00, flags=CLONE_VM|CLONE_THREAD) = 8\n8 getppid() = "
                     "110\n8 +++ killed by SIGSYS +++\n7 getpid() = 7\n") ==
        "7 clone[0x10100,0x7f00] -> 8; 7 thread 8; 8 killed by SIGSYS; 7 getpid[] -> 7; 8 "
        "getppid[] -> denied kill_thread sig=31 (inferred)");
}

TEST_CASE("A process killed with all its threads has one culprit, the others were waiting") {
  CHECK(read_as_text("7 clone(child_stack=0x7f00, flags=CLONE_VM|CLONE_THREAD) = 8\n7 "
                     "futex(0x1000, FUTEX_WAIT, 0, NULL <unfinished ...>\n"
                     "8 getppid() = 110\n8 +++ killed by SIGSYS +++\n7 <... futex resumed>) = ?\n7 "
                     "+++ killed by SIGSYS +++\n") ==
        "7 clone[0x10100,0x7f00] -> 8; 7 thread 8; 8 killed by SIGSYS; 7 killed by SIGSYS; "
        "8 getppid[] -> denied kill_process sig=31 (inferred); 7 futex[4096,0,0,0] -> unfinished");
}

TEST_CASE("In strict mode the kernel kills with SIGKILL") {
  CHECK(
      read_as_text("7 prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) = 0\n7 getpid() = ?\n7 +++ killed "
                   "by SIGKILL +++\n") ==
      "7 prctl[22,1] -> 0; 7 killed by SIGKILL; 7 getpid[] -> denied kill_thread sig=9 (inferred)");
  CHECK(read_as_text("7 getpid() = ?\n7 +++ killed by SIGKILL +++\n") ==
        "7 killed by SIGKILL; 7 getpid[] -> unfinished");
}

TEST_CASE("A call that returns its own number by chance is reported when its task goes on") {
  CHECK(read_as_text("7 read(3, \"\", 1) = 0\n7 write(1, \"x\", 1) = 1\n7 getpid() = 7\n") ==
        "7 read[3,?,1] -> 0; 7 write[1,?,1] -> 1; 7 getpid[] -> 7");
}
