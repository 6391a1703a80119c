// The estimate of what was not seen, against recorded families of runs whose whole is known.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <sstream>
#include <string>

#include "coverage/estimate.h"

using namespace medic::coverage;

namespace {

// families.tsv, as record_families wrote it: family → its runs.
std::map<std::string, std::vector<Run>> recorded() {
  std::map<std::string, std::vector<Run>> families;
  std::map<std::string, std::uint32_t> ids;
  std::ifstream file(MEDIC_SOURCE_DIR "/tests/coverage/families.tsv");
  std::string line;
  while (std::getline(file, line)) {
    std::stringstream words(line);
    std::string family, call;
    words >> family;
    Run run;
    while (words >> call) run.push_back(ids.emplace(call, ids.size()).first->second);
    families[family].push_back(run);
  }
  return families;
}

std::size_t union_size(const std::vector<Run>& runs) {
  return runs.empty() ? 0 : curve(runs).back();
}

struct Calibration {
  int splits = 0, held = 0;
  double width = 0;
};
// Draws `size` runs without replacement, many times: does the interval hold what all runs together
// met?
Calibration calibrate(std::vector<Run> runs, std::size_t size, int splits) {
  Calibration made;
  const std::size_t truth = union_size(runs);
  std::uint64_t state = 88172645463325252ULL;
  for (int split = 0; split < splits; ++split) {
    for (std::size_t i = 0; i < size; ++i) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      std::swap(runs[i], runs[i + state % (runs.size() - i)]);
    }
    const Estimate e =
        estimate({runs.begin(), runs.begin() + static_cast<std::ptrdiff_t>(size)}, 0.05);
    const auto seen = static_cast<double>(e.seen);
    ++made.splits;
    made.held += static_cast<double>(truth) >= seen &&
                 static_cast<double>(truth) <= seen + std::ceil(e.unseen_high);
    made.width += e.unseen_high / splits;
  }
  return made;
}

}  // namespace

TEST_CASE("the 95 % interval holds the truth in at least 90 % of splits of recorded families") {
  const auto families = recorded();
  REQUIRE(families.size() >= 6);
  int splits = 0, held = 0;
  for (const auto& [family, runs] : families) {
    if (runs.size() < 40) continue;
    for (const std::size_t size : {10, 15, 20, 30}) {
      const Calibration c = calibrate(runs, size, 30);
      MESSAGE(family << ": " << size << " of " << runs.size() << " runs, " << union_size(runs)
                     << " calls in all: held " << c.held << " of " << c.splits
                     << ", mean upper bound of unseen " << c.width);
      splits += c.splits;
      held += c.held;
    }
  }
  REQUIRE(splits >= 900);
  MESSAGE("held " << held << " of " << splits);
  CHECK(held * 10 >= splits * 9);
}

TEST_CASE("the chance that the next run meets a new call agrees with what the next run did") {
  int predictions = 0;
  double expected = 0, happened = 0;
  for (const auto& [family, runs] : recorded()) {
    for (std::size_t n = 8; n + 1 < runs.size(); ++n) {
      const std::vector<Run> before(runs.begin(), runs.begin() + static_cast<std::ptrdiff_t>(n));
      expected += estimate(before, 0.05).next_is_new;
      auto with = before;
      with.push_back(runs[n]);
      happened += union_size(with) > union_size(before);
      ++predictions;
    }
  }
  REQUIRE(predictions > 200);
  MESSAGE("expected " << expected << " new, met " << happened << " in " << predictions << " runs");
  CHECK(std::abs(expected - happened) < 0.05 * predictions);
}

TEST_CASE("runs that all did the same leave a doubt, and few runs another") {
  const std::vector<Run> alike(20, Run{1, 2, 3});
  const Estimate e = estimate(alike, 0.05);
  CHECK(e.unseen == 0);
  CHECK(e.next_is_new == 0);
  CHECK_MESSAGE(e.next_is_new_high > 0.05, "twenty runs cannot show a chance below one in twenty");
  CHECK(e.more_runs > 0);
  CHECK(doubts(alike, e) == std::vector<Doubt>{Doubt::AllAlike});
  const std::vector<Run> few{{1, 2}, {1}, {1, 2}};
  const auto why = doubts(few, estimate(few, 0.05));
  CHECK(std::find(why.begin(), why.end(), Doubt::FewRuns) != why.end());
}

TEST_CASE("runs that turn to something else are noticed") {
  std::vector<Run> runs;
  for (std::uint32_t i = 0; i < 12; ++i)
    runs.push_back(i < 9 ? Run{1, 2} : Run{1, 2, 10 + i, 40 + i});
  const auto why = doubts(runs, estimate(runs, 0.05));
  CHECK(std::find(why.begin(), why.end(), Doubt::Drifting) != why.end());
}

TEST_CASE("Chao2 by hand: ten runs, four calls met once, two met twice") {
  std::vector<Run> runs(10, Run{0});
  for (std::uint32_t i = 0; i < 4; ++i) runs[i].push_back(1 + i);
  for (std::uint32_t i = 0; i < 2; ++i) {
    runs[i].push_back(8 + i);
    runs[i + 4].push_back(8 + i);
  }
  const Estimate e = estimate(runs, 0.1);
  CHECK(e.seen == 7);
  CHECK(e.unseen == doctest::Approx(0.9 * 4 * 3 / (2 * 3)));
  CHECK(e.next_is_new == doctest::Approx(0.4));
  CHECK(e.unseen_high > e.unseen);
  CHECK(e.more_runs > 10);
}

TEST_CASE("no runs, one run, empty runs") {
  CHECK(estimate({}, 0.05).seen == 0);
  CHECK(estimate({{1, 2, 2}}, 0.05).seen == 2);
  CHECK(estimate({{}, {}}, 0.05).seen == 0);
  CHECK(curve({{1, 1}, {2}}) == std::vector<std::size_t>{1, 2});
}
