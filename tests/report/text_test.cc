#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "report/report.h"
#include "report/text_parts.h"

using namespace medic;
using namespace medic::report;

namespace {

model::Time epoch(std::int64_t seconds, std::int64_t ms = 0) {
  return {seconds * 1'000'000'000 + ms * 1'000'000, model::Time::Basis::Epoch, false};
}

// A denial of mkdir, whose every text a process could have chosen.
diagnose::Diagnosis hostile(const std::string& text) {
  diagnose::Finding finding;
  finding.id = "denied@00000000";
  finding.kind = "denied";
  finding.syscall.name = kernel::find_name("mkdir");
  finding.who.comm = finding.who.exe = finding.who.label = finding.who.host = text;
  finding.who.container =
      diagnose::Container{text, text, model::Certainty::Inferred, text, text, text, text, text};
  finding.who.met.push_back(
      {text, text, text, text, text, 1, 1, {}, {}, diagnose::Evidence{text, 3, text}});
  finding.call_text = text;
  finding.count = 1;
  finding.evidence = {{text, 3, text}};
  finding.summary = text;
  finding.remedy.text = text;
  finding.notes = {text};
  finding.intrusion = {text};
  diagnose::Diagnosis out;
  ledger::InputAccount input;
  input.path = input.first_line = text;
  input.dialect = "audit";
  input.lines = input.used = 1;
  out.inputs = {input};
  out.completeness.reasons = out.completeness.next = {text};
  out.findings = {finding};
  return out;
}

}  // namespace

TEST_CASE("a moment is written by what its log knew of it") {
  CHECK(time_text(epoch(1'795'313'022, 240)) == "2026-11-22 02:03:42.240 UTC");
  CHECK(time_json(epoch(1'795'313'022, 240)) == "2026-11-22T02:03:42.240Z");
  CHECK(time_json(epoch(0)) == "1970-01-01T00:00:00.000Z");
  CHECK(time_json(epoch(-1)) == "1969-12-31T23:59:59.000Z");
  CHECK(time_json(epoch(951'782'400)) == "2000-02-29T00:00:00.000Z");
  CHECK(time_json(epoch(4'107'542'400)) == "2100-03-01T00:00:00.000Z");
  CHECK(time_json({3'600'000'000'000, model::Time::Basis::TimeOfDay, true}) == "01:00:00.000");
  CHECK(time_json({1'500'000'000, model::Time::Basis::Relative, false}) == "+1.500000s");
  CHECK(time_text({}).empty());
  model::Time local = epoch(0);
  local.zone_assumed = true;
  CHECK(time_text(local) == "1970-01-01 00:00:00.000 (zone assumed UTC)");
  CHECK(time_json(local) == "1970-01-01T00:00:00.000");
}

TEST_CASE("text is wrapped by columns, not bytes, and no word is cut") {
  Style style;
  style.width = 40;
  CHECK(wrap("one two", 0, style) == "one two");
  const std::string letters = "ääääääääää ääääääääää ääääääääää ääääääääää";
  CHECK(wrap(letters, 4, style) == "ääääääääää ääääääääää ääääääääää\n    ääääääääää");
  const std::string word(60, 'x');
  CHECK(wrap("a " + word + " b", 2, style) == "a\n  " + word + "\n  b");
}

TEST_CASE("nothing that a process chose reaches a terminal alive, in any form of the answer") {
  const std::string evil = "a\x1b[2J\x07\nb\r\xff\x7f \xe2\x80\xae <script>";
  for (const Renderer& renderer : all_renderers()) {
    CAPTURE(renderer.name);
    if (renderer.diagnosis == nullptr) continue;
    const std::string text = renderer.diagnosis(hostile(evil), {});
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\x07') == std::string::npos);
    CHECK(text.find('\r') == std::string::npos);
    if (renderer.name == "text")
      CHECK(text.find('\x7f') == std::string::npos);  // JSON may hold a delete
    CHECK(text.find('\xff') == std::string::npos);
    CHECK(text.size() > 100);
  }
}

TEST_CASE("the text form has the conclusion, the finding, then what was read and the evidence") {
  const std::string text = find_renderer("text")->diagnosis(hostile("word"), {});
  const std::size_t account = text.find("word: audit, 1 line"), finding = text.find("\n1. "),
                    evidence = text.find("Evidence: ");
  REQUIRE(account != std::string::npos);
  REQUIRE(finding != std::string::npos);
  REQUIRE(evidence != std::string::npos);
  CHECK(text.starts_with("mkdir was "));
  CHECK(finding < account);
  CHECK(account < evidence);
}

// As many different denials as there are names, by one program each.
diagnose::Diagnosis many(std::initializer_list<const char*> names) {
  diagnose::Diagnosis out;
  for (const char* name : names) {
    diagnose::Finding finding;
    finding.kind = "denied-by-default";
    finding.syscall.name = kernel::find_name(name);
    finding.who.comm = std::string("program-of-") + name;
    finding.outcome.kind = model::Outcome::Kind::Denied;
    finding.outcome.action = kernel::Action::Errno;
    finding.layer = diagnose::Layer::Seccomp;
    finding.certainty = model::Certainty::Stated;
    finding.count = 100000;
    finding.brief_fix = "permit it";
    finding.in_common_fix = true;
    finding.remedy.text = "the remedy of its own";
    out.findings.push_back(std::move(finding));
  }
  out.fix.text = "`one command` permits them all.";
  return out;
}

TEST_CASE("of many causes: a sentence, a table, the fix once, three in full") {
  const diagnose::Diagnosis five = many({"mkdir", "chmod", "mount", "unshare", "ptrace"});
  const std::string text = find_renderer("text")->diagnosis(five, {});
  CHECK(text.starts_with("5 system calls were denied by seccomp: 500,000 times, by 5 programs."));
  CHECK(text.find("`one command`") == text.rfind("`one command`"));
  CHECK(text.find("the remedy of its own") == std::string::npos);
  CHECK(text.find("\n3. ") != std::string::npos);
  CHECK(text.find("\n4. ") == std::string::npos);
  CHECK(text.find("3 of 5 findings in full") != std::string::npos);
  Style all;
  all.details = true;
  const std::string details = find_renderer("text")->diagnosis(five, all);
  CHECK(details.find("\n5. ") != std::string::npos);
  CHECK(details.find("the remedy of its own") != std::string::npos);
}

TEST_CASE("a table is as wide as the terminal at most, and loses columns rather than the call") {
  diagnose::Diagnosis five = many({"mkdir", "chmod", "mount", "unshare", "sched_setscheduler"});
  five.findings[0].who.comm = std::string(60, 'x');
  for (const std::size_t width :
       {std::size_t{40}, std::size_t{60}, std::size_t{80}, std::size_t{140}}) {
    Style style;
    style.width = width;
    const std::string text = find_renderer("text")->diagnosis(five, style);
    const std::size_t table = text.find("call ");
    REQUIRE(table != std::string::npos);
    std::size_t at = text.rfind('\n', table) + 1;
    for (int row = 0; row < 6; ++row) {
      const std::string line = text.substr(at, text.find('\n', at) - at);
      CHECK_MESSAGE(columns(line) <= width, line);
      at += line.size() + 1;
    }
    CHECK(text.find("sched_set") != std::string::npos);
  }
}

TEST_CASE("--top bounds the table, and says how many more there are") {
  Style style;
  style.top = 2;
  const std::string text =
      find_renderer("text")->diagnosis(many({"mkdir", "chmod", "mount", "unshare"}), style);
  CHECK(text.find("and 2 more: --top 0 shows all") != std::string::npos);
}

TEST_CASE("what was left out is counted, and silence about it is no all-clear") {
  diagnose::Diagnosis none;
  none.left_out = {3, 2, 7};
  const std::string text = find_renderer("text")->diagnosis(none, {});
  CHECK(text.starts_with("Nothing that was asked for was denied; what was left out, was."));
  CHECK(text.find("3 findings, 2 of them denied, 7 times") != std::string::npos);
}

TEST_CASE("evidence shows the fields that matter, and with --raw the line") {
  const std::string line =
      "type=SECCOMP msg=audit(1795580678.644:27456): auid=4242 uid=0 pid=7988 comm=\"mkdir\" "
      "exe=\"/bin/busybox\" sig=0 arch=c000003e syscall=83 compat=0 ip=0x47b567 code=0x50000";
  CHECK(fields_that_matter(line) ==
        "type=SECCOMP msg=audit(1795580678.644:27456): pid=7988 comm=\"mkdir\" "
        "exe=\"/bin/busybox\" sig=0 arch=c000003e syscall=83 code=0x50000");
  const std::string traced = "12 mkdir(\"/data\", 0777) = -1 EPERM (Operation not permitted)";
  CHECK(fields_that_matter(traced) == traced);
  diagnose::Diagnosis one = many({"mkdir"});
  one.findings[0].evidence = {{"audit.log", 3, line}};
  Style raw;
  raw.raw = true;
  CHECK(find_renderer("text")->diagnosis(one, {}).find("auid=") == std::string::npos);
  CHECK(find_renderer("text")->diagnosis(one, raw).find(line) != std::string::npos);
}

TEST_CASE("colours are of layer, certainty and risk, and only where they are wanted") {
  diagnose::Diagnosis two = many({"mkdir", "mount"});
  two.findings[1].risk.level = kernel::RiskLevel::High;
  CHECK(find_renderer("text")->diagnosis(two, {}).find('\x1b') == std::string::npos);
  Style color;
  color.color = true;
  const std::string text = find_renderer("text")->diagnosis(two, color);
  for (const char* painted : {"\x1b[35mseccomp", "\x1b[32mstated", "\x1b[1;31mhigh"})
    CHECK_MESSAGE(text.find(painted) != std::string::npos, painted);
}

TEST_CASE("an answer without findings never says more than the evidence") {
  diagnose::Diagnosis empty;
  empty.completeness.verdict = diagnose::Completeness::Verdict::Unknown;
  const std::string text = find_renderer("text")->diagnosis(empty, {});
  CHECK(text.find("as far as these logs show") != std::string::npos);
  const auto json = nlohmann::json::parse(find_renderer("json")->diagnosis(empty, {}));
  CHECK(json["schema"] == "seccomp-medic/diagnosis/2");
  CHECK(json["findings"].empty());
}

TEST_CASE("renderers have a name each, by which they are found") {
  std::set<std::string_view> names;
  for (const Renderer& renderer : all_renderers()) {
    CHECK(names.insert(renderer.name).second);
    CHECK(find_renderer(renderer.name) == &renderer);
  }
  CHECK(names.size() >= 2);
  CHECK(find_renderer("no-such-form") == nullptr);
}
