#include "ledger/scope.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace medic::ledger {
namespace {

bool any_matches(const std::vector<std::string>& globs, std::string_view text) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return glob_match(glob, text); });
}

std::string name_text(const model::SyscallRef& call) {
  const kernel::NameId name = call.name == kernel::kNoName && call.has_number
                                  ? kernel::name_at({call.arch, call.number})
                                  : call.name;
  return name == kernel::kNoName ? "syscall " + std::to_string(call.number)
                                 : std::string(kernel::name_of(name));
}

// Made outside every container's filter, in a trace that shows those being loaded
// (attribute/host_processes.h).
bool is_a_hosts(const Ledger& ledger, const Observation& each) {
  const Subject who = each.subj();
  return who.process != attribute::kNoProcess &&
         ledger.processes().processes()[who.process].is_hosts &&
         (who.phase == attribute::Phase::Start || who.phase == attribute::Phase::Exec);
}

bool wanted(const std::vector<std::string>& globs, std::string_view text) {
  return globs.empty() || any_matches(globs, text);
}

class Judge {
 public:
  Judge(const Ledger& ledger, const Scope& scope, const attribute::Attribution& owners)
      : ledger_(ledger), scope_(scope), owners_(owners) {}

  bool operator()(const Subject& who, const model::Time& first, const model::Time& last) {
    if (!wanted(scope_.comms, ledger_.text(who.comm)) ||
        !wanted(scope_.exes, ledger_.text(who.exe)) ||
        !wanted(scope_.hosts, ledger_.text(who.host)))
      return false;
    if (!phase_wanted(who)) return false;
    if (!scope_.pids.empty() && !pid_wanted(who.process)) return false;
    if (scope_.containers.empty()) return true;
    const attribute::Owner* owner = owners_.owner(who.process, first, last);
    return owner == nullptr ? scope_.include_unattributed
                            : matches_container(scope_.containers, owner);
  }

 private:
  bool phase_wanted(const Subject& who) const {
    if (scope_.phase == PhaseWanted::All) return true;
    const attribute::Stage stage =
        owners_.stage(who.process, who.phase, ledger_.text(who.comm), ledger_.text(who.exe));
    switch (scope_.phase) {
      case PhaseWanted::Init: return stage == attribute::Stage::RuntimeInit;
      case PhaseWanted::App: return stage == attribute::Stage::Application;
      case PhaseWanted::Executed: return stage == attribute::Stage::Executed;
      case PhaseWanted::All: break;
    }
    return true;
  }

  bool pid_wanted(attribute::ProcessIndex process) {
    if (process == attribute::kNoProcess) return false;
    const auto [at, is_new] = pids_.try_emplace(process, false);
    if (is_new) {
      const auto ancestry = owners_.ancestry(process);
      at->second = std::any_of(ancestry.begin(), ancestry.end(), [&](std::int64_t pid) {
        return any_matches(scope_.pids, std::to_string(pid));
      });
    }
    return at->second;
  }

  const Ledger& ledger_;
  const Scope& scope_;
  const attribute::Attribution& owners_;
  std::map<attribute::ProcessIndex, bool> pids_;
};

}  // namespace

bool matches_container(const std::vector<std::string>& globs, const attribute::Owner* owner) {
  if (owner == nullptr) return false;
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    const auto is = [&](std::string_view text) { return !text.empty() && glob_match(glob, text); };
    // A short id, as docker ps prints it.
    const bool short_id = glob.size() >= 12 && owner->id.starts_with(glob);
    return is(owner->id) || short_id || is(owner->name) || is(owner->pod) || is(owner->unit);
  });
}

LeftOut apply_scope(Ledger& ledger, const Scope& scope, const attribute::Attribution& owners) {
  LeftOut out;
  if (scope.is_all()) return out;
  Judge judge(ledger, scope, owners);
  if (!scope.containers.empty() && !scope.include_unattributed) {
    Scope wider = scope;
    wider.include_unattributed = true;
    Judge might_be(ledger, wider, owners);
    for (const Observation& each : ledger.observations()) {
      if (is_a_hosts(ledger, each)) continue;
      if (judge(each.subj(), each.first(), each.last()) ||
          !might_be(each.subj(), each.first(), each.last()))
        continue;
      out.records += each.count();
      if (each.key().outcome.kind == model::Outcome::Kind::Denied)
        out.denied_calls.insert(name_text(each.key().syscall));
    }
  }
  ledger.keep_only(judge);
  return out;
}

}  // namespace medic::ledger
