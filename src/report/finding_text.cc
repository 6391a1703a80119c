// One finding in full, as the text form has it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"
#include "report/report.h"
#include "report/text_parts.h"

namespace medic::report {
namespace {

using diagnose::Finding;

std::string headline(const Finding& finding) {
  if (finding.syscall.name == kernel::kNoName && !finding.syscall.has_number)
    return std::string(diagnose::json_name(finding.layer)) + " denial";
  std::string call = finding.syscall.has_number
                         ? fmt::format("{} ({} {})", diagnose::call_name(finding.syscall),
                                       kernel::name(finding.syscall.arch), finding.syscall.number)
                         : diagnose::call_name(finding.syscall);
  return fmt::format("{}: {}", call, outcome_text(finding));
}

// Several programs or containers met it: how many, and the most frequent of them.
std::string crowd_text(const diagnose::Who& who, const Style& style) {
  const std::size_t wanted = style.top.value_or(5);
  const std::size_t most = wanted == 0 ? who.met.size() : wanted;
  std::string out = fmt::format("{} of {}", counted(who.processes, "process", "processes"),
                                counted(who.programs, "program", "programs"));
  if (who.containers > 0) out += " in " + counted(who.containers, "container", "containers");
  if (who.hosts > 1) out += " on " + counted(who.hosts, "host", "hosts");
  for (std::size_t i = 0; i < who.met.size() && i < most; ++i) {
    const diagnose::Met& met = who.met[i];
    out += fmt::format("{}{}{}{} ({}x)", i == 0 ? ": " : ", ",
                       met.comm.empty() ? met.exe.empty() ? "unknown program" : met.exe : met.comm,
                       met.container.empty() ? "" : " in " + met.container,
                       met.host.empty() || who.hosts < 2 ? "" : " on " + met.host, met.count);
  }
  const std::uint64_t more = who.met_left_out + who.met.size() - std::min(most, who.met.size());
  if (more > 0) out += fmt::format(" and {} more", more);
  return out;
}

std::string who_text(const Finding& finding, const Style& style) {
  if (finding.who.met.size() > 1) return crowd_text(finding.who, style);
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

void row(std::string& out, std::string_view label, std::string_view text, const Style& style,
         std::string_view color = "") {
  if (text.empty()) return;
  out += fmt::format("   {}{}\n", paint(fit(label, 10), color, style),
                     wrap(escape_for_terminal(text), 13, style));
}

// "audit.log:3, :7, other.log:1".
std::string places_text(const std::vector<diagnose::Evidence>& evidence) {
  std::string out;
  const std::string* file = nullptr;
  for (const diagnose::Evidence& each : evidence) {
    const bool is_same = file != nullptr && *file == each.file && each.line != 0;
    out += fmt::format("{}{}{}", out.empty() ? "" : ", ", is_same ? "" : each.file,
                       each.line == 0 ? "" : fmt::format(":{}", each.line));
    file = &each.file;
  }
  return out;
}

std::string intrusion_text(const std::vector<std::string>& signs, const Style& style) {
  constexpr std::size_t kFew = 2;
  const std::size_t shown = style.details ? signs.size() : std::min(kFew, signs.size());
  const std::string rest =
      shown < signs.size() ? fmt::format("; and {} more signs", signs.size() - shown) : "";
  return fmt::format(
      "{}{}", fmt::join(signs.begin(), signs.begin() + static_cast<long>(shown), "; "), rest);
}

std::string evidence_text(std::string_view line, const Style& style) {
  constexpr std::size_t kLongest = 240;
  return escape_for_terminal(style.raw ? std::string(line)
                                       : shorten(fields_that_matter(line), kLongest));
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

// Empty where nothing is known of who installed it, or where it was the container's, which has a
// row of its own.
std::string filter_text(const std::optional<diagnose::FilterOwner>& filter) {
  using Kind = diagnose::FilterOwner::Kind;
  if (!filter || filter->kind == Kind::Unknown || filter->kind == Kind::Container) return {};
  const std::string_view kind = diagnose::json_name(filter->kind);
  const std::string whose = filter->name.empty()         ? fmt::format("a {}'s", kind)
                            : filter->kind == Kind::Unit ? "the unit's, " + filter->name
                                                         : filter->name;
  return fmt::format("{} ({}: {})", whose, model::name(filter->certainty), filter->reason);
}

}  // namespace

std::string finding_text(const Finding& finding, std::size_t number, const Style& style) {
  std::string out = fmt::format(
      "{}. {}  [{}, {}{}]\n", number,
      paint(escape_for_terminal(headline(finding)), finding.denied ? "1;31" : "1", style),
      paint(diagnose::json_name(finding.layer), color_of(finding.layer), style),
      paint(model::name(finding.certainty), color_of(finding.certainty), style),
      finding.count == 1 ? "" : fmt::format(", {}", times_words(finding.count)));
  row(out, "who", who_text(finding, style), style);
  if (finding.who.container && finding.who.containers < 2)
    row(out, "container", container_text(*finding.who.container), style);
  else if (finding.who.met.size() < 2)
    row(out, "unit", finding.who.unit, style);
  row(out, "what", finding.summary, style);
  row(out, "filter", filter_text(finding.filter), style);
  for (const diagnose::Assumption& each : finding.assumptions)
    row(out, "assumed", fmt::format("{}: {}", each.value, each.because), style);
  if (!finding.call_text.empty()) row(out, "call", finding.call_text, style);
  row(out, "when", times_text(finding), style);
  row(out, "seen", places_text(finding.evidence), style);
  if (!finding.evidence.empty() && !finding.evidence.front().text.empty())
    out += fmt::format("             {}\n", evidence_text(finding.evidence.front().text, style));
  if (!finding.arch_reason.empty())
    row(out, "arch", fmt::format("{}: {}", kernel::name(finding.syscall.arch), finding.arch_reason),
        style);
  if (!style.fix_said || !finding.in_common_fix) row(out, "fix", finding.remedy.text, style);
  if (finding.risk.level != kernel::RiskLevel::Low)
    row(out, "risk", risk_text(finding.risk), style, color_of(finding.risk.level));
  if (!finding.intrusion.empty())
    row(out, "ATTACK?",
        fmt::format("This may be an intrusion: {}. Find out who asked for it before permitting it.",
                    intrusion_text(finding.intrusion, style)),
        style);
  for (const std::string& note : finding.notes) row(out, "note", note, style);
  row(out, "id", finding.id, style);
  return out;
}

}  // namespace medic::report
