// Where a ledger's counters stand, by process and event class: eight bytes a place, because a busy
// machine's log touches a place for nearly each of its records.
#pragma once

#include <cstdint>
#include <vector>

#include "base/large_pages.h"

namespace medic::ledger {

class CounterIndex {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  // The number of the counter for which is(number) holds, kNone where there is none. hash:
  // hash_of() what `is` compares.
  template <class Is>
  std::uint32_t find(std::uint64_t hash, Is&& is) const {
    if (places_.empty()) return kNone;
    const std::uint64_t tag = hash << 32;
    for (std::size_t at = start_of(tag);; at = (at + 1) & mask()) {
      const std::uint64_t place = places_[at];
      if (place == 0) return kNone;
      if ((place >> 32 << 32) != tag) continue;
      const std::uint32_t number = static_cast<std::uint32_t>(place) - 1;
      if (is(number)) return number;
    }
  }

  // number: of a counter that is not there yet, below kNone.
  void add(std::uint64_t hash, std::uint32_t number);

  // Room for so many without growing on the way.
  void reserve(std::size_t counters);

  // Asks the processor for what find() will look at.
  void foresee(std::uint64_t hash) const {
    if (!places_.empty()) __builtin_prefetch(&places_[start_of(hash << 32)]);
  }

  // Eight event classes that follow each other begin next to each other, in one line of the
  // processor's cache: programs do what others have done before them.
  static std::uint64_t hash_of(std::uint32_t process, std::uint32_t event_class) {
    const std::uint64_t key = (std::uint64_t{process} << 32) | event_class / kNeighbours;
    return ((key ^ (key >> 31)) * 0x9E3779B97F4A7C15ULL >> 32 << 3 & 0xFFFFFFFF) |
           event_class % kNeighbours;
  }

 private:
  // The upper half is the hash's, whose low bits say where to begin; the lower one the number and
  // one, 0 where there is nothing.
  std::size_t start_of(std::uint64_t place) const {
    return static_cast<std::size_t>(place >> 32) & mask();
  }
  std::size_t mask() const { return places_.size() - 1; }
  static constexpr std::uint32_t kNeighbours = 8;
  void put(std::uint64_t place);
  void resize(std::size_t places);

  std::vector<std::uint64_t, LargePages<std::uint64_t>>
      places_;  // a power of two of them, at most three in four in use
  std::size_t used_ = 0;
};

}  // namespace medic::ledger
