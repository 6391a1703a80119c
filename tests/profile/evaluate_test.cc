// What a profile does with a call, in tables of one line a case.
#include "policy/evaluate.h"

#include <chrono>
#include <filesystem>
#include <fstream>

#include "profile/verdicts.h"
#include "support/default_profiles.h"

using namespace medic;
using namespace medic::profile;
using namespace medic::profile::test;
using kernel::Arch;
namespace fs = std::filesystem;

namespace {

std::string allow(const std::string& name, const std::string& args = "") {
  return R"({"names":[")" + name + R"("],"action":"SCMP_ACT_ALLOW")" +
         (args.empty() ? "" : ",\"args\":[" + args + "]") + "}";
}
std::string answer(const std::string& name, int errno_value, const std::string& args = "") {
  return R"({"names":[")" + name + R"("],"action":"SCMP_ACT_ERRNO","errnoRet":)" +
         std::to_string(errno_value) + (args.empty() ? "" : ",\"args\":[" + args + "]") + "}";
}
std::string arg(int index, const std::string& op, const std::string& value,
                const std::string& two = "0") {
  return R"({"index":)" + std::to_string(index) + R"(,"op":"SCMP_CMP_)" + op + R"(","value":)" +
         value + R"(,"valueTwo":)" + two + "}";
}

struct Case {
  std::string rules, call, expected;
};

void check(const std::vector<Case>& cases, const Context& context,
           const std::string& top = R"("defaultAction":"SCMP_ACT_ERRNO")") {
  for (const Case& each : cases) {
    CAPTURE(each.rules);
    CAPTURE(each.call);
    CHECK(verdict(deny_all_but(each.rules, top), context, each.call) == each.expected);
  }
}

}  // namespace

TEST_CASE("Rules by name, by argument and by order") {
  check(
      {
          {allow("mkdir"), "x86_64 mkdir", "allow allow @2"},
          {allow("mkdir"), "x86_64 rmdir", "deny errno EPERM"},
          {allow("mkdir"), "x86_64 9999", "deny errno EPERM"},
          // comparisons are unsigned and 64 bits wide
          {allow("socket", arg(0, "EQ", "1")), "x86_64 socket 1", "allow allow @2"},
          {allow("socket", arg(0, "EQ", "1")), "x86_64 socket 0x100000001", "deny errno EPERM"},
          {allow("socket", arg(0, "NE", "1")), "x86_64 socket 0x100000001", "allow allow @2"},
          {allow("socket", arg(0, "LT", "40")), "x86_64 socket 39", "allow allow @2"},
          {allow("socket", arg(0, "LT", "40")), "x86_64 socket 40", "deny errno EPERM"},
          {allow("socket", arg(0, "LE", "40")), "x86_64 socket 40", "allow allow @2"},
          {allow("socket", arg(0, "GT", "40")), "x86_64 socket 40", "deny errno EPERM"},
          {allow("socket", arg(0, "GE", "40")), "x86_64 socket 40", "allow allow @2"},
          {allow("socket", arg(0, "GT", "40")), "x86_64 socket 0xffffffffffffffff",
           "allow allow @2"},
          {allow("personality", arg(0, "EQ", "4294967295")),
           "x86_64 personality 0xffffffffffffffff", "deny errno EPERM"},
          // a mask comes first, then the datum, which is masked too
          {allow("clone", arg(0, "MASKED_EQ", "2114060288", "0")), "x86_64 clone 0x11",
           "allow allow @2"},
          {allow("clone", arg(0, "MASKED_EQ", "2114060288", "0")), "x86_64 clone 0x10000011",
           "deny errno EPERM"},
          {allow("clone", arg(0, "MASKED_EQ", "255", "4351")), "x86_64 clone 0xff",
           "allow allow @2"},
          {allow("clone", arg(0, "MASKED_EQ", "0", "7")), "x86_64 clone 5", "allow allow @2"},
          // several arguments: and; one argument twice: every condition of the rule for itself
          {allow("socket", arg(0, "EQ", "1") + "," + arg(1, "EQ", "2")), "x86_64 socket 1 2",
           "allow allow @2"},
          {allow("socket", arg(0, "EQ", "1") + "," + arg(1, "EQ", "2")), "x86_64 socket 1 3",
           "deny errno EPERM"},
          {allow("socket", arg(0, "GE", "5") + "," + arg(0, "LE", "9")), "x86_64 socket 100",
           "allow allow @2"},
          {allow("socket", arg(0, "EQ", "0") + "," + arg(0, "EQ", "2") + "," + arg(1, "EQ", "7")),
           "x86_64 socket 1 7", "allow allow @2"},
          // unconditional rules: the first wins, and beats every conditional one
          {allow("mkdir") + ",\n" + answer("mkdir", 5), "x86_64 mkdir", "allow allow @2"},
          {answer("mkdir", 5) + ",\n" + allow("mkdir"), "x86_64 mkdir", "deny errno EIO @2"},
          {answer("socket", 5, arg(0, "EQ", "1")) + ",\n" + allow("socket"), "x86_64 socket 1",
           "allow allow @3"},
          {allow("socket") + ",\n" + answer("socket", 5, arg(0, "EQ", "1")), "x86_64 socket 1",
           "allow allow @2"},
          // errno 0 skips the call; a rule equal to the default says nothing
          {answer("mkdir", 0), "x86_64 mkdir", "deny errno 0 @2"},
          {answer("mkdir", 1) + ",\n" + allow("mkdir"), "x86_64 mkdir", "allow allow @3"},
          {R"({"names":[],"action":"SCMP_ACT_ALLOW"})", "x86_64 mkdir", "deny errno EPERM"},
      },
      on(Arch::X86_64));
}

TEST_CASE(
    "Rules of different actions on one call: an order of libseccomp's own, whatever the order of "
    "writing") {
  check(
      {
          {allow("socket", arg(0, "EQ", "1")) + ",\n" + answer("socket", 5, arg(1, "EQ", "3")),
           "x86_64 socket 1 3", "deny errno EIO @3"},
          {answer("socket", 5, arg(1, "EQ", "3")) + ",\n" + allow("socket", arg(0, "EQ", "1")),
           "x86_64 socket 1 3", "deny errno EIO @2"},
          {allow("socket", arg(0, "GE", "1")) + ",\n" + answer("socket", 5, arg(0, "EQ", "3")),
           "x86_64 socket 3", "deny errno EIO @3"},
          {allow("socket", arg(0, "LT", "10")) + ",\n" + answer("socket", 5, arg(0, "LT", "5")),
           "x86_64 socket 12", "deny errno EPERM"},
          {allow("socket", arg(0, "EQ", "1")) + ",\n" + answer("socket", 5, arg(0, "EQ", "1")),
           "x86_64 socket 1",
           "refused: 3 the container would not start: another rule answers the same conditions on "
           "socket with another action"},
      },
      on(Arch::X86_64));
}

TEST_CASE("An argument that the log does not say decides only where it matters") {
  check(
      {
          {allow("socket", arg(0, "EQ", "1")), "x86_64 socket", "depends errno EPERM @2 ?1"},
          {allow("socket", arg(0, "EQ", "1") + "," + arg(2, "EQ", "7")), "x86_64 socket 1",
           "depends errno EPERM @2 ?4"},
          {allow("socket", arg(0, "EQ", "1") + "," + arg(2, "EQ", "7")), "x86_64 socket 2",
           "deny errno EPERM"},
          {allow("socket", arg(0, "EQ", "1")) + ",\n" + allow("socket", arg(1, "EQ", "2")),
           "x86_64 socket 1", "allow allow @2"},
          {allow("socket", arg(0, "LT", "5")) + ",\n" + allow("socket", arg(0, "GE", "5")),
           "x86_64 socket", "allow allow @2"},
          {allow("socket", arg(0, "LT", "38")) + ",\n" + allow("socket", arg(0, "GT", "38")),
           "x86_64 socket", "depends errno EPERM @2 ?1"},
          {allow("socket", arg(0, "MASKED_EQ", "255", "1")), "x86_64 socket",
           "depends errno EPERM @2 ?1"},
          {allow("socket", arg(0, "GT", "18446744073709551615")), "x86_64 socket",
           "deny errno EPERM"},
          {allow("socket", arg(0, "EQ", "1")) + ",\n" + answer("socket", 5, arg(0, "EQ", "2")),
           "x86_64 socket", "depends errno EPERM @2 ?1"},
      },
      on(Arch::X86_64));
}

TEST_CASE("Architectures: what the filter does not know is killed, whatever the default action") {
  const std::string top =
      R"("defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"])";
  const std::string compat =
      R"("defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32"])";
  check(
      {
          {answer("mkdir", 1), "x86 mkdir", "bad-arch kill_thread"},
          {answer("mkdir", 1), "x32 mkdir", "bad-arch kill_thread"},
          {answer("mkdir", 1), "x86_64 1073741907", "bad-arch kill_thread"},
          {answer("mkdir", 1), "x86_64 -1", "allow allow"},
          {answer("mkdir", 1), "aarch64 mkdirat", "bad-arch kill_thread"},
          {answer("mkdir", 1), "x86_64 mkdir", "deny errno EPERM @2"},
      },
      on(Arch::X86_64), top);
  check(
      {
          {allow("ioctl"), "x32 ioctl", "allow allow @2"},
          {allow("ioctl"), "x86 ioctl", "allow allow @2"},
          {allow("ioctl"), "x86_64 1073742338", "allow allow @2"},  // x32's ioctl, 514
          {allow("ioctl"), "x86_64 1073741840",
           "deny errno EPERM"},  // x86_64's ioctl, 16, with x32's bit
          // 32-bit registers: values are cut, upper halves are not looked at
          {allow("personality", arg(0, "EQ", "4294967297")), "x86 personality 1", "allow allow @2"},
          {allow("personality", arg(0, "EQ", "1")), "x86 personality 0x100000001",
           "allow allow @2"},
          {allow("personality", arg(0, "MASKED_EQ", "18446744069414584320", "0")),
           "x86 personality 5", "allow allow @2"},
          // multiplexers: the number of the call stands in the first argument's place
          {allow("socket"), "x86 socketcall 1", "allow allow @2"},
          {allow("socket"), "x86 socketcall 2", "deny errno EPERM"},
          {allow("socket"), "x86 socketcall", "depends errno EPERM @2 ?1"},
          {allow("socket", arg(0, "NE", "40")), "x86 socketcall 1", "allow allow @2"},
          {allow("socket", arg(0, "NE", "40")), "x86 socket 40", "deny errno EPERM"},
          {allow("semop"), "x86 ipc 1", "allow allow @2"},
          {allow("shmat"), "x86 ipc 21", "allow allow @2"},
          {allow("socketcall"), "x86 socketcall 7", "allow allow @2"},
          {allow("socketcall"), "x86_64 socket", "deny errno EPERM"},
      },
      on(Arch::X86_64), compat);
  check({{allow("socket"), "s390x socketcall 1", "allow allow @2"},
         {allow("mkdir"), "s390 mkdir", "bad-arch kill_thread"}},
        on(Arch::S390x));
}

TEST_CASE("runc answers ENOSYS to what is newer than the profile") {
  const std::string top =
      R"("defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"])";
  check(
      {
          {allow("faccessat2"), "x86_64 440", "runtime-enosys errno ENOSYS"},
          {allow("faccessat2"), "x86_64 9999", "runtime-enosys errno ENOSYS"},
          {allow("faccessat2"), "x86_64 clone3", "deny errno EPERM"},
          {allow("faccessat2") + ",\n" + answer("cachestat", 1), "x86_64 450",
           "deny errno EPERM"},  // naming it, even to deny it, raises the limit
          {allow("read"), "x86_64 write", "deny errno EPERM"},  // number 0 is taken for none at all
          {allow("faccessat2"), "x32 9999",
           "runtime-enosys errno ENOSYS"},  // no bit 30: an x86_64 call
          {allow("faccessat2"), "x86_64 -1", "deny errno EPERM"},
          {allow("faccessat2"), "x86 9999", "bad-arch kill_thread"},
      },
      on(Arch::X86_64, Runtime::Runc), top);
  check({{allow("faccessat2"), "x86_64 9999", "deny errno EPERM"}}, on(Arch::X86_64, Runtime::Crun),
        top);
  check({{allow("faccessat2"), "x86_64 9999", "runtime-enosys errno ENOSYS"},
         {allow("faccessat2"), "x86_64 435", "deny kill_process"}},
        on(Arch::X86_64, Runtime::Runc), R"("defaultAction":"SCMP_ACT_KILL_PROCESS")");
  check({{allow("mkdir"), "s390x 0", "runtime-enosys errno ENOSYS"}},
        on(Arch::S390x, Runtime::Runc));
  for (const std::string open : {"ALLOW", "LOG", "TRACE"}) {
    check({{answer("mkdir", 2), "x86_64 9999",
            open == "TRACE" ? "deny trace 1"
                            : "allow " + std::string(open == "LOG" ? "log" : "allow")}},
          on(Arch::X86_64, Runtime::Runc), R"("defaultAction":"SCMP_ACT_)" + open + "\"");
  }
}

TEST_CASE("A libseccomp too old for a name drops its rule in silence, and the sentence says so") {
  Context old = on(Arch::X86_64, Runtime::Crun);
  old.libseccomp = {2, 5, 1};
  const std::string profile = deny_all_but(allow("fchmodat2"));
  CHECK(verdict(profile, old, "x86_64 fchmodat2") == "deny errno EPERM");
  CHECK(Evaluator::make(read(profile), old)->evaluate(call("x86_64 fchmodat2")).why ==
        "the rule on line 2 names it, but this libseccomp does not know the name and the runtime "
        "drops it in silence; the default action (line 1) answers EPERM");
  old.libseccomp = {2, 6, 0};
  CHECK(verdict(profile, old, "x86_64 fchmodat2") == "allow allow @2");
}

TEST_CASE("A rule that a missing capability switches off makes a denial a gated one") {
  const std::string rules =
      R"({"names":["mount"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}},
{"names":["syslog"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}},
{"names":["syslog"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYSLOG"]}},
{"names":["reboot"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_BOOT","CAP_SYS_ADMIN"]}},
{"names":["clone"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":2114060288,"op":"SCMP_CMP_MASKED_EQ"}],"excludes":{"caps":["CAP_SYS_ADMIN"]}},
{"names":["clone","clone3"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}},
{"names":["clone3"],"action":"SCMP_ACT_ERRNO","errnoRet":38,"excludes":{"caps":["CAP_SYS_ADMIN"]}})";
  const Context plain = on(Arch::X86_64);
  check(
      {
          {rules, "x86_64 mount", "gated errno EPERM CAP_SYS_ADMIN"},
          {rules, "x86_64 syslog", "gated errno EPERM CAP_SYS_ADMIN CAP_SYSLOG"},
          {rules, "x86_64 reboot", "gated errno EPERM CAP_SYS_BOOT+CAP_SYS_ADMIN"},
          {rules, "x86_64 clone 0x11", "allow allow @6"},
          {rules, "x86_64 clone 0x10000000", "gated errno EPERM CAP_SYS_ADMIN"},
          {rules, "x86_64 clone3", "deny errno ENOSYS @8"},
          {rules, "x86_64 mkdir", "deny errno EPERM"},
      },
      plain);
  Context admin = plain;
  admin.caps.insert("CAP_SYS_ADMIN");
  check({{rules, "x86_64 mount", "allow allow @2"},
         {rules, "x86_64 clone 0x10000000", "allow allow @7"},
         {rules, "x86_64 reboot", "gated errno EPERM CAP_SYS_BOOT"}},
        admin);
  CHECK(Evaluator::make(read(deny_all_but(rules)), plain)->evaluate(call("x86_64 mount")).why ==
        "the rule on line 2 permits mount only with CAP_SYS_ADMIN, which the container lacks; the "
        "default action (line 1) answers EPERM");
}

TEST_CASE("The sentence of a verdict names the rule, the reason and the call") {
  const std::string profile =
      deny_all_but(allow("mkdir") + ",\n" +
                   allow("socket", arg(0, "NE", "40") + "," + arg(1, "MASKED_EQ", "15", "1")));
  const auto evaluator = Evaluator::make(read(profile), on(Arch::X86_64));
  const auto why = [&](const std::string& text) { return evaluator->evaluate(call(text)).why; };
  CHECK(why("x86_64 mkdir") == "the rule on line 2 names mkdir and permits it");
  CHECK(why("x86_64 rmdir") == "no rule names rmdir; the default action (line 1) answers EPERM");
  CHECK(
      why("x86_64 socket 1 1") ==
      "the rule on line 3 names socket where arg0 != 0x28 and (arg1 & 0xf) == 0x1 and permits it");
  CHECK(why("x86_64 socket 1 2") ==
        "the rule on line 3 names socket only where arg0 != 0x28 and (arg1 & 0xf) == 0x1, which is "
        "not so here; the default action (line 1) answers EPERM");
  CHECK(why("x86_64 socket 1") ==
        "the rule on line 3 permits it where arg0 != 0x28 and (arg1 & 0xf) == 0x1, and the "
        "arguments are not known; otherwise the default action (line 1) answers EPERM");
  CHECK(why("x86 mkdir") ==
        "the filter knows only x86_64: a call of x86 kills the thread whatever the default action "
        "says");
  CHECK(evaluator->tested_args(call("x86_64 socket").id) == 3);
  CHECK(evaluator->tested_args(call("x86_64 mkdir").id) == 0);
}

TEST_CASE("Docker's default profile denies what is known of it") {
  const Profile profile = read(medic::support::default_profile("docker@29.7.2"));
  const auto before = std::chrono::steady_clock::now();
  const auto evaluator = Evaluator::make(profile, on(Arch::X86_64, Runtime::Crun));
  const auto took =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - before).count();
  MESSAGE("made in ", took, " ms");
  REQUIRE(evaluator.has_value());
  std::size_t allowed = 0, denied = 0;
  std::string conditional;
  for (const kernel::TableRow& row : kernel::table(Arch::X86_64)) {
    if (row.number > 462 || kernel::name_of(row.name) == "uprobe")
      continue;  // the count was made on Linux 6.12's table
    const Verdict verdict = evaluator->evaluate({{Arch::X86_64, row.number}, {}});
    if (verdict.decision == Decision::Allow)
      ++allowed;
    else if (verdict.decision == Decision::Depends ||
             evaluator->tested_args({Arch::X86_64, row.number}) != 0)
      conditional += std::string(kernel::name_of(row.name)) + " ";
    else
      ++denied;
  }
  MESSAGE(allowed, " allowed, ", denied, " denied, conditional: ", conditional);
  CHECK(allowed == 302);
  CHECK(conditional == "socket clone personality ");
  CHECK(denied == 70);
  CHECK(brief(evaluator->evaluate(call("x86_64 clone3"))).starts_with("deny errno ENOSYS"));
  CHECK(brief(evaluator->evaluate(call("x86_64 socket 40"))).starts_with("deny errno EPERM"));
}
