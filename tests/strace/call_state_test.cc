// The rule for calls that other lines decide, state by state; and that a chunk's reader, its fast
// path and the joiner all go by it: the same lines give the same events, whole, line by line, and
// with nothing remembered.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "parsers/strace/call_state.h"
#include "strace/verbs.h"

using namespace medic;
using namespace medic::test;
using namespace medic::parsers::strace;

TEST_CASE("What is emitted of a call when a line decides it") {
  using State = CallState;
  using Effect = CallEffect;
  struct Row {
    State state;
    Effect goes_on, trapped, sigsys, sigkill;
  };
  const Row rows[] = {
      {State::Incoming, Effect::HandOn, Effect::HandOn, Effect::HandOn, Effect::HandOn},
      {State::Idle, Effect::Nothing, Effect::Nothing, Effect::Nothing, Effect::Nothing},
      {State::Entered, Effect::Unfinished, Effect::Unfinished, Effect::Death, Effect::Unfinished},
      {State::Pending, Effect::Returned, Effect::Denied, Effect::Death, Effect::Death},
      {State::Source, Effect::Nothing, Effect::Denied, Effect::Death, Effect::Nothing},
  };
  for (const Row& row : rows) {
    CAPTURE(static_cast<int>(row.state));
    CHECK(effect_of(row.state, CallStep::GoesOn) == row.goes_on);
    CHECK(effect_of(row.state, CallStep::TrappedIn) == row.trapped);
    CHECK(effect_of(row.state, CallStep::DiesOfSigsys) == row.sigsys);
    CHECK(effect_of(row.state, CallStep::DiesOfSigkill) == row.sigkill);
  }
}

TEST_CASE("Chunks, the fast path and the joiner decide alike") {
  const std::string kTrap =
      "7 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_syscall=__NR_mkdir, "
      "si_arch=AUDIT_ARCH_X86_64} ---\n";
  const std::string kEnds[] = {"",
                               "7 close(3) = 0\n",
                               kTrap,
                               "7 +++ killed by SIGSYS +++\n",
                               "7 +++ killed by SIGKILL +++\n",
                               "7 +++ exited with 0 +++\n",
                               kTrap + "7 +++ killed by SIGSYS +++\n"};
  const std::string kCalls[] = {
      "7 mkdir(\"/x\", 0777) = 83\n",
      "7 mkdir(\"/x\", 0777) = 0\n",
      "7 mkdir(\"/x\", 0777 <unfinished ...>\n",
      "7 mkdir(\"/x\" <unfinished ...>\n8 getpid() = 8\n7 <... mkdir resumed>, 0777) = 83\n",
      "7 mkdir(\"/x\" <unfinished ...>\n8 getpid() = 8\n7 <... mkdir resumed>, 0777) = 0\n",
      "7 mkdir(\"/x\", 0777) = ?\n"};
  for (const std::string& call : kCalls) {
    for (const std::string& end : kEnds) {
      // Twice before, so that the fast path knows the calls.
      const std::string before =
          "7 mkdir(\"/x\", 0777) = 0\n7 mkdir(\"/x\", 0777) = 83\n7 close(3) = 0\n7 close(3) = 0\n";
      const std::string log = before + call + end;
      CAPTURE(log);
      StraceCase how;
      how.options.arch = kernel::Arch::X86_64;
      const auto sorted = [&] {
        auto events = read_strace(log, how).events;
        std::sort(events.begin(), events.end());
        return events;
      };
      const auto whole = sorted();
      how.options.cached = false;
      CHECK(sorted() == whole);
      how.chunk_bytes = 1;
      CHECK(sorted() == whole);
      how.options.cached = true;
      CHECK(sorted() == whole);
    }
  }
}
