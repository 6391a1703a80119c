// The text form: for the reader at 3 a.m., whose terminal no byte of a log may steer.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "base/text.h"
#include "kernel/errno.h"
#include "report/report.h"

namespace medic::report {
namespace {

using diagnose::Finding;

std::string paint(std::string_view text, std::string_view code, const Style& style) {
  return style.color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string outcome_text(const Finding& finding) {
  const model::Outcome& outcome = finding.outcome;
  switch (outcome.kind) {
    case model::Outcome::Kind::Failed:
      return outcome.error == 0 ? "refused" : "failed with " + kernel::errno_text(outcome.error);
    case model::Outcome::Kind::Killed:
      return fmt::format("died of {}", kernel::signal_name(outcome.signal));
    case model::Outcome::Kind::Denied: break;
    default: return "was answered 0 without being run";
  }
  switch (outcome.action) {
    case kernel::Action::KillProcess: return "process killed";
    case kernel::Action::KillThread: return "thread killed";
    case kernel::Action::Trap: return "trapped with SIGSYS";
    case kernel::Action::Errno:
      return finding.verdict && finding.verdict->action == kernel::Action::Errno
                 ? "denied with " + kernel::errno_text(finding.verdict->errno_value)
                 : "denied with an errno";
    case kernel::Action::Notify: return "denied (user notification)";
    case kernel::Action::Trace: return "denied (tracer)";
    case kernel::Action::Log: return finding.denied ? "would be denied" : "logged, not denied";
    case kernel::Action::Allow: return "allowed";
  }
  return {};
}

std::string headline(const Finding& finding) {
  if (finding.syscall.name == kernel::kNoName && !finding.syscall.has_number)
    return std::string(diagnose::json_name(finding.layer)) + " denial";
  std::string call = finding.syscall.has_number
                         ? fmt::format("{} ({} {})", diagnose::call_name(finding.syscall),
                                       kernel::name(finding.syscall.arch), finding.syscall.number)
                         : diagnose::call_name(finding.syscall);
  return fmt::format("{}: {}", call, outcome_text(finding));
}

// "1 process", "2 processes".
std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// Several programs or containers met it: how many, and the most frequent of them.
std::string crowd_text(const diagnose::Who& who) {
  constexpr std::size_t kMost = 5;
  std::string out = fmt::format("{} of {}", counted(who.processes, "process", "processes"),
                                counted(who.programs, "program", "programs"));
  if (who.containers > 0) out += " in " + counted(who.containers, "container", "containers");
  if (who.hosts > 1) out += " on " + counted(who.hosts, "host", "hosts");
  for (std::size_t i = 0; i < who.met.size() && i < kMost; ++i) {
    const diagnose::Met& met = who.met[i];
    out += fmt::format("{}{}{}{} ({}x)", i == 0 ? ": " : ", ",
                       met.comm.empty() ? met.exe.empty() ? "unknown program" : met.exe : met.comm,
                       met.container.empty() ? "" : " in " + met.container,
                       met.host.empty() || who.hosts < 2 ? "" : " on " + met.host, met.count);
  }
  if (who.met.size() > kMost) out += fmt::format(" and {} more", who.met.size() - kMost);
  return out;
}

std::string who_text(const Finding& finding) {
  if (finding.who.met.size() > 1) return crowd_text(finding.who);
  std::string out = finding.who.comm.empty() ? "unknown program" : finding.who.comm;
  if (!finding.who.exe.empty()) out += fmt::format(" ({})", finding.who.exe);
  if (finding.who.pid >= 0) out += fmt::format(", pid {}", finding.who.pid);
  if (finding.who.processes > 1) out += fmt::format(" and {} more", finding.who.processes - 1);
  if (!finding.who.host.empty()) out += ", host " + finding.who.host;
  if (!finding.who.label.empty()) out += ", label " + finding.who.label;
  if (finding.who.phase == "runtime-init")
    out += "; the runtime's own call while it starts the container";
  if (finding.who.phase == "exec") out += "; executed into the container from outside";
  return out;
}

std::string container_text(const diagnose::Container& container) {
  std::string out = container.name.empty() ? container.id.substr(0, 12) : container.name;
  if (!container.name.empty() && !container.id.empty())
    out += fmt::format(" ({})", container.id.substr(0, 12));
  if (!container.pod.empty())
    out += fmt::format("{}pod {}", out.empty() ? "" : ", ", container.pod);
  if (!container.image.empty()) out += ", image " + container.image;
  return out + fmt::format(" [{}: {}]", model::name(container.certainty), container.reason);
}

void row(std::string& out, std::string_view label, std::string_view text, const Style& style) {
  if (text.empty()) return;
  out += fmt::format("   {:<10}{}\n", label, wrap(escape_for_terminal(text), 13, style));
}

std::string risk_text(const kernel::Risk& risk) {
  const std::string guard =
      !risk.capability.empty()
          ? fmt::format("; without {} the kernel still refuses it", risk.capability)
      : risk.unguarded ? std::string("; no capability guards it")
                       : std::string();
  return fmt::format("{}: it {}{}.", kernel::name(risk.level), risk.why, guard);
}

std::string times_text(const Finding& finding) {
  const std::string first = time_text(finding.first), last = time_text(finding.last);
  if (first.empty()) return {};
  return first == last ? first : fmt::format("{} to {}", first, last);
}

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

void list_sentences(std::string& out, const std::vector<std::string>& sentences,
                    const Style& style) {
  for (const std::string& each : sentences)
    out += "  - " + wrap(escape_for_terminal(each), 4, style) + "\n";
}

// The conclusion: how many different denials, how often, and by whom they were met.
std::string conclusion_text(const diagnose::Diagnosis& diagnosis) {
  std::uint64_t denied = 0, harmless = 0, times = 0, processes = 0;
  std::set<std::string> programs;
  for (const Finding& finding : diagnosis.findings) {
    if (!finding.denied) continue;
    ++denied;
    if (finding.kind == "benign-probe") ++harmless;
    times += finding.count;
    processes += finding.who.processes;
    for (const diagnose::Met& met : finding.who.met)
      programs.insert(met.comm.empty() ? met.exe : met.comm);
  }
  const bool unread =
      std::any_of(diagnosis.inputs.begin(), diagnosis.inputs.end(),
                  [](const ledger::InputAccount& input) { return input.may_hide_denials(); });
  if (denied == 0 && unread)
    return "What was denied cannot be said: these logs were not understood.\n";
  if (denied == 0) return "Nothing was denied, as far as these logs show.\n";
  if (harmless == denied) {
    return fmt::format(
        "Nothing is broken, as far as these logs show: {} refused, and the program went on another "
        "way.\n",
        counted(denied, "call was", "different calls were"));
  }
  std::string out = counted(denied, "different denial", "different denials");
  if (times != denied) out += fmt::format(", {} times", times);
  if (programs.size() > 1) out += fmt::format(", by {} programs", programs.size());
  return out + ".\n";
}

// Causes at a glance, where there are more than fit on a screen in full.
std::string table_text(const diagnose::Diagnosis& diagnosis) {
  constexpr std::size_t kFewest = 4, kMost = 30;
  std::vector<const Finding*> rows;
  for (const Finding& finding : diagnosis.findings) {
    if (finding.denied) rows.push_back(&finding);
  }
  if (rows.size() < kFewest) return {};
  std::string out = fmt::format("\n  {:>3}  {:<26} {:<26} {:>9}  {:<10} {}\n", "", "call",
                                "outcome", "times", "layer", "risk");
  for (std::size_t i = 0; i < rows.size() && i < kMost; ++i) {
    const Finding& row = *rows[i];
    const bool has_call = row.syscall.name != kernel::kNoName || row.syscall.has_number;
    out += fmt::format(
        "  {:>3}  {:<26} {:<26} {:>9}  {:<10} {}\n", i + 1,
        shorten(escape_for_terminal(has_call ? diagnose::call_name(row.syscall) : row.kind), 26),
        shorten(outcome_text(row), 26), row.count, diagnose::json_name(row.layer),
        kernel::name(row.risk.level));
  }
  if (rows.size() > kMost) out += fmt::format("       and {} more\n", rows.size() - kMost);
  return out;
}

// A few findings are shown in full; of many the first three, and the table has the rest.
std::size_t details_shown(const diagnose::Diagnosis& diagnosis, const Style& style) {
  constexpr std::size_t kMany = 8, kFew = 3;
  return style.details || diagnosis.findings.size() <= kMany ? diagnosis.findings.size() : kFew;
}

std::string diagnosis_text(const diagnose::Diagnosis& diagnosis, const Style& style) {
  std::string out = inputs_text(diagnosis.inputs);
  std::size_t number = 0;
  out += conclusion_text(diagnosis);
  out += table_text(diagnosis);
  const std::size_t most = details_shown(diagnosis, style);
  for (const Finding& finding : diagnosis.findings) {
    if (is_folded(finding)) continue;
    if (++number <= most) out += '\n' + finding_text(finding, number, style);
  }
  if (number > most)
    out += fmt::format("\n{} more findings are not shown in full: --details shows them.\n",
                       number - most);
  for (const Folded& kind : kFolded) out += folded_text(diagnosis, kind, style);
  out += fmt::format("\nEvidence: {}.\n", diagnose::json_name(diagnosis.completeness.verdict));
  list_sentences(out, diagnosis.completeness.reasons, style);
  if (!diagnosis.completeness.next.empty()) out += "Next:\n";
  list_sentences(out, diagnosis.completeness.next, style);
  return out;
}

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

// Wide characters count as one column: a line may come out longer, never wrongly cut.
std::string wrap(std::string_view text, std::size_t indent, const Style& style) {
  const std::size_t width = std::max<std::size_t>(style.width, indent + 30) - indent;
  std::string out;
  std::size_t column = 0;
  for (const std::string_view word : split(text, ' ')) {
    const auto length =
        static_cast<std::size_t>(std::count_if(word.begin(), word.end(), [](char c) {
          return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
        }));
    if (column != 0 && column + 1 + length > width) {
      out += '\n' + std::string(indent, ' ');
      column = 0;
    } else if (column != 0) {
      out += ' ';
      ++column;
    }
    out += word;
    column += length;
  }
  return out;
}

std::string finding_text(const Finding& finding, std::size_t number, const Style& style) {
  std::string out = fmt::format(
      "{}. {}  [{}, {}{}]\n", number,
      paint(escape_for_terminal(headline(finding)), finding.denied ? "1;31" : "1", style),
      diagnose::json_name(finding.layer), model::name(finding.certainty),
      finding.count == 1 ? "" : fmt::format(", {} times", finding.count));
  row(out, "who", who_text(finding), style);
  if (finding.who.container && finding.who.containers < 2)
    row(out, "container", container_text(*finding.who.container), style);
  else if (finding.who.met.size() < 2)
    row(out, "unit", finding.who.unit, style);
  row(out, "what", finding.summary, style);
  if (!finding.call_text.empty()) row(out, "call", finding.call_text, style);
  row(out, "when", times_text(finding), style);
  for (const diagnose::Evidence& each : finding.evidence) {
    out += fmt::format("   {:<10}{}{}\n", &each == &finding.evidence.front() ? "seen" : "",
                       escape_for_terminal(each.file),
                       each.line == 0 ? "" : fmt::format(":{}", each.line));
    if (!each.text.empty() && &each == &finding.evidence.front())
      out += fmt::format("             {}\n", escape_for_terminal(shorten(each.text, 240)));
  }
  if (!finding.arch_reason.empty())
    row(out, "arch", fmt::format("{}: {}", kernel::name(finding.syscall.arch), finding.arch_reason),
        style);
  row(out, "fix", finding.remedy.text, style);
  if (finding.risk.level != kernel::RiskLevel::Low)
    row(out, "risk", risk_text(finding.risk), style);
  if (!finding.intrusion.empty())
    row(out, "ATTACK?",
        fmt::format("This may be an intrusion: {}. Find out who asked for it before permitting it.",
                    fmt::join(finding.intrusion, "; ")),
        style);
  for (const std::string& note : finding.notes) row(out, "note", note, style);
  row(out, "id", finding.id, style);
  return out;
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
const Renderer kTextRenderer{"text", diagnosis_text, repair_text, coverage_text,
                             what_if_text};

}  // namespace medic::report
