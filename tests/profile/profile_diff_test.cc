// The exact difference of two profiles, held against every call of a small domain.
#include <doctest/doctest.h>

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <random>
#include <set>

#include "libseccomp/judge.h"
#include "edit/edit.h"
#include "policy/comparison.h"
#include "support/default_profiles.h"

using namespace medic;
using namespace medic::profile;

namespace {

Evaluator evaluator(const std::string& text, Runtime runtime = Runtime::Runc,
                    kernel::Arch arch = kernel::Arch::X86_64) {
  Problems notes;
  const auto profile = read_profile(text, "p.json", notes);
  REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : render(profile.error())), text);
  Context context;
  context.judge = &installed_libseccomp();
  context.arch = arch;
  context.runtime = runtime;
  auto made = Evaluator::make(*profile, context);
  REQUIRE_MESSAGE(made.has_value(), (made ? "" : render(made.error())), text);
  return std::move(*made);
}

std::string allow(const std::string& rules) {
  return R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[)" + rules + "]}";
}

std::vector<std::string> lines(const std::string& a, const std::string& b,
                               Runtime runtime = Runtime::Crun) {
  std::vector<std::string> out;
  const Evaluator before = evaluator(a, runtime), after = evaluator(b, runtime);
  for (const Difference& d : diff(before, after))
    out.push_back(std::string(json_name(d.direction)) + ": " + describe(d));
  return out;
}

using Lines = std::vector<std::string>;
constexpr const char* kMkdir = R"({"names":["mkdir"],"action":"SCMP_ACT_ALLOW"})";

}  // namespace

TEST_CASE("A profile does not differ from itself, nor from itself written another way") {
  const std::string other = allow(
      R"({"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":5,"op":"SCMP_CMP_LT"}]},{"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":5,"op":"SCMP_CMP_GE"}]})");
  const std::string plain = allow(R"({"names":["socket"],"action":"SCMP_ACT_ALLOW"})");
  CHECK(lines(other, other).empty());
  CHECK(lines(other, plain).empty());
}

TEST_CASE("What changes is said by call and by region") {
  CHECK(lines(allow(""), allow(kMkdir)) ==
        Lines{"newly-permitted: mkdir on x86_64: errno EPERM → allow, as mkdir(0, 0) shows"});
  CHECK(lines(allow(kMkdir), allow("")) ==
        Lines{"newly-denied: mkdir on x86_64: allow → errno EPERM, as mkdir(0, 0) shows"});
  CHECK(
      lines(allow(""), allow(R"({"names":["clone3"],"action":"SCMP_ACT_ERRNO","errnoRet":38})")) ==
      Lines{"errno-change: clone3 on x86_64: errno EPERM → errno ENOSYS, as clone3(0, 0) shows"});
  CHECK(lines(allow(kMkdir), allow(R"({"names":["mkdir"],"action":"SCMP_ACT_LOG"})")) ==
        Lines{"action-change: mkdir on x86_64: allow → log, as mkdir(0, 0) shows"});
}

TEST_CASE("Docker's socket rules against the older ones: AF_ALG and AF_VSOCK, no more") {
  const std::string vsock = allow(
      R"({"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":40,"op":"SCMP_CMP_NE"}]})");
  const std::string both = allow(
      R"({"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":38,"op":"SCMP_CMP_LT"}]},
    {"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":39,"op":"SCMP_CMP_EQ"}]},
    {"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":40,"op":"SCMP_CMP_GT"}]})");
  CHECK(lines(vsock, both) == Lines{"newly-denied: socket where arg0 = 38 on x86_64: allow → errno "
                                    "EPERM, as socket(38, 0, 0) shows"});
  CHECK(looser_than(evaluator(vsock), evaluator(both)));
  CHECK_FALSE(looser_than(evaluator(both), evaluator(vsock)));
}

TEST_CASE("One new name moves runc's ENOSYS line: numbers nobody named change too") {
  const auto found =
      lines(allow(R"({"names":["write"],"action":"SCMP_ACT_ALLOW"})"),
            allow(R"({"names":["write","lseek"],"action":"SCMP_ACT_ALLOW"})"), Runtime::Runc);
  CHECK(found.size() == 7);  // 2 to 8
  CHECK(found.front() ==
        "errno-change: open on x86_64: errno ENOSYS → errno EPERM, as open(0, 0, 0) shows");
  CHECK(found.back() ==
        "newly-permitted: lseek on x86_64: errno ENOSYS → allow, as lseek(0, 0, 0) shows");
}

TEST_CASE("Numbers without a name that change alike are one difference") {
  const auto found = lines(R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[]})",
                           R"({"defaultAction":"SCMP_ACT_KILL_PROCESS","syscalls":[]})");
  const auto hole = std::find_if(found.begin(), found.end(), [](const std::string& line) {
    return line.find("syscalls 337 to 423") != std::string::npos;
  });
  CHECK(hole != found.end());
}

TEST_CASE("An architecture that one of the filters does not know is killed there") {
  const auto found = lines(
      allow(kMkdir),
      R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"],"syscalls":[)" +
          std::string(kMkdir) + "]}");
  CHECK(std::find(found.begin(), found.end(),
                  "newly-permitted: mkdir on x86: kill_thread → allow, as mkdir(0, 0) shows") !=
        found.end());
}

TEST_CASE("The back door of multiplexing architectures is seen") {
  const std::string x86 =
      R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86"],"syscalls":[)";
  const auto found = lines(
      x86 + "]}",
      x86 +
          R"({"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":2,"op":"SCMP_CMP_EQ"}]}]})");
  CHECK(std::find(found.begin(), found.end(),
                  "newly-permitted: socketcall where arg0 = 1 on x86: errno EPERM → allow, as "
                  "socketcall(1, 0) shows") != found.end());
  CHECK(std::find(found.begin(), found.end(),
                  "newly-permitted: socket where arg0 = 2 on x86: errno EPERM → allow, as "
                  "socket(2, 0, 0) shows") != found.end());
}

TEST_CASE("No looser: denying otherwise is no loosening, a listener may be one") {
  const Evaluator base = evaluator(allow(kMkdir), Runtime::Crun);
  const Evaluator killing = evaluator(
      R"({"defaultAction":"SCMP_ACT_KILL_PROCESS","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_LOG"}]})",
      Runtime::Crun);
  CHECK_FALSE(looser_than(killing, base));
  const Evaluator traced =
      evaluator(allow(R"({"names":["mount"],"action":"SCMP_ACT_TRACE"})"), Runtime::Crun);
  const auto found = looser_than(traced, base);
  REQUIRE(found);
  CHECK(subject(*found) == "mount");
}

TEST_CASE("Too many regions to look through is no proof") {
  std::string rules;
  for (int arg = 0; arg < 6; ++arg) {
    for (int value = 0; value < 40; value += 2) {
      rules += fmt::format(
          R"({}{{"names":["ioctl"],"action":"SCMP_ACT_ALLOW","args":[{{"index":{},"value":{},"op":"SCMP_CMP_EQ"}}]}})",
          rules.empty() ? "" : ",", arg, value);
    }
  }
  const Evaluator huge = evaluator(allow(rules), Runtime::Crun),
                  none = evaluator(allow(""), Runtime::Crun);
  const auto found = looser_than(huge, none);
  REQUIRE(found);
  CHECK_FALSE(found->decided);
}

namespace {

std::string random_profile(std::mt19937& random) {
  static const char* ops[] = {"NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"};
  static const char* actions[] = {R"("SCMP_ACT_ALLOW")", R"("SCMP_ACT_ALLOW")",
                                  R"("SCMP_ACT_ALLOW")", R"("SCMP_ACT_LOG")",
                                  R"("SCMP_ACT_ERRNO","errnoRet":7)"};
  const bool one_action = random() % 3 != 0;
  std::string rules;
  for (unsigned r = 0, n = random() % 5; r < n; ++r) {
    std::string args;
    for (unsigned c = 0, m = random() % 4; c < m; ++c) {
      args += fmt::format(R"({}{{"index":{},"value":{},"valueTwo":{},"op":"SCMP_CMP_{}"}})",
                          c == 0 ? "" : ",", random() % 2, random() % 8, random() % 8,
                          ops[random() % 7]);
    }
    rules += fmt::format(R"({}{{"names":["{}"],"action":{},"args":[{}]}})", r == 0 ? "" : ",",
                         random() % 3 == 0 ? "bind" : "socket",
                         actions[one_action ? 0 : random() % 5], args);
  }
  return allow(rules);
}

std::optional<Evaluator> try_make(const std::string& text, kernel::Arch arch) {
  Problems notes;
  const auto profile = read_profile(text, "p.json", notes);
  REQUIRE(profile.has_value());
  Context context;
  context.judge = &installed_libseccomp();
  context.arch = arch;
  auto made = Evaluator::make(*profile, context);
  if (!made) return std::nullopt;  // libseccomp refuses what contradicts itself
  return std::move(*made);
}

}  // namespace

TEST_CASE("Every difference is real, and every real difference is found") {
  std::mt19937 random(17);
  using Effects = std::set<std::tuple<std::int32_t, kernel::Action, int, kernel::Action, int>>;
  std::size_t compared = 0, differing = 0;
  for (int round = 0; round < 400; ++round) {
    const kernel::Arch arch = round % 4 == 0 ? kernel::Arch::X86 : kernel::Arch::X86_64;
    const std::string a_text = random_profile(random), b_text = random_profile(random);
    const auto a = try_make(a_text, arch), b = try_make(b_text, arch);
    if (!a || !b) continue;
    ++compared;
    CAPTURE(a_text);
    CAPTURE(b_text);
    Effects claimed, seen;
    const auto effects = [](const kernel::Call& call, const Verdict& x, const Verdict& y) {
      return std::tuple{call.id.number, x.action,
                        x.action == kernel::Action::Errno ? x.errno_value : 0, y.action,
                        y.action == kernel::Action::Errno ? y.errno_value : 0};
    };
    std::set<std::int32_t> numbers;
    for (const Difference& d : diff(*a, *b)) {
      CHECK(d.decided);
      CHECK_FALSE(same_effect(a->evaluate(d.example), b->evaluate(d.example)));
      if (!d.last_number && kernel::name_at(d.id) != kernel::kNoName)
        claimed.insert(effects(d.example, d.a, d.b));
    }
    for (const kernel::TableRow& row : kernel::table(arch)) {
      const bool interesting =
          a->tested_args({arch, row.number}) != 0 || b->tested_args({arch, row.number}) != 0;
      for (std::uint64_t x = 0; x < (interesting ? 17u : 1u); ++x) {
        for (std::uint64_t y = 0; y < (interesting ? 17u : 1u); ++y) {
          kernel::Call call{{arch, row.number}, {}};
          call.args.known = 63;
          call.args.value[0] = x;
          call.args.value[1] = y;
          const Verdict before = a->evaluate(call), after = b->evaluate(call);
          if (!same_effect(before, after)) seen.insert(effects(call, before, after));
        }
      }
    }
    // Where a program was the judge, values beyond the small domain may behave in ways of their
    // own.
    CHECK(std::includes(claimed.begin(), claimed.end(), seen.begin(), seen.end()));
    bool mixed = false;
    for (const Difference& d : diff(*a, *b)) mixed = mixed || d.a.mixed || d.b.mixed;
    if (!mixed) CHECK(claimed == seen);
    differing += seen.empty() ? 0 : 1;
  }
  MESSAGE(compared, " pairs of profiles, ", differing, " of which differ");
  CHECK(differing > 100);
}

TEST_CASE("Docker's default profile, old against new") {
  const Evaluator older = evaluator(medic::support::default_profile("docker@24.0.9")),
                  newer = evaluator(medic::support::default_profile("docker@29.7.2"));
  std::set<std::string> denied, permitted;
  for (const Difference& d : diff(older, newer)) {
    CHECK(d.decided);
    if (d.id.arch != kernel::Arch::X86_64) continue;
    if (d.direction == Direction::NewlyDenied)
      denied.insert(subject(d) + (d.region.empty() ? "" : " " + d.region));
    if (d.direction == Direction::NewlyPermitted) permitted.insert(subject(d));
  }
  // The changelog: io_uring went in 2023, AF_ALG in 2026; AF_VSOCK was denied already.
  CHECK(denied == std::set<std::string>{"io_uring_enter", "io_uring_register", "io_uring_setup",
                                        "socket arg0 = 38"});
  CHECK(permitted.contains("fchmodat2"));
  CHECK(permitted.contains("mseal"));
  CHECK_FALSE(permitted.contains("clone3"));
  CHECK_FALSE(diff(newer, newer).size() > 0);
}
