// lint as text and as JSON.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "report/json_parts.h"
#include "report/report.h"

namespace medic::report {
namespace {

using Json = nlohmann::ordered_json;
using profile::LintFinding;

bool is_clean(const std::vector<LintFinding>& findings) {
  return std::all_of(findings.begin(), findings.end(),
                     [](const LintFinding& each) { return each.severity == Severity::Note; });
}

std::string place_text(const LintFinding& finding, const std::string& path) {
  const std::string file = escape_for_terminal(path);
  if (finding.place.line == 0) return file;
  return finding.place.column == 0
             ? fmt::format("{}:{}", file, finding.place.line)
             : fmt::format("{}:{}:{}", file, finding.place.line, finding.place.column);
}

void row(std::string& out, std::string_view label, const std::string& text, const Style& style) {
  if (!text.empty())
    out += fmt::format("    {:<6}{}\n", label, wrap(escape_for_terminal(text), 10, style));
}

// "lines 12, 30 and 7 others"
std::string more_places(const LintFinding& finding) {
  constexpr std::size_t kShown = 8;
  std::vector<std::string> lines;
  for (const profile::Place& place : finding.more) {
    if (lines.size() < kShown && place.line != 0) lines.push_back(fmt::format("{}", place.line));
  }
  if (lines.empty()) return {};
  const std::size_t others = finding.more.size() - lines.size();
  return fmt::format(
      "line{} {}{}", lines.size() == 1 ? "" : "s", fmt::join(lines, ", "),
      others == 0 ? "" : fmt::format(" and {} other{}", others, others == 1 ? "" : "s"));
}

std::string finding_text(const LintFinding& finding, const std::string& path, const Style& style) {
  std::string out =
      fmt::format("{}: {}: {} [{}]\n", place_text(finding, path), json_name(finding.severity),
                  escape_for_terminal(finding.text), finding.id);
  row(out, "also", more_places(finding), style);
  row(out, "why", finding.reason, style);
  row(out, "hint",
      finding.hint + (finding.fix.empty() ? ""
                      : finding.fix_changes_meaning
                          ? " (--fix does it, and the profile then does something else)"
                          : " (--fix does it)"),
      style);
  return out;
}

std::string count_text(const std::vector<LintFinding>& findings) {
  const auto count = [&](Severity severity) {
    return std::count_if(findings.begin(), findings.end(),
                         [&](const LintFinding& each) { return each.severity == severity; });
  };
  const auto some = [](std::ptrdiff_t number, std::string_view what) {
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
  };
  return fmt::format("{}, {}, {}", some(count(Severity::Error), "error"),
                     some(count(Severity::Warning), "warning"),
                     some(count(Severity::Note), "note"));
}

std::string linted_text(const LintedProfile& linted, const Style& style) {
  std::string out;
  if (linted.fixed) {
    for (const LintFinding& each : linted.fixed->applied)
      out += fmt::format("{}: fixed: {} [{}]\n", place_text(each, linted.shown),
                         escape_for_terminal(each.text), each.id);
  }
  for (const LintFinding& each : linted.findings) out += finding_text(each, linted.shown, style);
  return out + fmt::format(
                   "{}: {}{}{}\n", escape_for_terminal(linted.shown), count_text(linted.findings),
                   linted.fixed ? fmt::format(" left; {} fixed", linted.fixed->applied.size()) : "",
                   linted.known > 0 ? fmt::format("; {} more in the baseline", linted.known) : "");
}

Json lines_of(const std::vector<profile::Place>& places) {
  Json out = Json::array();
  for (const profile::Place& place : places) out.push_back(place.line);
  return out;
}

Json findings_json(const std::vector<LintFinding>& findings) {
  Json out = Json::array();
  for (const LintFinding& each : findings) {
    out.push_back({{"id", each.id},
                   {"severity", json_name(each.severity)},
                   {"line", each.place.line != 0 ? Json(each.place.line) : Json(nullptr)},
                   {"column", each.place.column != 0 ? Json(each.place.column) : Json(nullptr)},
                   {"more_lines", lines_of(each.more)},
                   {"text", each.text},
                   {"reason", each.reason},
                   {"hint", each.hint},
                   {"fixable", !each.fix.empty()},
                   {"fix_changes_meaning", each.fix_changes_meaning}});
  }
  return out;
}

Json linted_json(const LintedProfile& linted) {
  Json out = {{"path", linted.shown},
              {"clean", is_clean(linted.findings)},
              {"findings", findings_json(linted.findings)}};
  if (linted.known > 0) out["known"] = linted.known;
  if (!linted.fixed) return out;
  const Json parsed = Json::parse(linted.fixed->text, nullptr, false);
  out["fixed"] = findings_json(linted.fixed->applied);
  out["profile"] = parsed.is_discarded() ? Json(nullptr) : parsed;
  return out;
}

}  // namespace

std::string_view json_name(Severity severity) {
  switch (severity) {
    case Severity::Error: return "error";
    case Severity::Warning: return "warning";
    case Severity::Note: return "note";
  }
  return "note";
}

bool fails(const LintFinding& finding, Severity from) {
  if (from == Severity::Note) return true;
  return finding.severity == Severity::Error ||
         (finding.severity == Severity::Warning && from == Severity::Warning);
}

std::string lint_text(const LintReport& report, const Style& style) {
  std::string out;
  for (const LintedProfile& each : report.profiles) out += linted_text(each, style);
  return out;
}

std::string lint_json(const LintReport& report, const Style&) {
  Json profiles = Json::array();
  for (const LintedProfile& each : report.profiles) profiles.push_back(linted_json(each));
  return dump({{"schema", "seccomp-medic/lint/1"}, {"profiles", profiles}});
}

}  // namespace medic::report
