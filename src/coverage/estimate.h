// How much a set of recorded runs has not seen: estimates from which calls appeared in one run
// only, in two, and so on. Pure arithmetic; runs are the sampling units, and what is in them are
// small numbers.
#pragma once

#include <cstdint>
#include <vector>

namespace medic::coverage {

// What one run made use of: each number once, in any order.
using Run = std::vector<std::uint32_t>;

// Fewer runs than this give no estimate that could be relied on.
inline constexpr std::size_t kFewestRuns = 5;

struct Estimate {
  std::size_t runs = 0, seen = 0;
  std::size_t in_one_run = 0, in_two_runs = 0;  // calls
  double unseen = 0;  // Chao2's estimate, bias-corrected: calls that are still missing
  double unseen_low = 0, unseen_high = 0;  // 95 %
  double next_is_new = 0;       // chance that the next run meets a call that no run has met: 0 to 1
  double next_is_new_high = 0;  // its 95 % upper bound
  // Runs to add until that chance is expected to be below `bound`; 0 where it is now.
  std::uint64_t more_runs = 0;
  double bound = 0;
};

// bound: between 0 and 1, exclusive. The same runs give the same estimate (the bootstrap's
// generator starts alike). Sources: Chao, A. (1987), Biometrics 43:783 (the estimator, Chao2; its
// bias-corrected form: Chao (2005), Encyclopedia of Statistical Sciences, "Species estimation");
// Good, I. J. (1953), Biometrika 40:237 (the chance of a new one, here by leaving one run out);
// Colwell et al. (2012), Journal of Plant Ecology 5:3 (extrapolation); Efron (1979), Annals of
// Statistics 7:1 (the bootstrap over runs). The upper end is widened for calls that come in clumps;
// how well it holds is measured in tests/coverage/estimate_test.cc.
Estimate estimate(const std::vector<Run>& runs, double bound);

// After each run, in the given order: how many different calls were met so far.
std::vector<std::size_t> curve(const std::vector<Run>& runs);

// What stands against an estimate.
enum class Doubt : std::uint8_t {
  FewRuns,      // fewer than kFewestRuns
  AllAlike,     // every run met the same calls: they may all have done the same
  StillRising,  // more than a quarter of the calls were met in one run only
  Drifting,     // the last third of the runs met more new calls than its share: what is run has
                // changed
};
std::vector<Doubt> doubts(const std::vector<Run>& runs, const Estimate& estimate);

}  // namespace medic::coverage
