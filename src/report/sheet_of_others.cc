// The sheets of the answers that are about profiles, and of those about recordings.
#include <fmt/format.h>

#include <algorithm>

#include "report/json_parts.h"
#include "report/sheet.h"

namespace medic::report {
namespace {

Level level_of(Severity severity) {
  switch (severity) {
    case Severity::Error: return Level::Error;
    case Severity::Warning: return Level::Warning;
    case Severity::Note: return Level::Note;
  }
  return Level::Note;
}

Row row_of(const profile::LintFinding& finding, const LintedProfile& linted, Severity from) {
  Row row;
  row.kind = finding.id;
  row.id = fmt::format("{}@{}:{}", finding.id, linted.shown, finding.place.line);
  row.level = level_of(finding.severity);
  row.fails = fails(finding, from);
  row.title = finding.text;
  row.text = finding.reason;
  row.fix = finding.hint;
  row.place = {linted.shown, finding.place.line, finding.place.column};
  for (const profile::Place& place : finding.more) {
    if (place.line != 0) row.more_lines.push_back(place.line);
  }
  row.count = 1 + finding.more.size();
  return row;
}

Level level_of(profile::Direction direction, kernel::RiskLevel risk) {
  if (direction != profile::Direction::NewlyPermitted) return Level::Warning;
  return risk == kernel::RiskLevel::Low ? Level::Warning : Level::Error;
}

Row row_of(const FoldedDifference& folded) {
  const profile::Difference& difference = *folded.difference;
  const kernel::Risk risk = risk_of(difference);
  Row row;
  row.kind = profile::json_name(difference.direction);
  row.id = fmt::format("{}@{}", row.kind, folded.text);
  row.level = level_of(difference.direction, risk.level);
  row.fails = true;
  row.title = folded.text;
  row.call = profile::subject(difference);
  row.arch = folded.archs.empty() ? std::string(kernel::name(difference.id.arch)) : folded.archs;
  row.text = "For example " + example_text(difference.example);
  row.risk = kernel::name(risk.level);
  row.risk_why = risk.why;
  if (difference.b.line != 0) row.notes.push_back(fmt::format("Line {} of B.", difference.b.line));
  if (difference.a.line != 0) row.notes.push_back(fmt::format("Line {} of A.", difference.a.line));
  return row;
}

Row row_of(const Foreseen& foreseen) {
  Row row;
  row.kind = foreseen.kind;
  row.id = fmt::format("{}@{}", foreseen.kind, foreseen.call);
  row.level = foreseen.effect == Effect::Breaks     ? Level::Error
              : foreseen.effect == Effect::MayBreak ? Level::Warning
                                                    : Level::Note;
  row.fails = foreseen.effect != Effect::Borne;
  row.call = foreseen.call;
  row.arch = kernel::name(foreseen.arch);
  row.outcome = foreseen.tomorrow;
  row.title = fmt::format("{}: {} today, {} then ({})", foreseen.call, foreseen.today,
                          foreseen.tomorrow, json_name(foreseen.effect));
  row.text = foreseen.because;
  row.fix = foreseen.fix;
  row.count = foreseen.count;
  if (!foreseen.harm.empty()) row.notes.push_back(foreseen.harm);
  if (!foreseen.rule.empty()) row.notes.push_back("The rule: " + foreseen.rule);
  if (!foreseen.source.empty()) row.notes.push_back("Source: " + foreseen.source);
  if (!foreseen.file.empty()) row.evidence.push_back({foreseen.file, foreseen.line, ""});
  for (const std::string& program : foreseen.programs) {
    diagnose::Met met;
    met.comm = program;
    row.met.push_back(std::move(met));
  }
  return row;
}

std::size_t failing(const std::vector<Row>& rows) {
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](const Row& row) { return row.fails; }));
}

void take_code(const CodeCoverage& code, Sheet& sheet) {
  sheet.facts.emplace_back("reachable in the code", fmt::format("{}", code.reachable.size()));
  if (code.permitted)
    sheet.facts.emplace_back("permitted by the profile", fmt::format("{}", *code.permitted));
  for (const std::string& call : code.droppable) {
    Row row;
    row.kind = "droppable";
    row.id = "droppable@" + call;
    row.call = call;
    row.title = call + ": permitted, and neither reachable nor seen";
    sheet.rows.push_back(std::move(row));
  }
  for (const auto& [call, way] : code.ways) {
    Row row;
    row.kind = "reachable";
    row.id = "reachable@" + call;
    row.call = call;
    row.title = call + ": reachable, but not seen";
    row.text = way;
    sheet.rows.push_back(std::move(row));
  }
  for (const elf::Hole& hole : code.holes) sheet.doubts.push_back(elf::hole_text(hole));
}

}  // namespace

Sheet sheet_of(const LintReport& report) {
  Sheet sheet;
  sheet.answer = Answer::Lint;
  std::size_t known = 0;
  for (const LintedProfile& linted : report.profiles) {
    for (const profile::LintFinding& finding : linted.findings)
      sheet.rows.push_back(row_of(finding, linted, report.fails_from));
    known += linted.known;
    sheet.facts.emplace_back(linted.shown, fmt::format("findings: {}", linted.findings.size()));
  }
  if (report.profiles.size() == 1) {
    const LintedProfile& only = report.profiles.front();
    sheet.profile_name = only.shown;
    sheet.profile_text = only.fixed ? only.fixed->text : only.text;
  }
  sheet.conclusion = fmt::format(
      "{} in {}, {} of them at or above the level that fails.",
      sheet.rows.size() == 1 ? "1 finding" : fmt::format("{} findings", sheet.rows.size()),
      report.profiles.size() == 1 ? "1 profile"
                                  : fmt::format("{} profiles", report.profiles.size()),
      failing(sheet.rows));
  if (known > 0) sheet.doubts.push_back(fmt::format("Findings in the baseline: {}.", known));
  return sheet;
}

Sheet sheet_of(const DiffReport& report) {
  using profile::Direction;
  Sheet sheet;
  sheet.answer = Answer::Diff;
  for (const Direction direction : {Direction::NewlyPermitted, Direction::NewlyDenied,
                                    Direction::ActionChange, Direction::ErrnoChange}) {
    for (const FoldedDifference& each : fold(report.found, direction))
      sheet.rows.push_back(row_of(each));
  }
  if (report.is_one_sided)
    sheet.conclusion = fmt::format("{} permits {} {} does not.", report.b,
                                   report.found.empty() ? "nothing that" : "what", report.a);
  else
    sheet.conclusion = report.found.empty() ? "Both do the same with every call."
                                            : fmt::format("Differences: {}.", sheet.rows.size());
  sheet.facts = {{"A", report.a}, {"B", report.b}};
  return sheet;
}

Sheet sheet_of(const WhatIfReport& report) {
  Sheet sheet;
  sheet.answer = Answer::WhatIf;
  for (const Foreseen& each : report.foreseen) sheet.rows.push_back(row_of(each));
  sheet.conclusion = fmt::format(
      "Different calls replayed: {}. Of what changes {} breaks, {} may break and {} is "
      "borne.",
      report.replayed, report.count(Effect::Breaks), report.count(Effect::MayBreak),
      report.count(Effect::Borne));
  sheet.facts = report.context;
  sheet.facts.emplace_back("profile", report.profile);
  sheet.doubts = report.holes;
  sheet.doubts.insert(sheet.doubts.end(), report.notes.begin(), report.notes.end());
  for (const auto& [call, way] : report.reachable) {
    Row row;
    row.kind = "reachable";
    row.id = "reachable@" + call;
    row.level = Level::Warning;
    row.call = call;
    row.title = call + ": the code can call it, and the profile denies it";
    row.text = way;
    sheet.rows.push_back(std::move(row));
  }
  return sheet;
}

Sheet sheet_of(const CoverageReport& report) {
  const coverage::Estimate& estimate = report.estimate;
  Sheet sheet;
  sheet.answer = Answer::Coverage;
  sheet.conclusion =
      estimate.runs < coverage::kFewestRuns
          ? fmt::format("Calls seen: {}; too few runs ({}) to say how many there are.",
                        estimate.seen, estimate.runs)
          : fmt::format("Calls seen: {}; {:.1f} more are likely to exist (95 %: {:.0f} to {:.0f}).",
                        estimate.seen, estimate.unseen, estimate.unseen_low, estimate.unseen_high);
  sheet.facts = {{"runs", fmt::format("{} (a run is a {})", estimate.runs, report.runs_by)},
                 {"calls seen", fmt::format("{}", estimate.seen)},
                 {"chance that the next run meets a new call",
                  fmt::format("{:.0f} %", 100 * estimate.next_is_new)}};
  if (report.code) take_code(*report.code, sheet);
  for (const CoverageRun& run : report.runs) {
    Row row;
    row.kind = "run";
    row.id = "run@" + run.name;
    row.title = run.name;
    row.text = fmt::format("{} calls, {} of them met in no earlier run", run.calls, run.fresh);
    sheet.rows.push_back(std::move(row));
  }
  for (const coverage::Doubt doubt : report.doubts) sheet.doubts.push_back(doubt_text(doubt));
  if (report.lost_records > 0)
    sheet.doubts.push_back(
        fmt::format("The logs say {} times that records are missing.", report.lost_records));
  return sheet;
}

}  // namespace medic::report
