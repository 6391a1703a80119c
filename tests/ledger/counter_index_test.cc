#include <doctest/doctest.h>

#include <random>
#include <unordered_map>
#include <vector>

#include "ledger/counter_index.h"

using medic::ledger::CounterIndex;

TEST_CASE("An index finds what was put into it and nothing else, however it grows") {
  std::mt19937_64 random(7);
  for (const std::size_t room : {0, 100, 5000}) {
    CounterIndex index;
    index.reserve(room);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> counters;
    std::unordered_map<std::uint64_t, std::uint32_t> model;
    for (int i = 0; i < 20000; ++i) {
      const auto process = static_cast<std::uint32_t>(random() % 300),
                 event_class = static_cast<std::uint32_t>(random() % 80);
      const std::uint64_t hash = CounterIndex::hash_of(process, event_class);
      const std::uint32_t found = index.find(hash, [&](std::uint32_t number) {
        return counters[number] == std::pair(process, event_class);
      });
      const auto known = model.find(std::uint64_t{process} << 32 | event_class);
      REQUIRE((found == CounterIndex::kNone) == (known == model.end()));
      if (known != model.end()) {
        REQUIRE(found == known->second);
        continue;
      }
      const auto number = static_cast<std::uint32_t>(counters.size());
      index.add(hash, number);
      counters.emplace_back(process, event_class);
      model.emplace(std::uint64_t{process} << 32 | event_class, number);
    }
    CHECK(counters.size() > 10000);
  }
}

TEST_CASE("Cells whose hashes are the same are distinguished") {
  CounterIndex index;
  for (std::uint32_t i = 0; i < 3000; ++i) index.add(42, i);
  for (const std::uint32_t wanted : {0U, 1U, 1500U, 2999U}) {
    CHECK(index.find(42, [&](std::uint32_t number) { return number == wanted; }) == wanted);
  }
  CHECK(index.find(42, [](std::uint32_t) { return false; }) == CounterIndex::kNone);
  CHECK(index.find(43, [](std::uint32_t) { return true; }) == CounterIndex::kNone);
}
