// coverage in both forms.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "base/escape_json.h"
#include "base/text.h"
#include "report/report.h"

namespace medic::report {

namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kShownRuns = 12, kShownWays = 200, kShownHoles = 12;

std::string estimate_text(const coverage::Estimate& e) {
  if (e.runs < coverage::kFewestRuns) {
    const char* runs = e.runs == 1 ? "run" : "runs";
    return fmt::format(
        "{} calls seen in {} {}: too few runs to say how many there are; {} or more are needed.\n",
        e.seen, e.runs, runs, coverage::kFewestRuns);
  }
  std::string out = fmt::format(
      "{} calls seen in {} runs; {:.1f} more are likely to exist (95 %: {:.0f} to {:.0f}).\n",
      e.seen, e.runs, e.unseen, e.unseen_low, e.unseen_high);
  out += fmt::format(
      "The next run meets a new call with a chance of {:.0f} % (95 %: at most {:.0f} %).\n",
      100 * e.next_is_new, 100 * e.next_is_new_high);
  if (e.more_runs)
    out +=
        fmt::format("About {} more runs bring that below {:.0f} %.\n", e.more_runs, 100 * e.bound);
  else
    out += fmt::format("That is below {:.0f} %.\n", 100 * e.bound);
  return out;
}

std::string runs_text(const CoverageReport& report) {
  std::string out = fmt::format("\nNew calls by run ({}):\n", report.runs_by);
  std::size_t met = 0;
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    const CoverageRun& run = report.runs[i];
    met += run.fresh;
    const bool shown = i < kShownRuns || run.fresh || i + 1 == report.runs.size();
    if (shown)
      out += fmt::format("  {:>5}  +{:<3} {:>4}  {}\n", i + 1, run.fresh, met,
                         escape_for_terminal(run.name));
  }
  return out;
}

std::string hours_text(const CoverageReport& report) {
  if (report.hours.empty()) return "";
  std::string out = "\nNew calls by hour since the first:\n";
  for (const NewInHour& hour : report.hours)
    out += fmt::format("  {:>5}  +{}\n", hour.hour, hour.fresh);
  return out;
}

std::string groups_text(const CoverageReport& report) {
  std::string out;
  for (const CoverageGroup& group : report.groups) {
    const coverage::Estimate& e = group.estimate;
    out += fmt::format("  {} {}: {} calls, runs: {}", group.kind, escape_for_terminal(group.name),
                       e.seen, e.runs);
    out += e.runs < coverage::kFewestRuns
               ? " (too few)\n"
               : fmt::format(", {:.1f} more likely (to {:.0f})\n", e.unseen, e.unseen_high);
  }
  return out.empty() ? out : "\n" + out;
}

std::string code_head(const CodeCoverage& code) {
  std::string head = fmt::format("seen {} · reachable {}", code.seen.size(), code.reachable.size());
  if (code.permitted)
    head += fmt::format(" · permitted {} · safe to drop today {}", *code.permitted,
                        code.droppable.size());
  return head +
         (code.sound() ? "" : fmt::format("  (but for {} holes, below)", code.holes.size())) + "\n";
}

std::string code_text(const CodeCoverage& code, const Style& style) {
  std::string out = code_head(code);
  if (!code.seen_of.empty())
    out += fmt::format("Seen are the calls of {}.\n", escape_for_terminal(code.seen_of));
  if (!code.droppable.empty())
    out += wrap(fmt::format("drop: {}", fmt::join(code.droppable, ", ")), 6, style) + "\n";
  if (!code.unforeseen.empty())
    out += wrap(fmt::format("Seen, but not found in the code (a hole explains it, or another "
                            "program made it): {}",
                            fmt::join(code.unforeseen, ", ")),
                2, style) +
           "\n";
  if (!code.ways.empty()) out += "\nReachable, but not seen:\n";
  for (std::size_t i = 0; i < code.ways.size() && i < kShownWays; ++i)
    out +=
        fmt::format("  {:<22} {}\n", code.ways[i].first, escape_for_terminal(code.ways[i].second));
  if (code.ways.size() > kShownWays)
    out += fmt::format("  … and {} more (--format json has all)\n", code.ways.size() - kShownWays);
  if (!code.holes.empty()) out += "\nNot covered:\n";
  for (std::size_t i = 0; i < code.holes.size() && i < kShownHoles; ++i)
    out += "  " + escape_for_terminal(elf::hole_text(code.holes[i])) + "\n";
  if (code.holes.size() > kShownHoles)
    out +=
        fmt::format("  … and {} more (--format json has all)\n", code.holes.size() - kShownHoles);
  return out +
         "Programs that it executes are programs of their own: name them with --elf as well.\n";
}

Json estimate_json(const coverage::Estimate& e) {
  return {{"runs", e.runs},
          {"seen", e.seen},
          {"in_one_run", e.in_one_run},
          {"in_two_runs", e.in_two_runs},
          {"unseen", e.unseen},
          {"unseen_low", e.unseen_low},
          {"unseen_high", e.unseen_high},
          {"next_is_new", e.next_is_new},
          {"next_is_new_high", e.next_is_new_high},
          {"bound", e.bound},
          {"more_runs", e.more_runs}};
}

Json code_json(const CodeCoverage& code) {
  Json ways = Json::array(), holes = Json::array();
  for (const auto& [call, way] : code.ways) ways.push_back({{"call", call}, {"way", way}});
  for (const elf::Hole& hole : code.holes)
    holes.push_back({{"kind", json_name(hole.kind)},
                     {"where", hole.where},
                     {"detail", hole.detail},
                     {"text", elf::hole_text(hole)}});
  return {{"programs", code.programs},
          {"files", code.files},
          {"seen_of", code.seen_of},
          {"seen", code.seen},
          {"reachable", code.reachable},
          {"unforeseen", code.unforeseen},
          {"permitted", code.permitted ? Json(*code.permitted) : Json(nullptr)},
          {"droppable", code.droppable},
          {"ways", ways},
          {"holes", holes}};
}

}  // namespace

std::string doubt_text(coverage::Doubt doubt) {
  switch (doubt) {
    case coverage::Doubt::FewRuns: return "Too few runs for an estimate: it says little.";
    case coverage::Doubt::AllAlike:
      return "All runs met the same calls: they may all have done the same.";
    case coverage::Doubt::StillRising:
      return "More than a quarter of the calls were met in one run only: the recording is far from "
             "its end.";
    case coverage::Doubt::Drifting:
      return "The last runs met more new calls than chance explains: what is run has changed.";
  }
  return "";
}

std::string_view json_name(coverage::Doubt doubt) {
  switch (doubt) {
    case coverage::Doubt::FewRuns: return "few-runs";
    case coverage::Doubt::AllAlike: return "all-alike";
    case coverage::Doubt::StillRising: return "still-rising";
    case coverage::Doubt::Drifting: return "drifting";
  }
  return "";
}

std::string_view json_name(elf::HoleKind kind) {
  switch (kind) {
    case elf::HoleKind::UnknownNumber: return "unknown-number";
    case elf::HoleKind::UnknownCaller: return "unknown-caller";
    case elf::HoleKind::MissingLibrary: return "missing-library";
    case elf::HoleKind::UnreadLibrary: return "unread-library";
    case elf::HoleKind::NamedLibrary: return "named-library";
    case elf::HoleKind::Packed: return "packed";
    case elf::HoleKind::CompatEntry: return "compat-entry";
  }
  return "";
}

std::string coverage_text(const CoverageReport& report, const Style& style) {
  std::string out;
  if (report.code) out += code_text(*report.code, style) + "\n";
  out += estimate_text(report.estimate);
  const bool few = report.runs.size() < coverage::kFewestRuns;
  for (const coverage::Doubt doubt : report.doubts)
    out += few ? "" : "but: " + doubt_text(doubt) + "\n";
  if (report.lost_records)
    out +=
        fmt::format("but: The logs say {} times that records are missing.\n", report.lost_records);
  if (few)
    out +=
        "hint: give more logs, one a run, or name with --exe the program whose executions are "
        "runs\n";
  return out + runs_text(report) + hours_text(report) + groups_text(report);
}

std::string coverage_json(const CoverageReport& report, const Style&) {
  Json runs = Json::array(), hours = Json::array(), doubts = Json::array(), groups = Json::array();
  for (const CoverageRun& run : report.runs)
    runs.push_back({{"name", run.name}, {"calls", run.calls}, {"fresh", run.fresh}});
  for (const NewInHour& hour : report.hours)
    hours.push_back({{"hour", hour.hour}, {"fresh", hour.fresh}});
  for (const coverage::Doubt doubt : report.doubts)
    doubts.push_back({{"kind", json_name(doubt)}, {"text", doubt_text(doubt)}});
  for (const CoverageGroup& group : report.groups)
    groups.push_back(
        {{"kind", group.kind}, {"name", group.name}, {"estimate", estimate_json(group.estimate)}});
  const Json answer = {{"schema", "seccomp-medic/coverage/1"},
                       {"runs_by", report.runs_by},
                       {"estimate", estimate_json(report.estimate)},
                       {"doubts", doubts},
                       {"lost_records", report.lost_records},
                       {"runs", runs},
                       {"hours", hours},
                       {"groups", groups},
                       {"code", report.code ? code_json(*report.code) : Json(nullptr)}};
  return escape_json(answer.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace medic::report
