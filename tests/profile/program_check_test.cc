// Profiles that libseccomp 2.5.4 compiles to something else than their rules say are found, and
// cured where a rule put first helps.
#include <doctest/doctest.h>
#include <seccomp.h>

#include "libseccomp/judge.h"
#include "lint/lint.h"
#include "policy/program_check.h"
#include "profile/profile.h"

using namespace medic;
using namespace medic::profile;

namespace {

Profile read(const std::string& text) {
  Problems notes;
  auto profile = read_profile(text, "profile.json", notes);
  REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : profile.error().text));
  return *profile;
}

Context crun_on(kernel::Arch arch) {
  Context context;
  context.arch = arch;
  context.runtime = Runtime::Crun;
  context.judge = &installed_libseccomp();
  return context;
}

bool linked_is_254() {
  const scmp_version* version = seccomp_version();
  return version->major == 2 && version->minor == 5 && version->micro == 4;
}

// The first rule of x86_64's list names a call that x86_64 does not have.
constexpr const char* kNameWithoutNumberFirst =
    R"({"defaultAction":"SCMP_ACT_KILL","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32"],
"syscalls":[{"names":["getresgid32"],"action":"SCMP_ACT_LOG"},
{"names":["execve"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":16,"op":"SCMP_CMP_GE"},{"index":1,"value":4294967295,"op":"SCMP_CMP_EQ"}]}]})";

}  // namespace

TEST_CASE(
    "a name without a number at the head of a list: execve is killed although the rules permit "
    "it") {
  if (!linked_is_254()) {
    MESSAGE("the linked libseccomp is not 2.5.4: skipped");
    return;
  }
  const auto found = differs(read(kNameWithoutNumberFirst), crun_on(kernel::Arch::X86_64));
  REQUIRE(found.has_value());
  CHECK(found->rules_say.action == kernel::Action::Allow);
  CHECK(kernel::known_name(found->call.id) == "execve");
  CHECK(found->program_does.action == kernel::Action::KillThread);
  CHECK(describe(*found).find("execve(") != std::string::npos);
}

TEST_CASE("the rewriting compiles rightly and is written into the profile's text") {
  if (!linked_is_254()) {
    MESSAGE("the linked libseccomp is not 2.5.4: skipped");
    return;
  }
  const Profile profile = read(kNameWithoutNumberFirst);
  const auto found = differs(profile, crun_on(kernel::Arch::X86_64));
  REQUIRE(found.has_value());
  REQUIRE(found->cure.has_value());
  CHECK(found->cure->name == "getresgid32");
  const auto text = fix_all(kNameWithoutNumberFirst, "profile.json", crun_on(kernel::Arch::X86_64));
  REQUIRE(text.has_value());
  const Profile cured = read(text->text);
  CHECK_FALSE(differs(cured, crun_on(kernel::Arch::X86_64)).has_value());
  CHECK(cured.rules.size() == 2);
}

TEST_CASE("profiles that are compiled rightly do not differ") {
  const Profile plain = read(
      R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"],"syscalls":[
{"names":["read","write","exit_group"],"action":"SCMP_ACT_ALLOW"},
{"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":40,"op":"SCMP_CMP_LT"}]},
{"names":["clone"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":2114060288,"valueTwo":0,"op":"SCMP_CMP_MASKED_EQ"}]}]})");
  for (const Runtime runtime : {Runtime::Runc, Runtime::Crun}) {
    Context context = crun_on(kernel::Arch::X86_64);
    context.runtime = runtime;
    const auto found = differs(plain, context);
    CHECK_MESSAGE(!found.has_value(), (found ? describe(*found) : ""));
  }
}

TEST_CASE("the representatives reach both sides of every compared value") {
  const Profile profile =
      read(R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],"syscalls":[
{"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":40,"op":"SCMP_CMP_LT"}]}]})");
  const auto flat = flatten(profile, crun_on(kernel::Arch::X86_64));
  REQUIRE(flat.has_value());
  const RuleAnswers rules(*flat);
  bool whole = false, permitted = false, denied = false;
  for (const kernel::Call& call : rules.representatives(whole)) {
    if (kernel::known_name(call.id) != "socket") continue;
    const auto said = rules.of(call);
    REQUIRE(said.size() == 1);
    (said.front().action == kernel::Action::Allow ? permitted : denied) = true;
  }
  CHECK(whole);
  CHECK(permitted);
  CHECK(denied);
}
