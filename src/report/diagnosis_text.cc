// A diagnosis as the text form has it: the conclusion, the causes at a glance, what to do about all
// of them, then the details. One screen for any log.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.h"
#include "report/report.h"
#include "report/text_parts.h"

namespace medic::report {
namespace {

using diagnose::Diagnosis;
using diagnose::Finding;

// What nobody has to act upon, by program: dozens of such findings in full would bury the others.
// The JSON form holds them all.
struct Folded {
  std::string_view kind, title;
};
constexpr Folded kFolded[] = {
    {"logged", "Logged and let run (complain mode), by program; `seccomp-medic explain logged`:"},
    {"ordinary-answer",
     "Refused as the kernel refuses anybody, nothing to fix; `seccomp-medic explain "
     "ordinary-answer`:"},
};

bool is_folded(const Finding& finding) {
  return !finding.denied &&
         std::any_of(std::begin(kFolded), std::end(kFolded),
                     [&](const Folded& each) { return each.kind == finding.kind; });
}

std::string folded_text(const diagnose::Diagnosis& diagnosis, const Folded& kind,
                        const Style& style) {
  std::map<std::string, std::map<std::string, std::uint64_t>> calls;
  for (const Finding& finding : diagnosis.findings) {
    if (finding.kind != kind.kind || !is_folded(finding)) continue;
    const std::string who = finding.who.comm.empty() ? "unknown program" : finding.who.comm;
    calls[finding.who.exe.empty() ? who : fmt::format("{} ({})", who, finding.who.exe)]
         [diagnose::call_name(finding.syscall)] += finding.count;
  }
  if (calls.empty()) return {};
  std::string out = fmt::format("\n{}\n", kind.title);
  for (const auto& [who, names] : calls) {
    std::string line;
    for (const auto& [name, count] : names)
      line += fmt::format("{}{}{}", line.empty() ? "" : ", ", name,
                          count == 1 ? "" : fmt::format(" ({}x)", count));
    out += fmt::format("  {}\n    {}\n", escape_for_terminal(who), wrap(line, 4, style));
  }
  return out;
}

// What was denied, counted.
struct Sum {
  std::uint64_t denials = 0, harmless = 0, times = 0;
  bool all_seccomp = true, any_sure = false;
  bool all_seen_to_go_on = true;  // those that are harmless
  std::set<std::string> calls, programs;
  std::map<diagnose::Layer, std::uint64_t> layers;
  const Finding* only = nullptr;  // where there is one
};

Sum sum_of(const Diagnosis& diagnosis) {
  Sum sum;
  for (const Finding& finding : diagnosis.findings) {
    if (!finding.denied) continue;
    if (finding.harmless) {
      ++sum.harmless;
      sum.all_seen_to_go_on = sum.all_seen_to_go_on && finding.kind == "benign-probe";
      continue;
    }
    ++sum.denials;
    sum.only = sum.denials == 1 ? &finding : nullptr;
    sum.times += finding.count;
    sum.all_seccomp = sum.all_seccomp && finding.layer == diagnose::Layer::Seccomp;
    sum.any_sure = sum.any_sure || finding.certainty != model::Certainty::Suspected;
    sum.calls.insert(subject_text(finding));
    ++sum.layers[finding.layer];
    if (finding.who.met.empty()) sum.programs.insert(finding.who.comm);
    for (const diagnose::Met& met : finding.who.met)
      sum.programs.insert(met.comm.empty() ? met.exe : met.comm);
  }
  return sum;
}

std::string_view verb(const Diagnosis& diagnosis, bool is_sure, bool is_one) {
  if (diagnosis.is_replay) return is_sure ? "would be denied" : "may be denied";
  if (!is_sure) return is_one ? "was probably denied" : "were probably denied";
  return is_one ? "was denied" : "were denied";
}

// Who met it, in a sentence or a column: its program, or how many.
std::string program_words(const Finding& finding) {
  if (finding.who.programs > 1) return counted(finding.who.programs, "program", "programs");
  const std::string& name = finding.who.comm.empty() ? finding.who.exe : finding.who.comm;
  return name.empty() ? "unknown program" : escape_for_terminal(name);
}

std::string one_denial(const Diagnosis& diagnosis, const Finding& finding) {
  const std::uint64_t processes = finding.who.processes;
  return fmt::format("{} {} by {}{}: {}, in {} of {}.", subject_text(finding),
                     verb(diagnosis, finding.certainty != model::Certainty::Suspected, true),
                     diagnosis.is_replay ? "this profile" : layer_words(finding.layer),
                     finding.certainty == model::Certainty::Suspected || diagnosis.is_replay ? ""
                     : finding.certainty == model::Certainty::Stated ? " (the log states it)"
                                                                     : " (inferred)",
                     times_words(finding.count), counted(processes, "process", "processes"),
                     program_words(finding));
}

std::string many_denials(const Diagnosis& diagnosis, const Sum& sum) {
  std::string out;
  if (sum.all_seccomp) {
    out = fmt::format("{} {} by {}: ", counted(sum.calls.size(), "system call", "system calls"),
                      verb(diagnosis, sum.any_sure, sum.calls.size() == 1),
                      diagnosis.is_replay ? "this profile" : "seccomp");
  } else {
    out = fmt::format("{}, ", counted(sum.denials, "different denial", "different denials"));
    std::string parts;
    for (const auto& [layer, count] : sum.layers)
      parts += fmt::format("{}{} by {}", parts.empty() ? "" : ", ", count, layer_words(layer));
    out += parts + ": ";
  }
  return out + fmt::format("{}, by {}.", times_words(sum.times),
                           sum.programs.size() == 1
                               ? sum.programs.begin()->empty()
                                     ? "an unknown program"
                                     : escape_for_terminal(*sum.programs.begin())
                               : counted(sum.programs.size(), "program", "programs"));
}

// Why "nothing was denied" cannot be said as it stands; empty where it can.
std::string nothing_said(const Diagnosis& diagnosis, const Sum& sum) {
  const bool unread =
      std::any_of(diagnosis.inputs.begin(), diagnosis.inputs.end(),
                  [](const ledger::InputAccount& input) { return input.may_hide_denials(); });
  if (unread) return "What was denied cannot be said: these logs were not understood.";
  if (diagnosis.left_out.denials > 0)
    return "Nothing that was asked for was denied; what was left out, was.";
  if (sum.harmless == 0)
    return diagnosis.is_replay ? "This profile would deny nothing of what these logs show."
                               : "Nothing was denied, as far as these logs show.";
  const std::string calls = counted(sum.harmless, "call was", "different calls were");
  return sum.all_seen_to_go_on
             ? fmt::format("Nothing is broken, as far as these logs show: {} refused, and the "
                           "program went on another way.",
                           calls)
             : fmt::format("Nothing seems broken: {} refused, with an errno at which programs make "
                           "an older call instead.",
                           calls);
}

std::string conclusion_text(const Diagnosis& diagnosis, const Style& style) {
  const Sum sum = sum_of(diagnosis);
  std::string out = sum.denials == 0      ? nothing_said(diagnosis, sum)
                    : sum.only != nullptr ? one_denial(diagnosis, *sum.only)
                                          : many_denials(diagnosis, sum);
  if (sum.denials > 0 && sum.harmless > 0)
    out += fmt::format(" Besides, {} refused that the program has an answer to.",
                       counted(sum.harmless, "call was", "calls were"));
  return paint(wrap(out, 0, style), "1", style) + "\n";
}

struct Column {
  std::string_view title;
  std::size_t least;  // columns below which it is left out rather than cut
  bool to_the_right = false;
  std::vector<std::string> cells = {};
  std::vector<std::string_view> colors = {};
  std::size_t width = 0;  // 0: left out
};

std::array<Column, 8> columns_of(const std::vector<const Finding*>& rows) {
  std::array<Column, 8> out{Column{"", 1, true}, {"call", 10}, {"outcome", 14}, {"times", 5, true},
                            {"who", 8},          {"layer", 7}, {"risk", 8},     {"fix", 10}};
  std::size_t number = 0;
  for (const Finding* row : rows) {
    const std::array<std::string, 8> cells{
        fmt::format("{}", ++number),
        subject_text(*row),
        outcome_text(*row),
        with_commas(row->count),
        program_words(*row),
        std::string(diagnose::json_name(row->layer)),
        row->harmless ? "harmless" : std::string(kernel::name(row->risk.level)),
        escape_for_terminal(row->brief_fix)};
    for (std::size_t i = 0; i < out.size(); ++i) out[i].cells.push_back(cells[i]);
    for (Column& column : out) column.colors.emplace_back();
    out[1].colors.back() = row->harmless ? "" : "1;31";
    out[5].colors.back() = color_of(row->layer);
    out[6].colors.back() = row->harmless ? "" : color_of(row->risk.level);
  }
  return out;
}

// Makes the columns as wide as their cells; then, where that is too much, the widest narrower, one
// column at a time; then leaves some out, the least telling first.
void set_widths(std::array<Column, 8>& table, std::size_t width) {
  for (Column& column : table) {
    column.width = columns(column.title);
    for (const std::string& cell : column.cells)
      column.width = std::max(column.width, columns(cell));
  }
  constexpr std::size_t kNone = 8, kExpendable[] = {kNone, 5, 4, 2, 6, 7};
  const auto total = [&] {
    std::size_t sum = 0;
    for (const Column& column : table) sum += column.width == 0 ? 0 : column.width + 2;
    return sum;
  };
  for (const std::size_t expendable : kExpendable) {
    if (expendable < table.size() && total() > width) table[expendable].width = 0;
    while (total() > width) {
      const auto widest =
          std::max_element(table.begin(), table.end(), [](const Column& a, const Column& b) {
            return (a.width > a.least ? a.width : 0) < (b.width > b.least ? b.width : 0);
          });
      if (widest->width <= widest->least) break;
      --widest->width;
    }
  }
}

std::string line_of(const std::array<Column, 8>& table, std::size_t row, const Style& style) {
  std::string out;
  for (const Column& column : table) {
    if (column.width == 0) continue;
    const bool is_title = row == column.cells.size();
    std::string cell(is_title ? column.title : std::string_view(column.cells[row]));
    const std::size_t has = columns(cell);
    const bool pads_left = column.to_the_right && has < column.width;
    cell = pads_left ? std::string(column.width - has, ' ') + cell : fit(cell, column.width);
    if (&column == &table.back()) cell.erase(cell.find_last_not_of(' ') + 1);
    out += (out.empty() ? " " : "  ") + paint(cell, is_title ? "2" : column.colors[row], style);
  }
  return out.substr(0, out.find_last_not_of(' ') + 1) + "\n";
}

// Causes at a glance.
std::string table_text(const Diagnosis& diagnosis, const Style& style) {
  std::vector<const Finding*> rows;
  for (const Finding& finding : diagnosis.findings) {
    if (finding.denied) rows.push_back(&finding);
  }
  if (rows.size() < 2) return {};
  std::size_t most = style.top.value_or(20);
  if (most == 0) most = rows.size();
  const std::size_t more = rows.size() > most ? rows.size() - most : 0;
  rows.resize(rows.size() - more);
  auto table = columns_of(rows);
  set_widths(table, style.width);
  std::string out = "\n" + line_of(table, rows.size(), style);
  for (std::size_t i = 0; i < rows.size(); ++i) out += line_of(table, i, style);
  if (more > 0) out += fmt::format("  and {} more: --top 0 shows all\n", more);
  return out;
}

// What to do about all of them, where it is more than what one finding says itself.
std::string fix_text(const Diagnosis& diagnosis, const Style& style) {
  const auto denials = std::count_if(diagnosis.findings.begin(), diagnosis.findings.end(),
                                     [](const Finding& each) { return each.denied; });
  if (denials < 2 || diagnosis.fix.text.empty()) return {};
  return fmt::format("\n{}  {}\n", paint("Fix:", "1;32", style),
                     wrap(escape_for_terminal(diagnosis.fix.text), 6, style));
}

// All findings in full that there are to be: a few, as the table has the rest.
std::string details_text(const Diagnosis& diagnosis, const Style& style) {
  constexpr std::size_t kFew = 3;
  std::string out;
  std::size_t number = 0, shown = 0;
  for (const Finding& finding : diagnosis.findings) {
    if (is_folded(finding)) continue;
    ++number;
    if (!style.details && shown == kFew) continue;
    ++shown;
    out += '\n' + finding_text(finding, number, style);
  }
  if (number > shown)
    out += fmt::format("\n{} in full: -v shows all, `--call NAME` those of a call.\n",
                       shown == 0 ? "None" : fmt::format("{} of {} findings", shown, number));
  return out;
}

std::string left_out_text(const diagnose::FindingsLeftOut& left) {
  if (left.findings == 0) return {};
  return fmt::format(
      "\nLeft out, as not asked for: {}{}.\n", counted(left.findings, "finding", "findings"),
      left.denials == 0
          ? ", none of which is a denial"
          : fmt::format(", {} of them denied, {}", left.denials, times_words(left.times)));
}

}  // namespace

std::string diagnosis_text(const Diagnosis& diagnosis, const Style& style) {
  std::string out = conclusion_text(diagnosis, style) + table_text(diagnosis, style);
  const std::string fix = fix_text(diagnosis, style);
  Style inner = style;
  inner.fix_said = !fix.empty() && !style.details;
  out += fix + details_text(diagnosis, inner);
  for (const Folded& kind : kFolded) out += folded_text(diagnosis, kind, style);
  out += left_out_text(diagnosis.left_out);
  out += "\nRead: " + inputs_text(diagnosis.inputs);
  out += fmt::format("Evidence: {}.\n", diagnose::json_name(diagnosis.completeness.verdict));
  list_sentences(out, diagnosis.completeness.reasons, style);
  if (!diagnosis.completeness.next.empty()) out += "Next:\n";
  list_sentences(out, diagnosis.completeness.next, style);
  return out;
}

}  // namespace medic::report
