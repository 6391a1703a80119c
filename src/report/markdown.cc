// GitHub's and GitLab's Markdown, for an issue or a merge request. A log's text makes no link, no
// mention, no reference and no markup there.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/sheet.h"

namespace medic::report {
namespace {

// A sentence. What both renderers would act on is an entity; a mention, a reference to an issue and
// a bare address are broken by a comment, as they are looked for in the rendered text.
std::string prose(std::string_view text) {
  constexpr std::string_view kActive = "\\`*_{}[]<>()&|~!$^\"'";
  constexpr std::string_view kReference = "@#%:.";
  std::string out;
  const std::string safe = escape_for_terminal(text);
  for (std::size_t i = 0; i < safe.size(); ++i) {
    const char c = safe[i];
    const bool joins = i + 1 < safe.size() && safe[i + 1] != ' ';
    if (kActive.find(c) != std::string_view::npos)
      out += fmt::format("&#{};", static_cast<int>(c));
    else
      out += c;
    if (kReference.find(c) != std::string_view::npos && joins) out += "<!-- -->";
  }
  // A line that begins so would be a heading, a list or a rule.
  if (!out.empty() &&
      std::string_view("#+-=>0123456789").find(out.front()) != std::string_view::npos)
    out.insert(0, "<!-- -->");
  return out;
}

std::size_t longest_run_of_backticks(std::string_view text) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

// A code span that no backtick within ends. In a table `|` ends a cell even there.
std::string code(std::string_view text, bool in_table = false) {
  std::string safe;
  for (const char c : escape_for_terminal(text)) {
    if (c == '|' && in_table) safe += '\\';
    safe += c;
  }
  if (safe.empty()) return {};
  const std::string fence(longest_run_of_backticks(safe) + 1, '`');
  return fmt::format("{0} {1} {0}", fence, safe);
}

std::string block(std::string_view text, std::string_view language) {
  std::string safe;
  for (const std::string_view line : split(text, '\n')) {
    for (const std::string_view part : split(line, '\t')) safe += escape_for_terminal(part) + "\t";
    safe.back() = '\n';
  }
  while (safe.ends_with("\n\n")) safe.pop_back();
  const std::string fence(std::max<std::size_t>(3, longest_run_of_backticks(safe) + 1), '`');
  return fmt::format("{}{}\n{}{}\n", fence, language, safe, fence);
}

bool are_denials(const Sheet& sheet) {
  return sheet.answer == Answer::Diagnosis || sheet.answer == Answer::Check;
}

std::string table(const std::vector<Row>& rows, bool denials) {
  constexpr std::size_t kMost = 200;
  std::string out = denials ? "|   | what | times | programs | layer | certainty | risk |\n"
                              "| - | ---- | ----: | -------: | ----- | --------- | ---- |\n"
                            : "|   | what | level | where |\n| - | ---- | ----- | ----- |\n";
  for (std::size_t i = 0; i < rows.size() && i < kMost; ++i) {
    const Row& row = rows[i];
    const std::string place =
        row.place.file.empty() ? "" : fmt::format("{}:{}", row.place.file, row.place.line);
    out += denials
               ? fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", i + 1, code(row.title, true),
                             row.count, row.programs, row.layer, row.certainty, row.risk)
               : fmt::format("| {} | {} | {} | {} |\n", i + 1, code(row.title, true),
                             json_name(row.level), code(place, true));
  }
  if (rows.size() > kMost) out += fmt::format("\nand {} more\n", rows.size() - kMost);
  return out;
}

std::string who_text(const Row& row) {
  constexpr std::size_t kMost = 5;
  std::string out;
  for (std::size_t i = 0; i < row.met.size() && i < kMost; ++i) {
    const diagnose::Met& met = row.met[i];
    const std::string& program = met.comm.empty() ? met.exe : met.comm;
    if (program.empty()) continue;
    out += fmt::format("{}{}{}{} ({}×)", out.empty() ? "" : ", ", code(program),
                       met.container.empty() ? "" : " in " + code(met.container),
                       met.host.empty() ? "" : " on " + code(met.host), met.count);
  }
  if (!out.empty() && row.met.size() > kMost)
    out += fmt::format(" and {} more", row.met.size() - kMost);
  return out;
}

std::string detail(const Row& row, std::size_t number) {
  std::string out = fmt::format("\n### {}. {}\n\n", number, code(row.title));
  if (!row.text.empty()) out += prose(row.text) + "\n\n";
  if (!row.fix.empty()) out += "**Fix:** " + prose(row.fix) + "\n\n";
  if (const std::string who = who_text(row); !who.empty()) out += "Met by " + who + ".\n\n";
  for (const std::string& note : row.notes) out += "- " + prose(note) + "\n";
  for (const diagnose::Evidence& each : row.evidence) {
    out += fmt::format("\n{}\n", code(fmt::format("{}:{}", each.file, each.line)));
    if (!each.text.empty()) out += "\n" + block(each.text, "text");
  }
  return out;
}

std::string list(std::string_view title, const std::vector<std::string>& sentences) {
  if (sentences.empty()) return {};
  std::string out = fmt::format("\n### {}\n\n", title);
  for (const std::string& each : sentences) out += "- " + prose(each) + "\n";
  return out;
}

std::string facts(std::string_view title, const Facts& facts) {
  if (facts.empty()) return {};
  std::string out = fmt::format("\n### {}\n\n", title);
  for (const auto& [name, value] : facts)
    out += fmt::format("- {}: {}\n", prose(name), value.empty() ? "none" : code(value));
  return out;
}

std::string markdown(const Sheet& sheet, const Style&) {
  constexpr std::size_t kMostDetails = 20;
  std::string out = fmt::format("## seccomp-medic {}\n\n**{}**\n", command_name(sheet.answer),
                                prose(sheet.conclusion));
  if (!sheet.rows.empty()) out += "\n" + table(sheet.rows, are_denials(sheet));
  if (!sheet.command.empty()) out += "\n" + block(sheet.command, "sh");
  if (!sheet.diff.empty()) out += "\n### The change\n\n" + block(sheet.diff, "diff");
  if (!sheet.causes.empty()) out += "\n### What was denied\n\n" + table(sheet.causes, true);
  std::string details;
  for (std::size_t i = 0; i < sheet.rows.size() && i < kMostDetails; ++i)
    details += detail(sheet.rows[i], i + 1);
  if (!details.empty())
    out += "\n<details><summary>Details</summary>\n" + details + "\n</details>\n";
  if (sheet.rows.size() > kMostDetails)
    out += fmt::format("\n{} more are not shown in full.\n", sheet.rows.size() - kMostDetails);
  out += facts("Context", sheet.facts) + facts("Proof", sheet.proof);
  return out + list("What is not known", sheet.doubts) + list("Next", sheet.next);
}

}  // namespace

extern const Renderer kMarkdownRenderer;
const Renderer kMarkdownRenderer{
    .name = "markdown",
    .sheet = markdown,
    .sheets = {Answer::Diagnosis, Answer::Check, Answer::Repair, Answer::Synthesis,
               Answer::Coverage, Answer::WhatIf, Answer::Lint, Answer::Diff}};

}  // namespace medic::report
