#include "diagnose/intrusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "kernel/risk.h"

namespace medic::diagnose {
namespace {

constexpr std::string_view kShells = "sh|bash|dash|ash|zsh|ksh|fish|busybox|tcsh|csh";

// This many different risky calls denied to one program are probing rather than need: container
// tools (mount, unshare, pivot_root, setns, umount2, sethostname) come to six; exploits and
// scanners such as amicontained try dozens.
constexpr std::size_t kBurst = 8;
// Probing is over in moments; a service that meets eight denials in a day of work is not probing.
constexpr std::int64_t kBurstSpan = 60'000'000'000;

bool lists(std::string_view list, std::string_view word) {
  const auto parts = split(list, '|');
  return std::find(parts.begin(), parts.end(), word) != parts.end();
}

// Attacks are about what a filter refused: what was let run under LOG was asked for by whoever
// records.
bool is_candidate(const Finding& finding) {
  const bool refused = finding.outcome.kind != model::Outcome::Kind::Denied ||
                       finding.outcome.action != kernel::Action::Log;
  return finding.denied && refused && finding.layer == Layer::Seccomp &&
         finding.risk.level != kernel::RiskLevel::Low && finding.who.phase != "runtime-init";
}

std::string program_of(const Finding& finding) {
  if (!finding.who.exe.empty()) return finding.who.exe.substr(finding.who.exe.rfind('/') + 1);
  return finding.who.comm;
}

// The shell that the call came from: the program itself, or its parent where the log says it.
std::string shell_before(const Case& c, const Finding& finding) {
  for (const std::string& name : {finding.who.comm, program_of(finding)}) {
    if (lists(kShells, name)) return name;
  }
  if (finding.who.process == attribute::kNoProcess) return {};
  const auto& processes = c.ledger.processes().processes();
  const attribute::ProcessIndex above = processes[finding.who.process].parent;
  if (above == attribute::kNoProcess) return {};
  const std::string& parent = processes[above].comm;
  return lists(kShells, parent) ? parent : std::string();
}

bool is_within(const std::vector<const Finding*>& calls, std::int64_t span) {
  std::int64_t first = INT64_MAX, last = INT64_MIN;
  for (const Finding* each : calls) {
    if (each->first.basis == model::Time::Basis::None)
      return true;  // an untimed trace is of one run
    first = std::min(first, each->first.ns);
    last = std::max(last, each->first.ns);
  }
  return last - first <= span;
}

}  // namespace

void note_intrusions(const Case& c, std::vector<Finding>& findings) {
  std::map<std::pair<std::string, std::string>, std::vector<const Finding*>> by_program;
  for (const Finding& each : findings) {
    if (is_candidate(each))
      by_program[{each.who.host, each.who.comm + '\n' + each.who.exe}].push_back(&each);
  }
  std::vector<std::set<std::string>> bursts;
  for (Finding& each : findings) {
    if (!is_candidate(each)) continue;
    const auto& beside = by_program[{each.who.host, each.who.comm + '\n' + each.who.exe}];
    std::set<std::string> names;
    for (const Finding* other : beside) names.insert(call_name(other->syscall));
    if (names.size() >= kBurst && is_within(beside, kBurstSpan)) {
      each.intrusion.push_back(
          fmt::format("the program tried {} different dangerous calls in one go, as a tool does "
                      "that looks for a way out",
                      names.size()));
    }
    if (each.risk.level != kernel::RiskLevel::High) continue;
    const std::string program = program_of(each);
    const std::string_view callers = kernel::usual_callers(each.syscall.name);
    // comm is the process's own word: it counts where no executable is known.
    if (!program.empty() && !callers.empty() && !lists(callers, program) && each.count <= 3) {
      each.intrusion.push_back(fmt::format("{} is no program that is known to need {}", program,
                                           call_name(each.syscall)));
    }
    if (const std::string shell = shell_before(c, each); !shell.empty())
      each.intrusion.push_back(fmt::format("it came from a shell ({}), or right after one", shell));
  }
}

void note_combinations(const Case& c, std::vector<Finding>& findings) {
  std::set<std::string> denied;
  for (const Finding& each : findings) {
    if (each.denied && each.layer == Layer::Seccomp) denied.insert(call_name(each.syscall));
  }
  for (Finding& each : findings) {
    if (!each.denied || each.layer != Layer::Seccomp || each.syscall.arch == kernel::Arch::Unknown)
      continue;
    for (const kernel::Combination& pair : kernel::all_combinations()) {
      const std::string name = call_name(each.syscall);
      if (name != pair.one && name != pair.other) continue;
      const std::string_view other = name == pair.one ? pair.other : pair.one;
      const kernel::NameId id = kernel::find_name(other);
      const auto number =
          id == kernel::kNoName ? std::nullopt : kernel::number_of(id, each.syscall.arch);
      if (!number) continue;
      const auto verdict = judge(c, {each.syscall.arch, *number, id, true}, {});
      const bool permitted = verdict && verdict->decision == profile::Decision::Allow;
      if (!permitted && !denied.contains(std::string(other))) continue;
      each.notes.push_back(
          fmt::format("Together with {}, which {}, it is more dangerous than either: {}.", other,
                      permitted ? "the profile permits" : "is denied here too", pair.why));
    }
  }
}

}  // namespace medic::diagnose
