// The text form of a repair, and what all forms share: for the reader at 3 a.m., whose terminal no
// byte of a log may steer.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "base/text.h"
#include "report/report.h"
#include "report/text_parts.h"

namespace medic::report {
namespace {

std::string conditions_text(const std::vector<profile::Condition>& conditions) {
  std::string out;
  for (const profile::Condition& each : conditions) {
    out += out.empty() ? " with " : " and ";
    out += each.op == profile::Op::MaskedEq
               ? fmt::format("arg{} & {:#x} == {:#x}", each.index, each.value, each.value_two)
               : fmt::format("arg{} == {:#x}", each.index, each.value);
  }
  return out;
}

void list(std::string& out, std::string_view title, const std::vector<std::string>& names,
          const Style& style) {
  if (names.empty()) return;
  constexpr std::size_t kMost = 40;
  std::string line;
  for (std::size_t i = 0; i < names.size() && i < kMost; ++i)
    line += (i == 0 ? "" : ", ") + escape_for_terminal(names[i]);
  if (names.size() > kMost) line += fmt::format(" and {} more", names.size() - kMost);
  out += fmt::format("  {:<18}{}\n", title, wrap(line, 20, style));
}

std::string verification_text(const repair::Verification& proof, const Style& style) {
  std::string out = fmt::format(
      "Proof ({}): {} observed call{} run through the compiled filter, {} denial{} resolved.\n",
      proof.engine, proof.checked, proof.checked == 1 ? "" : "s", proof.resolved,
      proof.resolved == 1 ? "" : "s");
  list(out, "still denied", proof.still_denied, style);
  list(out, "newly permitted", proof.newly_permitted, style);
  list(out, "NOT ASKED FOR", proof.unexpected, style);
  list(out, "LOST", proof.lost, style);
  list(out, "ERRNO CHANGED", proof.errno_flips, style);
  list(out, "HARSHER NOW", proof.harsher, style);
  list(out, "NOT PROVEN", proof.disagreements, style);
  if (!proof.within.empty() && proof.beyond.empty())
    list(out, "within", {fmt::format("{}: it permits no more than that", proof.within)}, style);
  list(out, "BEYOND THE BOUND", proof.beyond, style);
  return out;
}

std::string repair_text(const RepairReport& report, const Style& style) {
  std::string out;
  const auto permitted = std::count_if(report.added->begin(), report.added->end(),
                                       [](const repair::Added&) { return true; });
  out += permitted == 0 ? "Nothing is added.\n" : fmt::format("Added ({}):\n", permitted);
  for (const repair::Added& added : *report.added) {
    const std::string what = added.syscall.empty() ? std::string(kernel::info(added.arch).oci_token)
                                                   : added.syscall + conditions_text(added.args);
    out += fmt::format("  + {}{}{}\n", escape_for_terminal(what),
                       added.line != 0 ? fmt::format("  (line {})", added.line) : "",
                       added.note.empty() ? "" : "  " + added.note);
  }
  if (!report.refused->empty()) out += fmt::format("Not added ({}):\n", report.refused->size());
  for (const repair::Refused& refused : *report.refused) {
    out += fmt::format("  - {}\n", wrap(fmt::format("[{}] {}", repair::json_name(refused.reason),
                                                    escape_for_terminal(refused.text)),
                                        4, style));
  }
  for (const std::string& note : *report.notes)
    out += "  note: " + wrap(escape_for_terminal(note), 8, style) + "\n";
  return out + verification_text(*report.verification, style);
}

std::string date_text(std::int64_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string clock_text(std::int64_t ns_of_day) {
  const std::int64_t ms = ns_of_day / 1'000'000;
  return fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60,
                     ms % 1000);
}

constexpr std::int64_t kDay = 86'400'000'000'000;

}  // namespace

std::string time_text(const model::Time& time) {
  std::string out = time_json(time);
  if (time.basis != model::Time::Basis::Epoch) return out;
  out[10] = ' ';
  if (out.ends_with('Z')) out.pop_back();
  return out + (time.zone_assumed ? " (zone assumed UTC)" : " UTC");
}

std::string time_json(const model::Time& time) {
  switch (time.basis) {
    case model::Time::Basis::None: return {};
    case model::Time::Basis::Epoch: {
      const std::int64_t days = time.ns >= 0 ? time.ns / kDay : -((-time.ns + kDay - 1) / kDay);
      return date_text(days) + "T" + clock_text(time.ns - days * kDay) +
             (time.zone_assumed ? "" : "Z");
    }
    case model::Time::Basis::TimeOfDay: return clock_text(time.ns);
    case model::Time::Basis::Relative:
      return fmt::format("+{}.{:06}s", time.ns / 1'000'000'000, time.ns / 1000 % 1'000'000);
  }
  return {};
}

// Many inputs that all were read are one line.
std::string many_inputs_text(const std::vector<ledger::InputAccount>& inputs) {
  std::uint64_t lines = 0, used = 0, foreign = 0, damaged = 0;
  std::set<std::string> dialects;
  for (const ledger::InputAccount& input : inputs) {
    lines += input.lines;
    used += input.used;
    foreign += input.foreign;
    damaged += input.damaged;
    if (!input.dialect.empty()) dialects.insert(input.dialect);
  }
  return fmt::format("{} files: {}, {} line{}: {} used, {} foreign, {} damaged\n", inputs.size(),
                     fmt::join(dialects, ", "), lines, lines == 1 ? "" : "s", used, foreign,
                     damaged);
}

std::string input_text(const ledger::InputAccount& input) {
  std::string out = fmt::format(
      "{}: {}{}, {} line{}: {} used, {} foreign, {} damaged\n", escape_for_terminal(input.path),
      input.dialect.empty() ? "not recognised" : input.dialect,
      input.compression.empty() ? "" : " in " + input.compression, input.lines,
      input.lines == 1 ? "" : "s", input.used, input.foreign, input.damaged);
  for (const ledger::DamagedLine& line : input.first_damaged) {
    out += fmt::format("  {}:{}: {}: {}\n", escape_for_terminal(input.path), line.line, line.reason,
                       escape_for_terminal(shorten(line.text, 100)));
  }
  return out;
}

std::string inputs_text(const std::vector<ledger::InputAccount>& inputs) {
  constexpr std::size_t kMostNamed = 8;
  const bool many = inputs.size() > kMostNamed;
  std::string named;
  std::size_t count = 0;
  for (const ledger::InputAccount& input : inputs) {
    if (many && !input.dialect.empty() && input.damaged == 0) continue;
    if (++count <= kMostNamed) named += input_text(input);
  }
  if (!many) return named;
  const std::string rest =
      count <= kMostNamed
          ? std::string()
          : fmt::format("  {} of them were not recognised or have damaged lines; the first {}:\n",
                        count, kMostNamed);
  return many_inputs_text(inputs) + rest + named;
}

extern const Renderer kTextRenderer;
const Renderer kTextRenderer{"text",       diagnosis_text, repair_text, coverage_text,
                             what_if_text, lint_text,      diff_text};

}  // namespace medic::report
