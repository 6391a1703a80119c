#include <doctest/doctest.h>

#include <random>
#include <unordered_map>
#include <vector>

#include "ledger/cell_index.h"

using medic::ledger::CellIndex;

TEST_CASE("An index finds what was put into it and nothing else, however it grows") {
  std::mt19937_64 random(7);
  for (const std::size_t room : {0, 100, 5000}) {
    CellIndex index;
    index.reserve(room);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> cells;
    std::unordered_map<std::uint64_t, std::uint32_t> model;
    for (int i = 0; i < 20000; ++i) {
      const auto life = static_cast<std::uint32_t>(random() % 300), shape = static_cast<std::uint32_t>(random() % 80);
      const std::uint64_t hash = CellIndex::hash_of(life, shape);
      const std::uint32_t found = index.find(hash, [&](std::uint32_t number) { return cells[number] == std::pair(life, shape); });
      const auto known = model.find(std::uint64_t{life} << 32 | shape);
      REQUIRE((found == CellIndex::kNone) == (known == model.end()));
      if (known != model.end()) {
        REQUIRE(found == known->second);
        continue;
      }
      const auto number = static_cast<std::uint32_t>(cells.size());
      index.add(hash, number);
      cells.emplace_back(life, shape);
      model.emplace(std::uint64_t{life} << 32 | shape, number);
    }
    CHECK(cells.size() > 10000);
  }
}

TEST_CASE("Cells whose hashes are the same are told apart") {
  CellIndex index;
  for (std::uint32_t i = 0; i < 3000; ++i) index.add(42, i);
  for (const std::uint32_t wanted : {0U, 1U, 1500U, 2999U}) {
    CHECK(index.find(42, [&](std::uint32_t number) { return number == wanted; }) == wanted);
  }
  CHECK(index.find(42, [](std::uint32_t) { return false; }) == CellIndex::kNone);
  CHECK(index.find(43, [](std::uint32_t) { return true; }) == CellIndex::kNone);
}
