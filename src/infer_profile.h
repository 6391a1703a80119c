// Which built-in profile the calls of the logs speak of, where none was named.
#pragma once

#include <optional>
#include <string>

#include "attribute/attribution.h"
#include "ledger/ledger.h"
#include "policy/which_default.h"

namespace medic {

struct InferWanted {
  profile::Surroundings around;  // arch: of the calls that name none
  bool asked = false;            // --profile auto: calls of unknown owners count too
};

struct Inferred {
  profile::Match match;
  std::string name;     // of the built-in to go on with: "docker@27.5.1"; empty: none fits
  std::string because;  // a clause: who could have been it, by which calls
  model::Certainty certainty = model::Certainty::Suspected;
};

// Nothing: there is nothing to judge by (no filtered call of a container whose engine is known,
// nothing that a filter may have refused), or a side file says that the container has a profile of
// its own or none. Inferred only where a side file says that the engine's default is in force and
// something was ruled out; else suspected.
std::optional<Inferred> infer_profile(const ledger::Ledger& ledger,
                                      const attribute::Attribution& owners,
                                      const attribute::SideFacts& facts, InferWanted wanted);

}  // namespace medic
