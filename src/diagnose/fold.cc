#include "diagnose/fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "ledger/moments.h"
#include "model/security_label.h"

namespace medic::diagnose {
namespace {

constexpr std::size_t kMostEvidence = 3, kMostNotes = 8;
// More different programs, containers and hosts than anybody reads; the others are counted.
constexpr std::size_t kMostMet = 4096;

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
  out.label = std::string(model::without_instance(finding.who.label));
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
  explicit Cause(Finding& into) : into_(into) {
    unknown_ = into.who.processes - into.who.members.size();
    add_met(into);
  }

  void add(const Finding& other) {
    into_.count += other.count;
    if (into_.filter && other.filter && into_.filter->name != other.filter->name)
      into_.filter->name.clear();
    unknown_ += other.who.processes - other.who.members.size();
    auto& members = into_.who.members;
    members.insert(members.end(), other.who.members.begin(), other.who.members.end());
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
    // A process that was two programs, or did it in two phases, is one.
    keep_different(into_.who.members);
    into_.who.processes = into_.who.members.size() + unknown_;
    into_.who.members = {};
    std::unordered_set<std::string> containers, programs, hosts;
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
    if (into_.who.met.size() <= kMostMet) return;
    into_.who.met_left_out = into_.who.met.size() - kMostMet;
    into_.who.met.resize(kMostMet);
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
  std::uint64_t unknown_ = 0;  // processes that nothing names
  std::map<std::tuple<std::string, std::string, std::string, std::string, std::string>, Met> met_;
};

}  // namespace

std::optional<By> by_from_text(std::string_view text) {
  if (text == "container") return By::Container;
  if (text == "program") return By::Program;
  if (text == "host") return By::Host;
  if (text == "process") return By::Process;
  if (text == "unit") return By::Unit;
  return std::nullopt;
}

void keep_different(std::vector<attribute::ProcessIndex>& processes) {
  std::sort(processes.begin(), processes.end());
  processes.erase(std::unique(processes.begin(), processes.end()), processes.end());
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
