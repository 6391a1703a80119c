// Where the profile cannot have answered as the logs show under the context that is assumed: which
// assumption has to give way?
#pragma once

#include <vector>

#include "diagnose/case.h"

namespace medic::diagnose {

// Members of the context that somebody said or that the inputs tell: they do not give way.
struct ContextFacts {
  bool runtime = false, libseccomp = false, caps = false;
};

struct NearestContext {
  profile::Context context;
  std::vector<Assumption> assumptions;  // what changed; empty: the assumed context is the best one
};

// The context nearest to the one assumed under which the profile explains the most of the observed
// errnos and denies none of the calls that succeeded, no more than the assumed one does.
// archs: of calls that name none, by input.
NearestContext nearest_context(const ledger::Ledger& ledger, const std::vector<ArchChoice>& archs,
                               const profile::Profile& profile, const profile::Context& assumed,
                               const ContextFacts& facts);

// Would the profile's verdict have given exactly this errno?
bool gives_errno(const profile::Verdict& verdict, int error);

}  // namespace medic::diagnose
