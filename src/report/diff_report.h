// What the command diff found, ready to be printed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/risk.h"
#include "policy/comparison.h"

namespace medic::report {

// Two profiles in one context, a the older or the base.
struct DiffReport {
  std::string a, b;
  std::vector<profile::Difference> found;  // all; of --no-looser-than at most one
  bool is_one_sided = false;               // --no-looser-than: may b permit what a does not?
};

// What the call can do where it is let run: for what is newly denied, the risk that is gone.
kernel::Risk risk_of(const profile::Difference& difference);
// "high risk: it …", a clause; empty where it is low.
std::string risk_clause(const kernel::Risk& risk);

// A difference, and the architectures on which it is the same.
struct FoldedDifference {
  const profile::Difference* difference;
  std::string archs, text;
};
std::vector<FoldedDifference> fold(const std::vector<profile::Difference>& found,
                                   profile::Direction direction);

}  // namespace medic::report
