// The manual and `explain` speak of the same kinds, and say something of each.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>

#include "diagnose/kinds.h"

namespace medic::diagnose {
namespace {

std::set<std::string> kinds_of_manual() {
  std::ifstream page(MEDIC_SOURCE_DIR "/man/seccomp-medic-findings.7");
  std::set<std::string> out;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with(".Ss ")) out.insert(line.substr(4));
  }
  return out;
}

std::set<std::string> kinds_of_program() {
  std::set<std::string> out;
  for (const KindInfo& kind : all_kinds()) out.emplace(kind.kind);
  return out;
}

}  // namespace

TEST_CASE("the manual describes every kind of finding, and no other") {
  CHECK(kinds_of_manual() == kinds_of_program());
}

TEST_CASE("kinds are sorted, and none is left without words") {
  CHECK(std::is_sorted(all_kinds().begin(), all_kinds().end(),
                       [](const KindInfo& a, const KindInfo& b) { return a.kind < b.kind; }));
  for (const KindInfo& kind : all_kinds()) {
    INFO(kind.kind);
    CHECK(!kind.title.empty());
    CHECK(kind.meaning.ends_with('.'));
    CHECK(kind.how_known.ends_with('.'));
    CHECK(kind.surer.ends_with('.'));
  }
}

TEST_CASE("a finding's id is explained by its kind") {
  REQUIRE(find_kind("benign-probe@12345678") != nullptr);
  CHECK(find_kind("benign-probe@12345678")->kind == "benign-probe");
  CHECK(find_kind("benign") == nullptr);
  CHECK(find_kind("") == nullptr);
}

}  // namespace medic::diagnose
