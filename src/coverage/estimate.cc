#include "coverage/estimate.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

namespace medic::coverage {

namespace {

constexpr int kResamples = 400;
constexpr double kNormal = 1.96;  // the normal distribution's 97.5 % point
constexpr std::uint64_t kMostRuns = 1'000'000;

struct Counts {
  std::size_t seen = 0, one = 0, two = 0;
};

// The runs with their calls numbered from 0, each call once: counting needs no search then.
struct Numbered {
  std::vector<Run> runs;
  std::size_t calls = 0;
};

Numbered number(const std::vector<Run>& runs) {
  Numbered made;
  std::unordered_map<std::uint32_t, std::uint32_t> numbers;
  for (const Run& run : runs) {
    Run calls;
    for (const std::uint32_t call : run)
      calls.push_back(
          numbers.emplace(call, static_cast<std::uint32_t>(numbers.size())).first->second);
    std::sort(calls.begin(), calls.end());
    calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
    made.runs.push_back(std::move(calls));
  }
  made.calls = numbers.size();
  return made;
}

// In how many runs each call is.
using Frequencies = std::vector<std::size_t>;

Frequencies frequencies(const Numbered& numbered) {
  Frequencies made(numbered.calls);
  for (const Run& run : numbered.runs) {
    for (const std::uint32_t call : run) ++made[call];
  }
  return made;
}

Counts count(const Frequencies& frequencies) {
  Counts counts;
  for (const std::size_t times : frequencies) {
    counts.seen += times != 0;
    counts.one += times == 1;
    counts.two += times == 2;
  }
  return counts;
}

// The bias-corrected form, which few calls met twice do not blow up.
double chao2_unseen(const Counts& c, std::size_t runs) {
  if (runs < 2 || c.one == 0) return 0;
  const double share = (static_cast<double>(runs) - 1) / static_cast<double>(runs);
  const auto one = static_cast<double>(c.one), two = static_cast<double>(c.two);
  return share * one * (one - 1) / (2 * (two + 1));
}

// xorshift64*: the same on every machine.
class Generator {
 public:
  std::size_t below(std::size_t limit) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<std::size_t>((state_ * 0x2545F4914F6CDD1DULL >> 33) % limit);
  }

 private:
  std::uint64_t state_ = 0x9E3779B97F4A7C15ULL;
};

struct Interval {
  double low = 0, high = 0;
};
// The middle 95 % of the estimate over resampled sets of runs.
Interval bootstrap(const Numbered& numbered) {
  Generator generator;
  std::vector<double> found;
  Frequencies times(numbered.calls);
  for (int i = 0; i < kResamples; ++i) {
    std::fill(times.begin(), times.end(), 0);
    for (std::size_t n = 0; n < numbered.runs.size(); ++n) {
      for (const std::uint32_t call : numbered.runs[generator.below(numbered.runs.size())])
        ++times[call];
    }
    found.push_back(chao2_unseen(count(times), numbered.runs.size()));
  }
  std::sort(found.begin(), found.end());
  return {found[static_cast<std::size_t>(0.025 * kResamples)],
          found[static_cast<std::size_t>(0.975 * kResamples)]};
}

void interval(const Numbered& numbered, const Counts& counts, std::size_t own, Estimate& made) {
  const Interval resampled = bootstrap(numbered);
  made.unseen_low = std::min(made.unseen, resampled.low);
  // Calls come in clumps: one rare path brings several. As many as one such path brought may
  // follow, as long as the next run may take one that no run has taken.
  const double clump = own ? static_cast<double>(counts.one) / static_cast<double>(own) : 1;
  made.unseen_high = std::max({made.unseen, resampled.high,
                               made.next_is_new_high * static_cast<double>(made.runs) * clump});
}

// Runs that met a call that no other run met.
std::size_t runs_with_own(const Numbered& numbered, const Frequencies& times) {
  return static_cast<std::size_t>(
      std::count_if(numbered.runs.begin(), numbered.runs.end(), [&](const Run& run) {
        return std::any_of(run.begin(), run.end(),
                           [&](std::uint32_t call) { return times[call] == 1; });
      }));
}

// Wilson's upper bound of a share (Wilson 1927, JASA 22:209).
double wilson_high(std::size_t hits, std::size_t of) {
  const auto n = static_cast<double>(of);
  const double p = static_cast<double>(hits) / n, z = kNormal;
  return std::min(1.0,
                  (p + z * z / (2 * n) + z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n))) /
                      (1 + z * z / n));
}

std::uint64_t runs_until(const Estimate& e) {
  if (e.next_is_new_high < e.bound) return 0;
  const auto runs = static_cast<double>(e.runs);
  // Without a new call for 3/bound runs the bound holds with 95 % (the rule of three): no less,
  // whatever the curve says.
  double needed = std::max(0.0, 3 / e.bound - runs);
  if (e.in_one_run && e.unseen > 0 && e.next_is_new > e.bound) {
    const double left = 1 - static_cast<double>(e.in_one_run) /
                                (runs * e.unseen + static_cast<double>(e.in_one_run));
    if (left > 0 && left < 1)
      needed = std::max(needed, std::log(e.bound / e.next_is_new) / std::log(left));
  }
  return static_cast<std::uint64_t>(
      std::min<double>(std::ceil(std::max(needed, 1.0)), static_cast<double>(kMostRuns)));
}

}  // namespace

Estimate estimate(const std::vector<Run>& runs, double bound) {
  Estimate made;
  made.runs = runs.size();
  made.bound = bound;
  if (runs.empty()) return made;
  const Numbered numbered = number(runs);
  const Frequencies times = frequencies(numbered);
  const Counts counts = count(times);
  made.seen = counts.seen;
  made.in_one_run = counts.one;
  made.in_two_runs = counts.two;
  made.unseen = chao2_unseen(counts, runs.size());
  const std::size_t own = runs_with_own(numbered, times);
  made.next_is_new = static_cast<double>(own) / static_cast<double>(runs.size());
  made.next_is_new_high = wilson_high(own, runs.size());
  interval(numbered, counts, own, made);
  made.more_runs = runs_until(made);
  return made;
}

std::vector<std::size_t> curve(const std::vector<Run>& runs) {
  std::unordered_set<std::uint32_t> met;
  std::vector<std::size_t> made;
  for (const Run& run : runs) {
    met.insert(run.begin(), run.end());
    made.push_back(met.size());
  }
  return made;
}

std::vector<Doubt> doubts(const std::vector<Run>& runs, const Estimate& e) {
  std::vector<Doubt> made;
  if (runs.size() < kFewestRuns) made.push_back(Doubt::FewRuns);
  const std::vector<std::size_t> met = curve(runs);
  if (runs.size() > 1 && e.in_one_run == 0) {
    const Frequencies times = frequencies(number(runs));
    if (std::all_of(times.begin(), times.end(), [&](std::size_t t) { return t == runs.size(); }))
      made.push_back(Doubt::AllAlike);
  }
  if (e.in_one_run * 4 > e.seen) made.push_back(Doubt::StillRising);
  // Under chance alone the last third of n runs meets about a third of all that only one run met.
  const std::size_t third = runs.size() / 3;
  if (third >= 3) {
    const std::size_t late = met.back() - met[met.size() - 1 - third];
    if (late >= 3 && late * 3 > e.in_one_run * 2) made.push_back(Doubt::Drifting);
  }
  return made;
}

}  // namespace medic::coverage
