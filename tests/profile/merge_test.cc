// Merging by meaning: the mistakes that other mergers make, one by one, and random profiles against
// brute force.
#include <doctest/doctest.h>

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <random>

#include "libseccomp/judge.h"
#include "merge/merge.h"
#include "policy/comparison.h"
#include "support/default_profiles.h"

using namespace medic;
using namespace medic::profile;

namespace {

Profile read(const std::string& text, const std::string& path = "p.json") {
  Problems notes;
  auto profile = read_profile(text, path, notes);
  REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : render(profile.error())), text);
  return *profile;
}

Context context(Runtime runtime = Runtime::Runc, kernel::Arch arch = kernel::Arch::X86_64) {
  Context out;
  out.judge = &installed_libseccomp();
  out.arch = arch;
  out.runtime = runtime;
  return out;
}

std::string base(const std::string& rules, const std::string& action = "SCMP_ACT_ERRNO",
                 const std::string& more = "") {
  return R"({"defaultAction":")" + action + "\"," + more + R"("syscalls":[)" + rules + "]}";
}
std::string rule(const std::string& name, const std::string& args = "",
                 const std::string& action = "SCMP_ACT_ALLOW") {
  return R"({"names":[")" + name + R"("],"action":")" + action + R"(","args":[)" + args + "]}";
}
std::string eq(int index, int value) {
  return fmt::format(R"({{"index":{},"value":{},"op":"SCMP_CMP_EQ"}})", index, value);
}

Result<Merged> try_merge(const std::string& a, const std::string& b, MergeOptions options,
                         const Context& where = context()) {
  const std::vector<Profile> profiles{read(a, "a.json"), read(b, "b.json")};
  return merge(profiles, where, options);
}

Merged merged(const std::string& a, const std::string& b, MergeOp op) {
  auto result = try_merge(a, b, {op, MergeArchs::Every});
  REQUIRE_MESSAGE(result.has_value(), (result ? "" : render(result.error())));
  return *result;
}

Evaluator evaluator(const std::string& text, const Context& where = context()) {
  auto made = Evaluator::make(read(text), where);
  REQUIRE_MESSAGE(made.has_value(), (made ? "" : render(made.error())), text);
  return std::move(*made);
}

// What the merge answers to name(a0, a1, a2).
std::string answer(const Merged& merge, const std::string& name,
                   std::vector<std::uint64_t> args = {}) {
  const Evaluator made = evaluator(write_profile(merge.profile));
  kernel::Call call{
      {kernel::Arch::X86_64, *kernel::number_of(kernel::find_name(name), kernel::Arch::X86_64)},
      {}};
  call.args.known = 63;
  for (std::size_t i = 0; i < args.size(); ++i) call.args.value[i] = args[i];
  const Verdict v = made.evaluate(call);
  return std::string(kernel::json_name(v.action)) +
         (v.action == kernel::Action::Errno ? fmt::format(" {}", v.errno_value) : "");
}

bool noted(const Merged& merge, const std::string& what) {
  return std::any_of(merge.notes.begin(), merge.notes.end(),
                     [&](const std::string& note) { return note.find(what) != std::string::npos; });
}

}  // namespace

TEST_CASE("Conditions of two profiles are alternatives, not one list that must hold together") {
  const Merged both =
      merged(base(rule("socket", eq(0, 1))), base(rule("socket", eq(1, 2))), MergeOp::Union);
  CHECK(answer(both, "socket", {1, 9}) == "allow");
  CHECK(answer(both, "socket", {9, 2}) == "allow");
  CHECK(answer(both, "socket", {9, 9}) == "errno 1");
}

TEST_CASE(
    "Lists on the same arguments are not glued: any-of-them would let pairs through that neither "
    "permits") {
  const Merged both = merged(base(rule("socket", eq(0, 1) + "," + eq(1, 2))),
                             base(rule("socket", eq(0, 3) + "," + eq(1, 4))), MergeOp::Union);
  CHECK(answer(both, "socket", {1, 2}) == "allow");
  CHECK(answer(both, "socket", {3, 4}) == "allow");
  CHECK(answer(both, "socket", {1, 4}) == "errno 1");
  CHECK(answer(both, "socket", {3, 2}) == "errno 1");
  for (const NewRule& written : both.profile.rules) {
    std::vector<std::uint32_t> indices;
    for (const Condition& condition : written.args) indices.push_back(condition.index);
    std::sort(indices.begin(), indices.end());
    CHECK(std::adjacent_find(indices.begin(), indices.end()) == indices.end());
  }
}

TEST_CASE("A conditional permission beside a plain denial does not become a plain permission") {
  const Merged both = merged(base(rule("socket", eq(0, 1))),
                             base(rule("socket", "", "SCMP_ACT_KILL_PROCESS")), MergeOp::Union);
  CHECK(answer(both, "socket", {1}) == "allow");
  CHECK(answer(both, "socket", {2}) == "errno 1");
}

TEST_CASE("A name that some rule mentions already is extended all the same") {
  const Merged both = merged(
      base(
          R"({"names":["clone"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":2114060288,"valueTwo":0,"op":"SCMP_CMP_MASKED_EQ"}]})"),
      base(rule("clone")), MergeOp::Union);
  CHECK(answer(both, "clone", {0x10000000}) == "allow");
}

TEST_CASE("The default action is settled and said, never replaced in silence") {
  const Merged open = merged(base("", "SCMP_ACT_LOG"), base(rule("mkdir")), MergeOp::Union);
  CHECK(open.profile.default_action == kernel::Action::Log);
  CHECK(noted(open, "The default actions differ (log, errno EPERM): the result's is log."));
  CHECK(answer(open, "mkdir") == "allow");
  const Merged strict =
      merged(base("", "SCMP_ACT_KILL_PROCESS"), base(rule("mkdir")), MergeOp::Intersection);
  CHECK(strict.profile.default_action == kernel::Action::KillProcess);
  CHECK(answer(strict, "mkdir") == "kill_process");
}

TEST_CASE("What one denies on purpose and the other permits by default") {
  const std::string permissive = base(rule("mount", "", "SCMP_ACT_ERRNO"), "SCMP_ACT_ALLOW"),
                    strict = base(rule("read"));
  const Merged either = merged(permissive, strict, MergeOp::Union);
  CHECK(answer(either, "mount") == "errno 1");
  CHECK(answer(either, "mkdir") == "allow");
  const Merged both = merged(permissive, strict, MergeOp::Intersection);
  CHECK(answer(both, "read") == "allow");
  CHECK(answer(both, "mkdir") == "errno 1");
}

TEST_CASE("The errno of a call that both deny is the first profile's") {
  const auto with = [](int value) {
    return base(
        fmt::format(R"({{"names":["clone3"],"action":"SCMP_ACT_ERRNO","errnoRet":{}}},)", value) +
        rule("mseal"));
  };
  CHECK(answer(merged(with(38), with(22), MergeOp::Union), "clone3") == "errno 38");
  CHECK(answer(merged(with(22), with(38), MergeOp::Intersection), "clone3") == "errno 22");
}

TEST_CASE("Podman's audit socket rules do not collapse into a plain permission") {
  const std::string podman = base(
      rule("socket", R"({"index":0,"value":16,"op":"SCMP_CMP_NE"})") + "," +
      rule("socket", R"({"index":2,"value":9,"op":"SCMP_CMP_NE"})") +
      R"(,{"names":["socket"],"action":"SCMP_ACT_ERRNO","errnoRet":22,"args":[{"index":0,"value":16,"op":"SCMP_CMP_EQ"},{"index":2,"value":9,"op":"SCMP_CMP_EQ"}]})");
  const Merged both = merged(podman, base(rule("mkdir")), MergeOp::Union);
  CHECK(answer(both, "socket", {16, 3, 9}) != "allow");
  CHECK(answer(both, "socket", {16, 3, 0}) == "allow");
  CHECK(answer(both, "socket", {2, 1, 9}) == "allow");
}

TEST_CASE("A range that both permit is said without two conditions on one argument") {
  const std::string from = base(rule("ioctl", R"({"index":1,"value":1000,"op":"SCMP_CMP_GE"})")),
                    to = base(rule("ioctl", R"({"index":1,"value":5000,"op":"SCMP_CMP_LE"})"));
  const Merged both = merged(from, to, MergeOp::Intersection);
  for (const std::uint64_t value : {1000, 1001, 3333, 5000})
    CHECK(answer(both, "ioctl", {0, value}) == "allow");
  for (const std::uint64_t value : {0, 999, 5001, 100000})
    CHECK(answer(both, "ioctl", {0, value}) == "errno 1");
}

TEST_CASE(
    "Rules are grouped: as few entries as the meaning needs, none empty, none equal to the "
    "default") {
  const Merged both =
      merged(base(rule("read") + "," + rule("write") + "," + rule("mount", "", "SCMP_ACT_ERRNO")),
             base(rule("close")), MergeOp::Union);
  REQUIRE(both.profile.rules.size() == 1);
  CHECK(both.profile.rules[0].names == std::vector<std::string>{"close", "read", "write"});
}

TEST_CASE(
    "Architectures: what one profile cannot say is refused, or said for those that all know") {
  const std::string wide = base(rule("read"), "SCMP_ACT_ERRNO",
                                R"("architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"],)"),
                    narrow = base(rule("mkdir"));
  const auto every = try_merge(wide, narrow, {MergeOp::Union, MergeArchs::Every});
  REQUIRE_FALSE(every.has_value());
  CHECK(every.error().text.find("mkdir") != std::string::npos);
  CHECK(every.error().text.find("on x86") != std::string::npos);
  const auto common = try_merge(wide, narrow, {MergeOp::Union, MergeArchs::Common});
  REQUIRE(common.has_value());
  CHECK(common->profile.architectures == std::vector{kernel::Arch::X86_64});
  CHECK(noted(*common, "x86 is not known to all"));
  CHECK(try_merge(wide, narrow, {MergeOp::Intersection, MergeArchs::Every}).has_value());
}

TEST_CASE("A listener's answers are not in the profile: such profiles are not merged") {
  const std::string listening = base(R"({"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"})",
                                     "SCMP_ACT_ERRNO", R"("listenerPath":"/run/l.sock",)");
  CHECK_FALSE(try_merge(listening, base(""), {}).has_value());
}

TEST_CASE("Multiplexers follow the direct calls") {
  const std::string archs = R"("architectures":["SCMP_ARCH_X86"],)";
  const std::string a = base(rule("socket", eq(0, 2)), "SCMP_ACT_ERRNO", archs),
                    b = base(rule("socket", eq(1, 3)) + "," + rule("bind"), "SCMP_ACT_ERRNO",
                             archs);
  for (const MergeOp op : {MergeOp::Union, MergeOp::Intersection})
    CHECK(try_merge(a, b, {op, MergeArchs::Every}).has_value());
}

namespace {

std::string random_profile(std::mt19937& random) {
  static const char* ops[] = {"NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"};
  static const char* defaults[] = {"SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW",
                                   "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_LOG"};
  static const char* actions[] = {"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_LOG"};
  const char* own = actions[random() % 3];
  std::string rules;
  for (unsigned r = 0, n = random() % 5; r < n; ++r) {
    std::string args;
    for (unsigned i = 0; i < 2; ++i) {
      if (random() % 3 == 0) continue;
      args +=
          fmt::format(R"({}{{"index":{},"value":{},"valueTwo":{},"op":"SCMP_CMP_{}"}})",
                      args.empty() ? "" : ",", i, random() % 8, random() % 8, ops[random() % 7]);
    }
    rules += (r == 0 ? "" : ",") + rule(random() % 3 == 0 ? "bind" : "socket", args,
                                        random() % 8 == 0 ? actions[random() % 3] : own);
  }
  return base(rules, defaults[random() % 5]);
}

}  // namespace

TEST_CASE("Random profiles: exactly what either, or all, permit") {
  std::mt19937 random(23);
  std::size_t done = 0, refused = 0;
  for (int round = 0; round < 150; ++round) {
    const std::string a = random_profile(random), b = random_profile(random);
    Problems notes;
    const Context where = context(round % 2 == 0 ? Runtime::Runc : Runtime::Crun);
    const auto ea = Evaluator::make(read(a), where), eb = Evaluator::make(read(b), where);
    if (!ea || !eb) continue;
    for (const MergeOp op : {MergeOp::Union, MergeOp::Intersection}) {
      CAPTURE(a);
      CAPTURE(b);
      const auto result = try_merge(a, b, {op, MergeArchs::Every}, where);
      if (!result) {
        ++refused;
        continue;
      }
      ++done;
      const Evaluator after = evaluator(write_profile(result->profile), where);
      for (const char* name : {"socket", "bind", "mkdir"}) {
        for (std::uint64_t x = 0; x < 17; ++x) {
          for (std::uint64_t y = 0; y < 17; ++y) {
            kernel::Call call{{kernel::Arch::X86_64,
                               *kernel::number_of(kernel::find_name(name), kernel::Arch::X86_64)},
                              {}};
            call.args.known = 63;
            call.args.value[0] = x;
            call.args.value[1] = y;
            const bool one = kernel::lets_run(ea->evaluate(call).action),
                       two = kernel::lets_run(eb->evaluate(call).action);
            const bool expected = op == MergeOp::Union ? one || two : one && two;
            REQUIRE(kernel::lets_run(after.evaluate(call).action) == expected);
          }
        }
      }
    }
  }
  MESSAGE(done, " merges, ", refused, " refused");
  CHECK(done > 200);
  CHECK(refused * 10 < done);
}

TEST_CASE("Docker's profiles: the union is no tighter than either and the intersection no looser") {
  std::vector<Profile> profiles;
  for (const char* name : {"docker@29.7.2", "docker@20.10.27"})
    profiles.push_back(read(medic::support::default_profile(name), name));
  for (const MergeOp op : {MergeOp::Union, MergeOp::Intersection}) {
    const auto result = merge(profiles, context(), {op, MergeArchs::Every});
    REQUIRE_MESSAGE(result.has_value(), (result ? "" : render(result.error())));
    CHECK(result->profile.rules.size() <= 128);
    const Evaluator after = evaluator(write_profile(result->profile));
    for (const Profile& profile : profiles) {
      const auto one = Evaluator::make(profile, context());
      REQUIRE(one.has_value());
      const auto looser =
          op == MergeOp::Union ? looser_than(*one, after) : looser_than(after, *one);
      CHECK_MESSAGE(!looser, (looser ? describe(*looser) : ""));
    }
  }
}
