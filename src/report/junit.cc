// JUnit's XML, as CI servers read it: a test case a finding, failed where the exit code follows
// from it.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/markup.h"
#include "report/sheet.h"

namespace medic::report {
namespace {

std::string place_of(const Row& row) {
  if (!row.place.file.empty()) return fmt::format("{}:{}", row.place.file, row.place.line);
  if (row.evidence.empty()) return {};
  return fmt::format("{}:{}", row.evidence.front().file, row.evidence.front().line);
}

std::string body_of(const Row& row) {
  std::string out = row.text;
  if (!row.fix.empty()) out += "\nfix: " + row.fix;
  const std::string place = place_of(row);
  if (!place.empty()) out += "\nat " + place;
  for (const diagnose::Evidence& each : row.evidence) out += "\n" + each.text;
  return out;
}

std::string test_case(const Row& row, std::string_view command) {
  const std::string head =
      fmt::format("    <testcase classname=\"seccomp-medic.{}\" name=\"{}\"", command,
                  markup_line(fmt::format("{} [{}]", row.title, row.id)));
  if (!row.fails)
    return head + fmt::format(">\n      <system-out>{}</system-out>\n    </testcase>\n",
                              markup_lines(body_of(row)));
  return head + fmt::format(
                    ">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n"
                    "    </testcase>\n",
                    markup_line(row.kind), markup_line(row.title), markup_lines(body_of(row)));
}

// An answer without findings is one test, so that a server shows that it ran; it is an error where
// the logs were not understood.
std::string the_answer(const Sheet& sheet, std::string_view command) {
  const std::string head = fmt::format("    <testcase classname=\"seccomp-medic.{}\" name=\"{}\"",
                                       command, markup_line(sheet.conclusion));
  return sheet.is_doubtful ? head + fmt::format("><error message=\"{}\"/></testcase>\n",
                                                markup_line(sheet.conclusion))
                           : head + "/>\n";
}

std::string junit(const Sheet& sheet, const Style&) {
  const std::string_view command = command_name(sheet.answer);
  const auto failures =
      std::count_if(sheet.rows.begin(), sheet.rows.end(), [](const Row& row) { return row.fails; });
  const bool answer_counts = sheet.rows.empty() || sheet.is_doubtful;
  const std::string counts =
      fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\"",
                  sheet.rows.size() + (answer_counts ? 1 : 0), failures, sheet.is_doubtful ? 1 : 0);
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"seccomp-medic\" {0}>\n"
      "  <testsuite name=\"seccomp-medic {1}\" {0} skipped=\"0\">\n",
      counts, command);
  for (const Row& row : sheet.rows) out += test_case(row, command);
  if (answer_counts) out += the_answer(sheet, command);
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace

extern const Renderer kJunitRenderer;
const Renderer kJunitRenderer{
    .name = "junit",
    .sheet = junit,
    .sheets = {Answer::Diagnosis, Answer::Check, Answer::Repair, Answer::Synthesis, Answer::WhatIf,
               Answer::Lint, Answer::Diff}};

}  // namespace medic::report
