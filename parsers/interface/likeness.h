// What the memories of dialects have in common: where a text is kept, and which outcomes are alike.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "model/event.h"

namespace medic::parsers {

// For the place in a table whose entries are then compared: quick, and no more. Its upper bits are as good as its lower ones.
inline std::uint64_t hash_text(std::uint64_t seed, std::string_view text) {
  std::uint64_t sum = seed ^ text.size() * 0x9E3779B97F4A7C15ULL;
  while (text.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data(), 8);
    sum = (sum ^ word) * 0xFF51AFD7ED558CCDULL;
    sum ^= sum >> 32;
    text.remove_prefix(8);
  }
  std::uint64_t word = 0;
  if (!text.empty()) std::memcpy(&word, text.data(), text.size());
  sum = (sum ^ word) * 0xC4CEB9FE1A85EC53ULL;
  return sum ^ sum >> 29;
}

// Events of one likeness may differ in what a call gave, but not in whether that was 0.
inline bool is_same_end(const model::Outcome& a, const model::Outcome& b) {
  return a.kind == b.kind && a.error == b.error && (a.value != 0) == (b.value != 0);
}

}  // namespace medic::parsers
