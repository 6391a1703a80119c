// Renderers: peers behind one registry. A renderer computes nothing; what it prints, somebody
// before it has found out.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "diagnose/finding.h"
#include "profile/profile.h"
#include "repair/repair.h"
#include "report/coverage_report.h"
#include "report/diff_report.h"
#include "report/lint_report.h"
#include "report/what_if_report.h"

namespace medic::report {

struct Style {
  bool color = false;
  std::size_t width = 100;         // of the text form, in columns
  bool details = false;            // every finding in full, however many there are
  bool raw = false;                // lines of evidence whole, not only their fields that matter
  bool fix_said = false;           // the common fix was printed: findings in it need not repeat it
  std::optional<std::size_t> top;  // rows of a table, and of those who met a finding; nothing: as
                                   // many as the form thinks fit; 0: all
};

// All that a repair or synthesis says of itself.
struct RepairReport {
  const std::vector<repair::Added>* added = nullptr;
  const std::vector<repair::Refused>* refused = nullptr;
  const repair::Verification* verification = nullptr;
  const std::vector<std::string>* notes = nullptr;
  const std::vector<diagnose::Finding>* findings = nullptr;  // null for a synthesis
  std::string profile_text;                                  // the new one
  std::string file;                                          // the profile's path, for sentences
  bool complete = false;
  const std::vector<repair::Narrowed>* narrowed = nullptr;  // null: nobody asked
  std::string old_text = {};  // of the profile before; empty: there was none
};

// A diagnosis, or a replay, with the profile that it was made under.
struct DiagnosisReport {
  const diagnose::Diagnosis* diagnosis = nullptr;
  const profile::Profile* profile = nullptr;  // null: none is known
  bool is_check = false;                      // a replay
};

// What is answered; a form may have only some of them.
enum class Answer : std::uint8_t {
  Diagnosis,
  Check,
  Repair,
  Synthesis,
  Coverage,
  WhatIf,
  Lint,
  Diff,
  Other  // text and json alone
};

struct Sheet;

// A form has functions of its own for the answers, or prints the sheet that is made of one
// (sheet.h).
struct Renderer {
  std::string_view name;  // as --format takes it
  std::string (*diagnosis)(const diagnose::Diagnosis&, const Style&) = nullptr;
  std::string (*repair)(const RepairReport&, const Style&) = nullptr;
  std::string (*coverage)(const CoverageReport&, const Style&) = nullptr;
  std::string (*what_if)(const WhatIfReport&, const Style&) = nullptr;
  std::string (*lint)(const LintReport&, const Style&) = nullptr;
  std::string (*diff)(const DiffReport&, const Style&) = nullptr;
  std::string (*sheet)(const Sheet&, const Style&) = nullptr;
  std::initializer_list<Answer> sheets = {};  // the answers that it prints as sheets
};
std::span<const Renderer> all_renderers();
const Renderer* find_renderer(std::string_view name);
bool has_form(const Renderer& renderer, Answer answer);

// The answer in that form, which must have it.
std::string render(const Renderer& renderer, const DiagnosisReport& report, const Style& style);
std::string render(const Renderer& renderer, const RepairReport& report, const Style& style);
std::string render(const Renderer& renderer, const CoverageReport& report, const Style& style);
std::string render(const Renderer& renderer, const WhatIfReport& report, const Style& style);
std::string render(const Renderer& renderer, const LintReport& report, const Style& style);
std::string render(const Renderer& renderer, const DiffReport& report, const Style& style);

// The forms of coverage, for the registry's rows.
std::string coverage_text(const CoverageReport& report, const Style& style);
std::string coverage_json(const CoverageReport& report, const Style& style);
std::string what_if_text(const WhatIfReport& report, const Style& style);
std::string what_if_json(const WhatIfReport& report, const Style& style);

std::string lint_text(const LintReport& report, const Style& style);
std::string lint_json(const LintReport& report, const Style& style);
std::string diff_text(const DiffReport& report, const Style& style);
std::string diff_json(const DiffReport& report, const Style& style);

// The parts that other documents share.
std::string time_text(
    const model::Time& time);  // "2026-11-22 01:45:10.123 UTC", "01:45:10.123", or empty
std::string time_json(
    const model::Time& time);  // RFC 3339 where the date is known; empty when there is no time
std::string finding_text(const diagnose::Finding& finding, std::size_t number, const Style& style);
std::string inputs_text(const std::vector<ledger::InputAccount>& inputs);
// Text wrapped at the style's width, every line after the first indented.
std::string wrap(std::string_view text, std::size_t indent, const Style& style);

}  // namespace medic::report
