// What the memories of dialects have in common: where a text is kept, and which outcomes are alike.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "model/event.h"

namespace medic::parsers {

// For the place in a table whose entries are then compared: quick, and no more. Its upper bits are
// as good as its lower ones.
inline std::uint64_t hash_text(std::uint64_t seed, std::string_view text) {
  constexpr std::uint64_t kOdd = 0xFF51AFD7ED558CCDULL, kOther = 0xC4CEB9FE1A85EC53ULL;
  // Two sums that need not wait for each other.
  std::uint64_t sum = seed ^ text.size() * 0x9E3779B97F4A7C15ULL, second = 0;
  std::uint64_t word[2];
  for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
    std::memcpy(word, text.data(), sizeof word);
    sum = (sum ^ word[0]) * kOdd;
    second = (second ^ word[1]) * kOther;
  }
  word[0] = word[1] = 0;
  if (!text.empty()) std::memcpy(word, text.data(), text.size());
  sum = ((sum ^ sum >> 32) ^ word[0]) * kOdd;
  second = ((second ^ second >> 32) ^ word[1]) * kOther;
  sum ^= sum >> 32 ^ second ^ second >> 29;
  sum *= kOther;
  return sum ^ sum >> 29;
}

// Events of one repeat id may differ in what a call gave, but not in whether that was 0.
inline bool is_same_end(const model::Outcome& a, const model::Outcome& b) {
  return a.kind == b.kind && a.error == b.error && (a.value != 0) == (b.value != 0);
}

}  // namespace medic::parsers
