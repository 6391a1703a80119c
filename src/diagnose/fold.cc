#include "diagnose/fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "ledger/moments.h"

namespace medic::diagnose {
namespace {

constexpr std::size_t kMostEvidence = 3, kMostNotes = 8;

std::string container_of(const Who& who) {
  if (!who.container) return {};
  return who.container->name.empty() ? who.container->id : who.container->name;
}

std::string unit_of(const Who& who) {
  return who.unit.empty() && who.container ? who.container->unit : who.unit;
}

// What makes two findings the same cause: what was refused, how, by which rule, how sure that is,
// and what to do about it.
std::string cause_of(const Finding& finding) {
  const model::Outcome& outcome = finding.outcome;
  std::string rule = "-";
  if (finding.verdict)
    rule = fmt::format("{}.{}.{}", static_cast<int>(finding.verdict->decision),
                       finding.verdict->line, finding.verdict->errno_value);
  return fmt::format("{}\n{}\n{}\n{}.{}.{}\n{}\n{}.{}.{}.{}\n{}\n{}\n{}\n{}\n{}", finding.kind,
                     static_cast<int>(finding.layer), finding.denied,
                     static_cast<int>(finding.syscall.arch), finding.syscall.number,
                     finding.syscall.name, finding.args ? args_text(*finding.args) : "?",
                     static_cast<int>(outcome.kind), static_cast<int>(outcome.action),
                     outcome.error, outcome.signal, static_cast<int>(finding.certainty), rule,
                     finding.who.phase, finding.summary, finding.remedy.text);
}

std::string part_of(const Finding& finding, By by) {
  switch (by) {
    case By::Cause: return {};
    case By::Container: return "\n" + container_of(finding.who);
    case By::Program: return "\n" + finding.who.comm + "\n" + finding.who.exe;
    case By::Host: return "\n" + finding.who.host;
    case By::Process: return fmt::format("\n{}.{}", finding.who.process, finding.who.pid);
    case By::Unit: return "\n" + unit_of(finding.who);
  }
  return {};
}

Met met_of(const Finding& finding) {
  Met out;
  out.container = container_of(finding.who);
  out.comm = finding.who.comm;
  out.exe = finding.who.exe;
  out.label = label_without_instance(finding.who.label);
  out.host = finding.who.host;
  out.count = finding.count;
  out.processes = finding.who.processes;
  out.first = finding.first;
  out.last = finding.last;
  if (!finding.evidence.empty()) out.evidence = finding.evidence.front();
  return out;
}

template <class T>
void add_missing(std::vector<T>& to, const std::vector<T>& from, std::size_t most) {
  for (const T& each : from) {
    if (to.size() >= most) return;
    if (std::find(to.begin(), to.end(), each) == to.end()) to.push_back(each);
  }
}

// The parts of one cause while it is gathered.
class Cause {
 public:
  explicit Cause(Finding& into) : into_(into) { add_met(into); }

  void add(const Finding& other) {
    into_.count += other.count;
    into_.who.processes += other.who.processes;
    if (into_.filter && other.filter && into_.filter->name != other.filter->name)
      into_.filter->name.clear();
    ledger::widen(into_.first, into_.last, other.first, other.last);
    add_missing(into_.notes, other.notes, kMostNotes);
    add_missing(into_.intrusion, other.intrusion, kMostNotes);
    for (const Evidence& each : other.evidence) {
      if (into_.evidence.size() >= kMostEvidence) break;
      into_.evidence.push_back(each);
    }
    add_met(other);
  }

  void finish() {
    std::set<std::string> containers, programs, hosts;
    for (auto& [key, met] : met_) {
      if (!met.container.empty()) containers.insert(met.container);
      programs.insert(met.comm.empty() ? met.exe : met.comm);
      if (!met.host.empty()) hosts.insert(met.host);
      into_.who.met.push_back(std::move(met));
    }
    into_.who.containers = containers.size();
    into_.who.programs = programs.size();
    into_.who.hosts = hosts.size();
    std::stable_sort(into_.who.met.begin(), into_.who.met.end(),
                     [](const Met& a, const Met& b) { return a.count > b.count; });
  }

 private:
  void add_met(const Finding& finding) {
    Met met = met_of(finding);
    const auto key = std::make_tuple(met.container, met.comm, met.exe, met.label, met.host);
    const auto [at, is_new] = met_.try_emplace(key, std::move(met));
    if (is_new) return;
    at->second.count += finding.count;
    at->second.processes += finding.who.processes;
    ledger::widen(at->second.first, at->second.last, finding.first, finding.last);
  }

  Finding& into_;
  std::map<std::tuple<std::string, std::string, std::string, std::string, std::string>, Met> met_;
};

bool is_hex(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

}  // namespace

std::string label_without_instance(std::string_view label) {
  // system_u:system_r:container_t:s0:c12,c34
  if (const std::size_t at = label.rfind(":c"); at != std::string_view::npos &&
                                                at + 2 < label.size() && label[at + 2] >= '0' &&
                                                label[at + 2] <= '9')
    return std::string(label.substr(0, at));
  // libvirt-0b3c…-…
  constexpr std::size_t kShortest = 8;
  const std::size_t dash = label.find('-');
  if (dash != std::string_view::npos && label.size() - dash > kShortest &&
      is_hex(label.substr(dash + 1)))
    return std::string(label.substr(0, dash));
  return std::string(label);
}

std::optional<By> by_from_text(std::string_view text) {
  if (text == "container") return By::Container;
  if (text == "program") return By::Program;
  if (text == "host") return By::Host;
  if (text == "process") return By::Process;
  if (text == "unit") return By::Unit;
  return std::nullopt;
}

void fold_by_cause(std::vector<Finding>& findings, By by) {
  std::vector<Finding> kept;
  kept.reserve(findings.size());  // causes refer to what is kept
  std::vector<Cause> causes;
  std::unordered_map<std::string, std::size_t> known;
  for (Finding& finding : findings) {
    const auto [at, is_new] =
        known.try_emplace(cause_of(finding) + part_of(finding, by), causes.size());
    if (is_new) {
      kept.push_back(std::move(finding));
      causes.emplace_back(kept.back());
    } else {
      causes[at->second].add(finding);
    }
  }
  for (Cause& cause : causes) cause.finish();
  findings = std::move(kept);
}

}  // namespace medic::diagnose
