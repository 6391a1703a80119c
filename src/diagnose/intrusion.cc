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

// A program that is not known to need the call that it was denied. comm is the process's own word:
// it counts where no executable is known.
bool is_stranger(const Finding& finding) {
  const std::string program = program_of(finding);
  const std::string_view callers = kernel::usual_callers(finding.syscall.name);
  return !program.empty() && !callers.empty() && !lists(callers, program);
}

// What one program on one host was denied.
struct Attempts {
  std::set<std::string> names;
  std::int64_t first = INT64_MAX, last = INT64_MIN;
  bool untimed = false;  // an untimed trace is of one run

  void add(const Finding& finding) {
    names.insert(call_name(finding.syscall));
    if (finding.first.basis == model::Time::Basis::None) {
      untimed = true;
      return;
    }
    first = std::min(first, finding.first.ns);
    last = std::max(last, finding.first.ns);
  }
  bool is_burst() const {
    return names.size() >= kBurst && (untimed || last - first <= kBurstSpan);
  }
};

}  // namespace

void note_intrusions(const Case& c, std::vector<Finding>& findings) {
  constexpr std::uint64_t kSeldom = 3;
  const auto program_key = [](const Finding& each) {
    return std::pair(each.who.host, each.who.comm + '\n' + each.who.exe);
  };
  std::map<std::pair<std::string, std::string>, Attempts> by_program;
  // A process chooses its name: what strangers ask for again and again is need, whatever each calls
  // itself.
  std::map<std::pair<std::string, std::string>, std::uint64_t> by_strangers;
  for (const Finding& each : findings) {
    if (!is_candidate(each)) continue;
    by_program[program_key(each)].add(each);
    if (each.risk.level == kernel::RiskLevel::High && is_stranger(each))
      by_strangers[{each.who.host, call_name(each.syscall)}] += each.count;
  }
  for (Finding& each : findings) {
    if (!is_candidate(each)) continue;
    if (const Attempts& attempts = by_program[program_key(each)]; attempts.is_burst()) {
      each.intrusion.push_back(
          fmt::format("the program tried {} different dangerous calls in one go, as a tool does "
                      "that looks for a way out",
                      attempts.names.size()));
    }
    if (each.risk.level != kernel::RiskLevel::High) continue;
    if (is_stranger(each) && by_strangers[{each.who.host, call_name(each.syscall)}] <= kSeldom) {
      each.intrusion.push_back(fmt::format("{} is no program that is known to need {}",
                                           program_of(each), call_name(each.syscall)));
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
