// Which machine is a log of, where its lines do not say it?
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "profile/profile.h"

namespace medic::diagnose {

// The architecture of calls that name none, and why it is taken to be that.
struct ArchChoice {
  kernel::Arch arch = kernel::Arch::Unknown;
  std::string reason;
  bool assumed = false;  // nothing in the log says it
};

// Chooses the architecture of calls that name none, one choice for each of `inputs` (at least one).
// wanted: what the reader says; Unknown: nothing.
std::vector<ArchChoice> resolve_archs(const ledger::Ledger& ledger, std::size_t inputs,
                                      kernel::Arch wanted, const profile::Profile* profile);

}  // namespace medic::diagnose
