// Which of all that was seen is asked about: by program, process, container, host and phase.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "attribute/attribution.h"
#include "ledger/ledger.h"

namespace medic::ledger {

enum class PhaseWanted : std::uint8_t {
  All,
  Init,     // the runtime's own calls, between loading the filter and executing the program
  App,      // the application's, without what was executed into the container from outside
  Executed  // that alone: probes, `exec` sessions
};

struct Scope {
  std::vector<std::string> comms, exes, hosts;  // globs; empty: all
  std::vector<std::string> containers;          // globs on id, short id, name, pod and unit
  std::vector<std::string>
      pids;  // globs on the number; what descends from such a process is meant too
  bool include_unattributed = false;  // with `containers`: also what cannot be laid to any
  PhaseWanted phase = PhaseWanted::All;

  bool is_all() const {
    return comms.empty() && exes.empty() && hosts.empty() && containers.empty() && pids.empty() &&
           phase == PhaseWanted::All;
  }
};

// What a choice of containers leaves out although it may be theirs: observations of processes that
// are laid to no container.
struct LeftOut {
  std::uint64_t records = 0;
  std::set<std::string> denied_calls;  // names of those that a filter denied, or would have
  bool denied() const { return !denied_calls.empty(); }
};

// Leaves in the ledger what is asked about. Facts of processes stay.
LeftOut apply_scope(Ledger& ledger, const Scope& scope, const attribute::Attribution& owners);

// Does a glob of --container mean this owner? Null is nobody.
bool matches_container(const std::vector<std::string>& globs, const attribute::Owner* owner);

}  // namespace medic::ledger
