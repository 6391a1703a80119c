// Which of all that was seen is asked about: by program, process, container, host and phase.
#pragma once

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
  std::vector<std::string> pids;                // globs on the number; what descends from such a process is meant too
  PhaseWanted phase = PhaseWanted::All;

  bool is_all() const {
    return comms.empty() && exes.empty() && hosts.empty() && containers.empty() && pids.empty() && phase == PhaseWanted::All;
  }
};

// Leaves in the ledger what is asked about. Facts of processes stay.
void apply_scope(Ledger& ledger, const Scope& scope, const attribute::Attribution& owners);

// Does a glob of --container mean this owner? Null is nobody.
bool matches_container(const std::vector<std::string>& globs, const attribute::Owner* owner);

}  // namespace medic::ledger
