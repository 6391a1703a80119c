// Every lint rule fires on its mistake, and keeps quiet on what looks like it; fixing changes
// nothing that it must not.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <set>

#include "libseccomp/judge.h"
#include "lint/lint.h"
#include "policy/comparison.h"
#include "support/default_profiles.h"

using namespace medic;
using namespace medic::profile;

namespace {

Context context(Runtime runtime = Runtime::Runc, kernel::Arch arch = kernel::Arch::X86_64) {
  Context out;
  out.judge = &installed_libseccomp();
  out.arch = arch;
  out.runtime = runtime;
  return out;
}

std::vector<LintFinding> found(const std::string& text, const std::string& id,
                               const Context& where = context()) {
  std::vector<LintFinding> out = lint_text(text, "p.json", where);
  std::erase_if(out, [&](const LintFinding& finding) { return finding.id != id; });
  return out;
}

std::string deny_by_default(const std::string& rules) {
  return R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[)" + rules + "]}";
}
std::string allow_by_default(const std::string& rules) {
  return R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[)" + rules + "]}";
}
std::string allow(const std::string& names, const std::string& more = "") {
  return R"({"names":[)" + names + R"(],"action":"SCMP_ACT_ALLOW")" + more + "}";
}
std::string deny(const std::string& names, const std::string& more = "") {
  return R"({"names":[)" + names + R"(],"action":"SCMP_ACT_ERRNO")" + more + "}";
}
std::string arg(int index, const std::string& op, std::uint64_t value, std::uint64_t two = 0) {
  return fmt::format(R"({{"index":{},"value":{},"valueTwo":{},"op":"SCMP_CMP_{}"}})", index, value,
                     two, op);
}
std::string args(const std::string& list) { return R"(,"args":[)" + list + "]"; }

const std::string kAll = [] {
  std::string out;
  for (const kernel::TableRow& row : kernel::table(kernel::Arch::X86_64))
    out += fmt::format("{}\"{}\"", out.empty() ? "" : ",", kernel::name_of(row.name));
  return out;
}();

std::string many_rules(int count) {
  std::string out;
  for (int i = 0; i < count; ++i)
    out +=
        (i == 0 ? "" : ",") + allow("\"mkdir\"", args(arg(1, "EQ", static_cast<std::uint64_t>(i))));
  return out;
}

struct Row {
  const char* id;
  std::string fires;
  std::string near_miss;
  Context where = context();
};

Context older() {
  Context out = context();
  out.libseccomp = {2, 5, 4};
  return out;
}

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      {"arch-spelling",
       R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["x86_64"],"syscalls":[]})",
       R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],"syscalls":[]})"},
      {"argument-beyond-count", deny_by_default(allow("\"mkdir\"", args(arg(2, "EQ", 1)))),
       deny_by_default(allow("\"mkdir\"", args(arg(1, "EQ", 1))))},
      {"breaks-fallback",
       deny_by_default(allow("\"mseal\"") + "," + deny("\"clone3\"", R"(,"errnoRet":1)")),
       deny_by_default(allow(kAll))},
      {"bypass", allow_by_default(deny("\"open\"")),
       allow_by_default(deny("\"open\",\"openat\",\"openat2\",\"creat\",\"io_uring_setup\""))},
      {"bypass", allow_by_default(deny("\"socket\"")),
       allow_by_default(deny("\"socket\",\"io_uring_enter\""))},
      {"denies-everything", deny_by_default(deny("\"mkdir\"", R"(,"errnoRet":38)")),
       deny_by_default(allow("\"execve\""))},
      {"denies-little", allow_by_default(deny("\"mount\"")), deny_by_default(allow(kAll))},
      {"doubled-key",
       R"({"defaultAction":"SCMP_ACT_ERRNO","defaultAction":"SCMP_ACT_ALLOW","syscalls":[]})",
       deny_by_default("")},
      {"duplicate-name", deny_by_default(allow("\"read\",\"write\",\"read\"")),
       deny_by_default(allow("\"read\",\"write\",\"readv\""))},
      {"empty-names", deny_by_default(allow("")), deny_by_default(allow("\"read\""))},
      {"encoding", "\xEF\xBB\xBF" + deny_by_default(allow("\"read\"")),
       deny_by_default(allow("\"read\""))},
      {"encoding", std::string("\xFF\xFE{\0", 4), deny_by_default("")},
      {"equals-default", deny_by_default(deny("\"mount\"")),
       deny_by_default(deny("\"mount\"", R"(,"errnoRet":38)"))},
      {"errno-zero", deny_by_default(deny("\"read\"", R"(,"errnoRet":0)")),
       deny_by_default(deny("\"read\"", R"(,"errnoRet":38)"))},
      {"errno-zero", R"({"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":0,"syscalls":[]})",
       deny_by_default("")},
      {"filter-flags",
       R"({"defaultAction":"SCMP_ACT_ERRNO","flags":["SECCOMP_FILTER_FLAG_LOG"],"syscalls":[]})",
       R"({"defaultAction":"SCMP_ACT_ERRNO","flags":[],"syscalls":[]})"},
      {"foreign-name", deny_by_default(allow("\"read\",\"socketcall\"")),
       R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"],"syscalls":[)" +
           allow("\"read\",\"socketcall\"") + "]}"},
      {"gate-architecture",
       deny_by_default(allow("\"ptrace\"", R"(,"includes":{"arches":["x86_64"]})")),
       deny_by_default(allow("\"ptrace\"", R"(,"includes":{"arches":["amd64"]})"))},
      {"gate-capability",
       deny_by_default(allow("\"ptrace\"", R"(,"excludes":{"caps":["SYS_PTRACE"]})")),
       deny_by_default(allow("\"ptrace\"", R"(,"includes":{"caps":["CAP_SYS_PTRACE"]})"))},
      {"half-condition",
       deny_by_default(allow("\"socket\"", args(R"({"op":"SCMP_CMP_EQ","value":1})"))),
       deny_by_default(allow("\"socket\"", args(arg(0, "EQ", 0))))},
      {"no-filter", R"({"syscalls":[]})", deny_by_default("")},
      {"key-case", R"({"DefaultAction":"SCMP_ACT_ERRNO","syscalls":[]})", deny_by_default("")},
      {"legacy-name", deny_by_default(R"({"name":"read","action":"SCMP_ACT_ALLOW"})"),
       deny_by_default(allow("\"read\""))},
      {"listener",
       R"({"defaultAction":"SCMP_ACT_ERRNO","listenerPath":"run/agent.sock","syscalls":[{"names":["mount"],"action":"SCMP_ACT_NOTIFY"}]})",
       deny_by_default("")},
      {"listener", R"({"defaultAction":"SCMP_ACT_ERRNO","listenerMetadata":"x","syscalls":[]})",
       deny_by_default("")},
      {"mask-operands", deny_by_default(allow("\"clone\"", args(arg(0, "MASKED_EQ", 8, 9)))),
       deny_by_default(allow("\"clone\"", args(arg(0, "MASKED_EQ", 9, 8))))},
      {"mask-operands", deny_by_default(allow("\"clone\"", args(arg(0, "MASKED_EQ", 0, 0)))),
       deny_by_default(allow("\"clone\"", args(arg(0, "EQ", 0, 0))))},
      {"miscompiled",
       R"({"defaultAction":"SCMP_ACT_KILL","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32"],"syscalls":[{"names":["getresgid32"],"action":"SCMP_ACT_LOG"},{"names":["execve"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":16,"op":"SCMP_CMP_GE"}]}]})",
       deny_by_default(allow("\"read\""))},
      {"missing-subarchitectures",
       R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"],"syscalls":[]})",
       R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32"],"syscalls":[]})"},
      {"multiplexer-back-door",
       R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86"],"syscalls":[)" +
           allow("\"socket\"", args(arg(0, "EQ", 2))) + "]}",
       deny_by_default(allow("\"socket\"", args(arg(0, "EQ", 2))))},
      {"narrow-parameter", deny_by_default(allow("\"socket\"", args(arg(0, "NE", 40)))),
       deny_by_default(allow("\"socket\"", args(arg(0, "LT", 40))))},
      {"narrow-parameter", allow_by_default(deny("\"socket\"", args(arg(0, "EQ", 40)))),
       allow_by_default(deny("\"socket\"", args(arg(0, "MASKED_EQ", 0xFFFFFFFF, 40))))},
      {"narrow-parameter", deny_by_default(allow("\"socket\"", args(arg(0, "GT", 40)))),
       deny_by_default(allow("\"mmap\"", args(arg(1, "GT", 40))))},
      {"overlapping-actions",
       deny_by_default(allow("\"socket\"", args(arg(0, "EQ", 2))) +
                       R"(,{"names":["socket"],"action":"SCMP_ACT_LOG","args":[)" +
                       arg(1, "EQ", 3) + "]}"),
       deny_by_default(allow("\"socket\"", args(arg(0, "EQ", 2))) +
                       R"(,{"names":["socket"],"action":"SCMP_ACT_LOG","args":[)" +
                       arg(0, "EQ", 3) + "]}")},
      {"overridden-condition",
       deny_by_default(allow("\"socket\"", args(arg(0, "EQ", 2))) + "," + allow("\"socket\"")),
       deny_by_default(allow("\"socket\"", args(arg(0, "EQ", 2))) + "," + allow("\"bind\""))},
      {"pointer-argument", deny_by_default(allow("\"openat\"", args(arg(1, "EQ", 4096)))),
       deny_by_default(allow("\"openat\"", args(arg(2, "EQ", 4096))))},
      {"program-needs", deny_by_default(allow("\"read\"")), deny_by_default(allow(kAll))},
      {"refused", deny_by_default(allow("\"mkdir\"", args(arg(6, "EQ", 1)))),
       deny_by_default(allow("\"mkdir\"", args(arg(1, "EQ", 1))))},
      {"repeated-index",
       deny_by_default(allow("\"socket\"", args(arg(0, "GE", 2) + "," + arg(0, "LE", 5)))),
       deny_by_default(allow("\"socket\"", args(arg(0, "GE", 2) + "," + arg(1, "LE", 5))))},
      {"runtime-needs", deny_by_default(allow("\"read\"")), deny_by_default(allow(kAll))},
      {"runtime-needs", deny_by_default(allow("\"read\"")), allow_by_default(""),
       context(Runtime::Crun)},
      {"shadowed-rule",
       deny_by_default(
           allow("\"setns\"") +
           R"(,{"names":["setns"],"action":"SCMP_ACT_ERRNO","errnoRet":38,"excludes":{"caps":["CAP_SYS_ADMIN"]}})"),
       deny_by_default(
           R"({"names":["setns"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_CHOWN"]}},{"names":["setns"],"action":"SCMP_ACT_ERRNO","errnoRet":38,"excludes":{"caps":["CAP_SYS_ADMIN"]}})")},
      {"too-large", deny_by_default(many_rules(129)), deny_by_default(many_rules(128))},
      {"too-new-name", deny_by_default(allow("\"setxattrat\"")),
       deny_by_default(allow("\"setxattr\"")), older()},
      {"unknown-key", deny_by_default(R"({"names":["socket"],"action":"SCMP_ACT_ALLOW","arg":[]})"),
       deny_by_default(
           R"({"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[],"comment":"x"})")},
      {"unknown-name", deny_by_default(allow("\"Capset\"")), deny_by_default(allow("\"capset\""))},
      {"unknown-name", deny_by_default(allow("\"pread\"")), deny_by_default(allow("\"pread64\""))},
      {"unreadable", "{\"defaultAction\":", deny_by_default("")},
      {"unreadable",
       R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_ARM64"],"syscalls":[]})",
       R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_AARCH64"],"syscalls":[]})"},
      {"unreadable",
       deny_by_default(R"({"name":"read","names":["write"],"action":"SCMP_ACT_ALLOW"})"),
       deny_by_default(R"({"name":"","names":["write"],"action":"SCMP_ACT_ALLOW"})")},
      {"useless-errno", deny_by_default(allow("\"read\"", R"(,"errnoRet":1)")),
       deny_by_default(deny("\"read\"", R"(,"errnoRet":38)"))},
      {"useless-errno", R"({"defaultAction":"SCMP_ACT_KILL","defaultErrnoRet":1,"syscalls":[]})",
       R"({"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,"syscalls":[]})"},
  };
  return all;
}

std::string fixed(const std::string& text, const Context& where = context()) {
  const auto result = fix_all(text, "p.json", where);
  REQUIRE_MESSAGE(result.has_value(), (result ? "" : render(result.error())));
  return result->text;
}

}  // namespace

TEST_CASE("Each rule fires on its mistake and not on the near miss") {
  for (const Row& row : rows()) {
    CAPTURE(row.id);
    CAPTURE(row.fires.substr(0, 300));
    const auto findings = found(row.fires, row.id, row.where);
    CHECK_FALSE(findings.empty());
    for (const LintFinding& finding : findings) {
      CHECK_FALSE(finding.text.empty());
      CHECK_FALSE((finding.reason.empty() && finding.id != "unreadable"));
    }
    CHECK(found(row.near_miss, row.id, row.where).empty());
  }
}

TEST_CASE("No rule is without a test, the list is sorted, and each is described") {
  std::set<std::string_view> tested;
  for (const Row& row : rows()) tested.insert(row.id);
  std::string_view last;
  for (const LintRule& rule : lint_rules()) {
    CHECK_MESSAGE(tested.contains(rule.id), rule.id);
    CHECK(last < rule.id);
    last = rule.id;
    CHECK_FALSE(rule.summary.empty());
  }
  CHECK(tested.size() == lint_rules().size());
}

TEST_CASE("Equal findings of equal rules are one, with all their places") {
  const std::string text =
      deny_by_default(allow("\"ptrace\"", R"(,"includes":{"caps":["SYS_PTRACE"]})") + ",\n" +
                      allow("\"kcmp\"", R"(,"includes":{"caps":["SYS_PTRACE"]})"));
  const auto findings = found(text, "gate-capability");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].place.line == 1);
  REQUIRE(findings[0].more.size() == 1);
  CHECK(findings[0].more[0].line == 2);
}

TEST_CASE("A finding says what, why and how, at its place") {
  const auto findings = found(
      "{\n \"defaultAction\": \"SCMP_ACT_ERRNO\",\n \"syscalls\": [\n  {\"names\": [\"read\",\n   "
      "\"Capset\"], \"action\": \"SCMP_ACT_ALLOW\"}]}",
      "unknown-name");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].place.line == 5);
  CHECK(findings[0].place.column == 4);
  CHECK(findings[0].text == "\"Capset\" is no system call");
  CHECK(findings[0].hint == "write \"capset\"");
  CHECK(findings[0].path == "p.json");
}

TEST_CASE("What a caller can put into the upper half is said by example") {
  const auto findings =
      found(deny_by_default(allow("\"socket\"", args(arg(0, "NE", 40)))), "narrow-parameter");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].reason ==
        "a caller who passes 40 | 1<<32 walks round the rule, and the kernel sees 40");
}

TEST_CASE("crun refuses what runc ignores: an errno beside another action") {
  const std::string text = deny_by_default(allow("\"read\"", R"(,"errnoRet":1)"));
  CHECK(found(text, "refused", context(Runtime::Crun)).size() == 1);
  CHECK(found(text, "refused", context(Runtime::Runc)).empty());
  CHECK(fixed(text) == deny_by_default(allow("\"read\"")));
}

TEST_CASE("A misspelt \"args\" makes the rule unconditional: an error") {
  const auto findings = found(
      deny_by_default(R"({"names":["socket"],"action":"SCMP_ACT_ALLOW","arg":[]})"), "unknown-key");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].severity == Severity::Error);
}

TEST_CASE("Fixing renames what is certain, and nothing that is only likely") {
  CHECK(fixed(deny_by_default(allow("\"Capset\",\"pread\",\"mkdri\""))) ==
        deny_by_default(allow("\"capset\",\"pread64\",\"mkdri\"")));
  CHECK(fixed(deny_by_default(allow("\"capset\",\"Capset\""))) ==
        deny_by_default(allow("\"capset\"")));
}

TEST_CASE("Fixing removes what has no effect: duplicates, dead names, rules without names") {
  CHECK(fixed(deny_by_default(allow("\"read\",\"write\",\"read\"") + "," + allow("") + "," +
                              deny("\"write\"", R"(,"errnoRet":5)"))) ==
        deny_by_default(allow("\"read\",\"write\"")));
  // Under runc such a rule still raises the number from which calls answer ENOSYS: it stays.
  const std::string marks = deny_by_default(allow("\"write\"") + "," + deny("\"mseal\""));
  CHECK(fixed(marks) == marks);
  const std::string below = deny_by_default(allow("\"mseal\"") + "," + deny("\"mount\""));
  CHECK(fixed(below) == deny_by_default(allow("\"mseal\"")));
}

TEST_CASE("Fixing writes architectures as runtimes take them") {
  const std::string wrong =
      R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_ARM64","SCMP_ARCH_AMD64"],"syscalls":[]})";
  CHECK(
      fixed(wrong, context(Runtime::Runc, kernel::Arch::Aarch64)) ==
      R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_AARCH64","SCMP_ARCH_X86_64"],"syscalls":[]})");
  CHECK_FALSE(fix_all(R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["PDP11"]})", "p.json",
                      context()));
}

TEST_CASE(
    "Real profiles: Docker's socket rule and Podman's setns are found, and fixing keeps the "
    "meaning") {
  std::size_t read = 0;
  {
    for (const auto& [file, text] : medic::support::default_profiles()) {
      CAPTURE(file);
      const auto findings = lint_text(text, file, context());
      ++read;
      const auto has = [&](const std::string& id, const std::string& what) {
        return std::any_of(findings.begin(), findings.end(), [&](const LintFinding& f) {
          return f.id == id && f.text.find(what) != std::string::npos;
        });
      };
      if (file == "docker@29.7.2") CHECK(has("narrow-parameter", "socket"));
      if (file == "docker@29.7.2") CHECK(has("multiplexer-back-door", "socket"));
      if (file == "podman@5.8.2") CHECK(has("shadowed-rule", "setns"));
      CHECK_FALSE(has("unreadable", ""));
      // Without the fixes that are meant to change something, nothing may change.
      Problems notes;
      const auto before = read_profile(text, file, notes);
      REQUIRE(before.has_value());
      const auto result = fix_all(text, file, context());
      REQUIRE(result.has_value());
      const auto after = read_profile(result->text, file, notes);
      REQUIRE_MESSAGE(after.has_value(), (after ? "" : render(after.error())));
      if (std::any_of(result->applied.begin(), result->applied.end(),
                      [](const LintFinding& f) { return f.fix_changes_meaning; }))
        continue;
      const auto a = Evaluator::make(*before, context()), b = Evaluator::make(*after, context());
      if (a && b) CHECK(diff(*a, *b).empty());
    }
  }
  CHECK(read > 10);
}
