#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "report/report.h"

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

TEST_CASE("the text form has the account of its inputs, then the finding, then the evidence") {
  const std::string text = find_renderer("text")->diagnosis(hostile("word"), {});
  const std::size_t account = text.find("word: audit, 1 line"), finding = text.find("\n1. "),
                    evidence = text.find("Evidence: ");
  REQUIRE(account != std::string::npos);
  REQUIRE(finding != std::string::npos);
  REQUIRE(evidence != std::string::npos);
  CHECK(finding < evidence);
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
