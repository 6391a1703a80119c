// The recorder does not change what it records: exit status, signals, stops, threads, exec; and it
// says what seccomp did.
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include "ptrace/live/record.h"
#include "support/skip.h"

using namespace medic::test;

namespace {

const std::string kTracee = TRACEE, kTracee32 = TRACEE32;

int exit_code(const Recorded& recorded) {
  return WIFEXITED(recorded.status) ? WEXITSTATUS(recorded.status) : -1;
}
int death(const Recorded& recorded) {
  return WIFSIGNALED(recorded.status) ? WTERMSIG(recorded.status) : 0;
}

// Shell words that wait, 15 s at most, for so many calls in that capture: a busy machine takes its
// time.
std::string until_calls(const std::string& file, int count) {
  return "for i in $(seq 150); do [ \"$(grep -c ^call " + file + ")\" -ge " +
         std::to_string(count) + " ] && break; sleep 0.1; done 2>/dev/null; ";
}

// Whole: from header to trailer, nothing damaged, nothing lost.
bool is_whole(const Recorded& recorded) {
  return recorded.read.damages.empty() && recorded.read.foreign_lines == 0 &&
         !recorded.says("loss");
}

}  // namespace

TEST_CASE("exit status and death are the program's own") {
  if (!may_trace()) return;
  CHECK(exit_code(record(kTracee + " exit 0")) == 0);
  CHECK(exit_code(record(kTracee + " exit 42")) == 42);
  CHECK(death(record(kTracee + " die 15")) == SIGTERM);
  CHECK(death(record(kTracee + " die 11")) == SIGSEGV);
  CHECK(record(kTracee + " die 11").says("killed by SIGSEGV"));
  CHECK(exit_code(record("/nonexistent/program")) == 127);
  CHECK(exit_code(record("/etc/passwd")) == 126);
  CHECK(exit_code(record("sh -c 'exit 9'")) == 9);  // found along PATH
}

TEST_CASE("options that make no sense are refused with a usage") {
  int status = 0;
  CHECK(shell(RECORDER, status).find("usage:") != std::string::npos);
  CHECK(WEXITSTATUS(status) == 2);
  shell(RECORDER " -p 12x true", status);
  CHECK(WEXITSTATUS(status) == 2);
  CHECK(shell(RECORDER " -h", status).find("-p PID") != std::string::npos);
  CHECK(status == 0);
  CHECK(shell(RECORDER " -V", status).starts_with("seccomp-medic-capture "));
  shell(RECORDER " -o /nonexistent/x true", status);
  CHECK(WEXITSTATUS(status) == 125);
}

TEST_CASE("a process is described, forks and their status are reported") {
  if (!may_trace()) return;
  const Recorded recorded = record(kTracee + " fork");
  CHECK(exit_code(recorded) == 7);
  CHECK(is_whole(recorded));
  CHECK(recorded.says(" fork "));
  CHECK(recorded.says(" exit 7\n"));
  CHECK(recorded.says("(capture-tracee) label ppid="));
  CHECK(recorded.capture.find(" capbnd=") != std::string::npos);
  CHECK(recorded.capture.find(" nspid=") != std::string::npos);
  CHECK(recorded.capture.find(" mntns=") != std::string::npos);
}

TEST_CASE("threads are threads of their process") {
  if (!may_trace()) return;
  const Recorded recorded = record(kTracee + " threads");
  CHECK(exit_code(recorded) == 0);
  CHECK(is_whole(recorded));
  std::size_t calls = 0, births = 0;
  for (std::size_t at = 0; (at = recorded.read.events.find("getpgid[0,", at)) != std::string::npos;
       ++at)
    ++calls;
  for (std::size_t at = 0; (at = recorded.read.events.find(" thread ", at)) != std::string::npos;
       ++at)
    ++births;
  CHECK(calls == 60);
  CHECK(births == 3);
}

TEST_CASE("exec by a thread that is not the leader") {
  if (!may_trace()) return;
  const Recorded recorded = record(kTracee + " thread-exec");
  CHECK(exit_code(recorded) == 5);
  CHECK(is_whole(recorded));
  CHECK(recorded.capture.find(" former=") != std::string::npos);
  CHECK(recorded.says("execve["));
}

TEST_CASE("a stopped program stays stopped until it is continued") {
  if (!may_trace()) return;
  const Recorded recorded = record(kTracee + " stop");
  CHECK(exit_code(recorded) == 6);
  CHECK(is_whole(recorded));
  CHECK(recorded.says("signal SIGSTOP"));
  CHECK(recorded.says("signal SIGCONT"));
}

TEST_CASE("a signal for the recorder reaches the program") {
  if (!may_trace()) return;
  const Recorded recorded =
      record(kTracee + " await & pid=$!; sleep 1.5; kill -USR1 $pid; wait $pid");
  CHECK(recorded.says("signal SIGUSR1"));
  CHECK(recorded.says("exit 10\n"));
}

TEST_CASE("what seccomp did is stated") {
  if (!may_trace()) return;
  CHECK(record(kTracee + " filter kill_process").says("x86_64:getppid["));
  CHECK(death(record(kTracee + " filter kill_process")) == SIGSYS);
  CHECK(record(kTracee + " filter kill_process").says("-> denied kill_process sig=31\n"));
  CHECK(record(kTracee + " filter kill_thread").says("-> denied kill_thread sig=31\n"));
  CHECK(exit_code(record(kTracee + " filter kill_thread")) == 4);
  CHECK(record(kTracee + " filter strict").says("-> killed SIGKILL\n"));
  const Recorded trap = record(kTracee + " filter trap");
  CHECK(trap.says("-> denied trap sig=31\n"));
  CHECK(trap.says("signal SIGSYS seccomp x86_64:getppid data=5\n"));
  CHECK(death(trap) == SIGSYS);
  CHECK(record(kTracee + " filter trap-handled").says("-> denied trap sig=31\n"));
  CHECK(record(kTracee + " filter trace").says("-> denied trace ENOSYS\n"));
  CHECK(exit_code(record(kTracee + " filter trace")) == 38);  // as without a tracer
  CHECK(exit_code(record(kTracee + " filter errno")) == 1);
  CHECK(record(kTracee + " filter errno").says("seccomp=2"));
}

TEST_CASE("a refusal by errno is stated where the filters can be read" *
          doctest::test_suite("optional")) {
  if (!may_trace()) return;
  const Recorded recorded = record(kTracee + " filter errno");
  if (recorded.capture.find("filters ") == std::string::npos ||
      recorded.capture.find(" insns=4") == std::string::npos) {
    medic::support::skip("the kernel does not show filters here");
    return;
  }
  CHECK(recorded.says("-> denied errno EPERM\n"));
  CHECK(record(kTracee + " filter errno0").says("-> denied errno\n"));
  CHECK(record(kTracee + " filter log").says("-> denied log\n"));
  CHECK(record(kTracee + " filter tsync").says("-> denied errno EACCES\n"));
}

TEST_CASE("a task that escapes the tracer is a loss") {
  if (!may_trace()) return;
  const Recorded recorded = record(kTracee + " untraced");
  CHECK(recorded.capture.find("what=untraced") != std::string::npos);
  CHECK(recorded.says("loss other 1\n"));
}

TEST_CASE("attaching to a running program, and letting go of it") {
  if (!may_trace()) return;
  Folder folder;
  int status = 0;
  const std::string file = folder.path() + "/capture", said = folder.path() + "/said";
  // The program says how it ended: of a signal that came long after the recorder had left.
  const std::string output = shell(
      "(sh -c 'echo $$ > " + folder.path() + "/pid; exec " + kTracee + " await' > " + said +
          "; echo ended $?) & for i in $(seq 150); do grep -q ready " + said +
          " && break; sleep 0.1; done 2>/dev/null; pid=$(cat " + folder.path() +
          "/pid); " RECORDER " -o " + file + " -p $pid & recorder=$!; " + until_calls(file, 3) +
          "kill -INT $recorder; wait $recorder; echo recorder $?; sleep 0.2; kill -USR1 $pid; wait",
      status);
  CHECK(output.find("recorder 0") != std::string::npos);
  CHECK(output.find("ended 10") != std::string::npos);
  const ReadText read = read_text(medic::parsers::capture_dialect(), file_text(file));
  CHECK(read.events.find("nanosleep[") != std::string::npos);
  CHECK(read.events.find("loss detached 1") != std::string::npos);
  CHECK(read.events.find("loss other") == std::string::npos);  // it has its trailer
  CHECK(read.events.find("label ppid=") != std::string::npos);
}

TEST_CASE("a process that cannot be attached to is a loss") {
  if (!may_trace()) return;
  Folder folder;
  int status = 0;
  shell(RECORDER " -o " + folder.path() + "/capture -p 4194303", status);
  CHECK(WEXITSTATUS(status) == 125);
  CHECK(file_text(folder.path() + "/capture").find("what=attach errno=3") != std::string::npos);
}

TEST_CASE("a capture that its disk has no room for says so") {
  if (!may_trace()) return;
  Folder folder;
  int status = 0;
  const std::string file = folder.path() + "/capture";
  // The limit holds for the program too, which writes nothing.
  const std::string output =
      shell("ulimit -f 8; " RECORDER " -o " + file + " " + kTracee + " calls 9000", status);
  CHECK(status == 0);  // the program's
  const ReadText read = read_text(medic::parsers::capture_dialect(), file_text(file));
  CHECK(read.events.find("loss other 0") != std::string::npos);
  CHECK(output.find("could not be written") != std::string::npos);
}

TEST_CASE("a recorder that is killed leaves a capture that is known to be cut") {
  if (!may_trace()) return;
  Folder folder;
  int status = 0;
  const std::string file = folder.path() + "/capture";
  shell(RECORDER " -o " + file + " sh -c 'echo $$ > " + folder.path() + "/pid; exec " + kTracee +
            " await' & recorder=$!; " + until_calls(file, 60) +
            "kill -9 $recorder; wait; kill -USR1 $(cat " + folder.path() + "/pid)",
        status);
  const ReadText read = read_text(medic::parsers::capture_dialect(), file_text(file));
  CHECK(read.events.find("nanosleep[") != std::string::npos);
  CHECK(read.events.find("loss other 0") != std::string::npos);
}

TEST_CASE("calls of a 32-bit program have its architecture" * doctest::test_suite("optional")) {
  if (!may_trace()) return;
  if (kTracee32.empty()) {
    medic::support::skip("the compiler makes no 32-bit programs here");
    return;
  }
  int started = 0;
  shell(kTracee32 + " fork 2>/dev/null", started);
  if (started == 126 << 8 || started == 127 << 8) {
    medic::support::skip("this kernel cannot run 32-bit programs");
    return;
  }
  const Recorded recorded = record(kTracee32 + " fork");
  CHECK(exit_code(recorded) == 7);
  CHECK(is_whole(recorded));
  CHECK(recorded.says("x86:wait"));
  CHECK(record(kTracee32 + " filter trap").says("x86:getppid["));
  CHECK(record(kTracee32 + " filter trap").says("-> denied trap sig=31\n"));
  CHECK(record(kTracee32 + " filter kill_process").says("-> denied kill_process sig=31\n"));
  CHECK(record(kTracee32 + " filter trace").says("-> denied trace ENOSYS\n"));
  const Recorded refused = record(kTracee32 + " filter errno");
  CHECK(refused.says("nnp=1 seccomp=2"));
  if (refused.capture.find(" insns=4") != std::string::npos)
    CHECK(refused.says("-> denied errno EPERM\n"));
  CHECK(record(kTracee32 + " untraced").says("loss other 1\n"));
}
