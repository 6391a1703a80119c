#include "ledger/scope.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace medic::ledger {
namespace {

bool any_matches(const std::vector<std::string>& globs, std::string_view text) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) { return glob_match(glob, text); });
}

bool wanted(const std::vector<std::string>& globs, std::string_view text) { return globs.empty() || any_matches(globs, text); }

class Judge {
 public:
  Judge(const Ledger& ledger, const Scope& scope, const attribute::Attribution& owners)
      : ledger_(ledger), scope_(scope), owners_(owners) {}

  bool operator()(const Subject& who, const model::Time& first, const model::Time& last) {
    if (!wanted(scope_.comms, ledger_.text(who.comm)) || !wanted(scope_.exes, ledger_.text(who.exe)) ||
        !wanted(scope_.hosts, ledger_.text(who.host)))
      return false;
    if (!phase_wanted(who)) return false;
    if (!scope_.pids.empty() && !pid_wanted(who.process)) return false;
    return scope_.containers.empty() || matches_container(scope_.containers, owners_.owner(who.process, first, last));
  }

 private:
  bool phase_wanted(const Subject& who) const {
    if (scope_.phase == PhaseWanted::All) return true;
    const attribute::Stage stage = owners_.stage(who.process, who.phase, ledger_.text(who.comm), ledger_.text(who.exe));
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
      at->second = std::any_of(ancestry.begin(), ancestry.end(),
                               [&](std::int64_t pid) { return any_matches(scope_.pids, std::to_string(pid)); });
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

void apply_scope(Ledger& ledger, const Scope& scope, const attribute::Attribution& owners) {
  if (scope.is_all()) return;
  Judge judge(ledger, scope, owners);
  ledger.keep_only(judge);
}

}  // namespace medic::ledger
