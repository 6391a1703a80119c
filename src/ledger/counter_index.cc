#include "ledger/counter_index.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace medic::ledger {

void CounterIndex::put(std::uint64_t place) {
  std::size_t at = start_of(place);
  while (places_[at] != 0) at = (at + 1) & mask();
  places_[at] = place;
}

void CounterIndex::resize(std::size_t places) {
  const auto former = std::exchange(places_, {});
  places_.resize(places);
  for (const std::uint64_t place : former) {
    if (place != 0) put(place);
  }
}

void CounterIndex::reserve(std::size_t counters) {
  constexpr std::size_t kFewest = 1024;
  const std::size_t wanted = std::bit_ceil(std::max(kFewest, counters + counters / 3 + 1));
  if (wanted > places_.size()) resize(wanted);
}

void CounterIndex::add(std::uint64_t hash, std::uint32_t number) {
  if ((used_ + 1) * 4 > places_.size() * 3) reserve(std::max(used_ + 1, places_.size()));
  ++used_;
  put((hash << 32) | (std::uint64_t{number} + 1));
}

}  // namespace medic::ledger
