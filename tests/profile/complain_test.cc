// The logging twin: logs what the original denies, no more, and turns back into the original byte
// for byte.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "libseccomp/judge.h"
#include "edit/complain.h"
#include "edit/edit.h"
#include "policy/comparison.h"
#include "support/default_profiles.h"

using namespace medic;
using namespace medic::profile;

namespace {

Profile read(const std::string& text) {
  Problems notes;
  auto profile = read_profile(text, "p.json", notes);
  REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : render(profile.error())), text);
  return *profile;
}

Context context(Runtime runtime = Runtime::Runc) {
  Context out;
  out.judge = &installed_libseccomp();
  out.arch = kernel::Arch::X86_64;
  out.runtime = runtime;
  return out;
}

Complaint twin(const std::string& text, ComplainMode mode = ComplainMode::Log) {
  const auto made = complain(read(text), context(), mode);
  REQUIRE_MESSAGE(made.has_value(), (made ? "" : render(made.error())));
  return *made;
}

std::string undone(const std::string& text) {
  const auto back = undo_complain(read(text));
  REQUIRE_MESSAGE(back.has_value(), (back ? "" : render(back.error())));
  return *back;
}

constexpr const char* kProfile = R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "defaultErrnoRet": 1,
  "syscalls": [
    { "names": ["read"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["mount"], "action": "SCMP_ACT_KILL", "comment": "never" },
    { "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38 }
  ]
}
)";

}  // namespace

TEST_CASE("Every denial becomes a log line, and what was there stands beside it") {
  const Complaint made = twin(kProfile);
  CHECK(made.text == R"({
  "defaultAction": "SCMP_ACT_LOG", "x-complain-was": "SCMP_ACT_ERRNO",
  "x-complain-defaultErrnoRet": 1,
  "syscalls": [
    { "names": ["read"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["mount"], "action": "SCMP_ACT_LOG", "x-complain-was": "SCMP_ACT_KILL", "comment": "never" },
    { "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38 }
  ]
}
)");
  CHECK(made.notes ==
        std::vector<std::string>{"Rules that answer ENOSYS stay as they are: programs fall back to "
                                 "older calls, as they will under the original."});
  CHECK(undone(made.text) == kProfile);
}

TEST_CASE("Minified text stays minified") {
  const std::string text =
      R"({"defaultAction":"SCMP_ACT_KILL","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]})";
  CHECK(
      twin(text).text ==
      R"({"defaultAction":"SCMP_ACT_LOG","x-complain-was":"SCMP_ACT_KILL","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]})");
  CHECK(undone(twin(text).text) == text);
}

TEST_CASE("What was edited in the twin is kept by undoing") {
  const auto edited = medic::profile::apply(read(twin(kProfile).text), {AddNames{0, {"write"}}});
  REQUIRE(edited.has_value());
  const auto expected = medic::profile::apply(read(kProfile), {AddNames{0, {"write"}}});
  CHECK(undone(*edited) == *expected);
}

TEST_CASE(
    "The flag alone: denials stay, and the flag that runtimes set by themselves is not lost") {
  const std::string without = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [] })";
  const Complaint made = twin(without, ComplainMode::FlagOnly);
  CHECK(
      made.text ==
      R"({ "defaultAction": "SCMP_ACT_ERRNO", "x-complain-flags": null, "flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"], "syscalls": [] })");
  CHECK(made.notes.size() == 1);
  CHECK(undone(made.text) == without);
  for (const std::string flags : {"[]", "[\"SECCOMP_FILTER_FLAG_TSYNC\"]", "null"}) {
    const std::string text =
        R"({ "defaultAction": "SCMP_ACT_ERRNO", "flags": )" + flags + R"(, "syscalls": [] })";
    const std::string changed = twin(text, ComplainMode::FlagOnly).text;
    const Profile back = read(changed);
    REQUIRE(back.flags.has_value());
    CHECK(back.flags->front() == "SECCOMP_FILTER_FLAG_LOG");
    CHECK(undone(changed) == text);
  }
  CHECK_FALSE(complain(
      read(
          R"({"defaultAction":"SCMP_ACT_ERRNO","flags":["SECCOMP_FILTER_FLAG_LOG"],"syscalls":[]})"),
      context(), ComplainMode::FlagOnly));
}

TEST_CASE("A twin has no twin, and what is none cannot be undone") {
  CHECK_FALSE(complain(read(twin(kProfile).text), context(), ComplainMode::Log));
  CHECK_FALSE(undo_complain(read(kProfile)));
}

TEST_CASE("A permission that an earlier denial made dead comes to life in the twin: that is said") {
  const Complaint made = twin(
      R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["setns"],"action":"SCMP_ACT_KILL"},{"names":["setns"],"action":"SCMP_ACT_ALLOW"}]})");
  REQUIRE(made.notes.size() == 1);
  CHECK(made.notes[0].starts_with("setns would be denied by the original and run unlogged"));
}

TEST_CASE("The instructions name the file, and the runtimes that take the flag") {
  const std::string log = collecting_text("/tmp/twin.json", ComplainMode::Log),
                    flag = collecting_text("/tmp/twin.json", ComplainMode::FlagOnly);
  CHECK(log.find("docker run --security-opt seccomp=/tmp/twin.json IMAGE") != std::string::npos);
  CHECK(log.find("seccompProfile: {type: Localhost, localhostProfile: complain.json}") !=
        std::string::npos);
  CHECK(log.find("must name: log") != std::string::npos);
  CHECK(flag.find("runc 1.2.0") != std::string::npos);
  CHECK(flag.find("must name: errno") != std::string::npos);
}

TEST_CASE("In every real profile the twin logs what was denied, and undoing gives the old bytes") {
  std::size_t tried = 0;
  {
    for (const auto& [shown, text] : medic::support::default_profiles()) {
      CAPTURE(shown);
      Problems notes;
      const auto profile = read_profile(text, "p.json", notes);
      if (!profile) continue;
      const auto before = Evaluator::make(*profile, context());
      if (!before) continue;
      for (const ComplainMode mode : {ComplainMode::Log, ComplainMode::FlagOnly}) {
        const Complaint made = twin(text, mode);
        CHECK(undone(made.text) == text);
        ++tried;
        const auto after = Evaluator::make(read(made.text), context());
        REQUIRE_MESSAGE(after.has_value(), (after ? "" : render(after.error())));
        if (mode == ComplainMode::FlagOnly) {
          CHECK(diff(*before, *after).empty());
          continue;
        }
        for (const Difference& d : diff(*before, *after)) {
          CHECK_MESSAGE(!kernel::lets_run(d.a.action), describe(d));
          if (made.notes.empty()) CHECK_MESSAGE(d.b.action == kernel::Action::Log, describe(d));
        }
        // crun takes no errno beside an action that returns none.
        CHECK(Evaluator::make(read(made.text), context(Runtime::Crun)).has_value());
      }
    }
  }
  CHECK(tried > 20);
}
