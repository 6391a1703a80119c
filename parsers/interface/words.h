// Eight bytes of text at once.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace medic::parsers {

// The text's first byte is the lowest one on every machine.
inline std::uint64_t word_at(const char* text) {
  std::uint64_t word;
  std::memcpy(&word, text, 8);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

constexpr std::uint64_t all_bytes(char c) { return 0x0101010101010101ULL * static_cast<unsigned char>(c); }

// The first `count` bytes, at most 8.
inline std::uint64_t first_bytes(std::uint64_t word, std::size_t count) {
  return count >= 8 ? word : word & ((std::uint64_t{1} << (8 * count)) - 1);
}

// Where the first c stands; 8: nowhere.
inline std::size_t find_byte(std::uint64_t word, char c) {
  const std::uint64_t differs = word ^ all_bytes(c);
  const std::uint64_t zeros = (differs - all_bytes(1)) & ~differs & all_bytes('\x80');
  return static_cast<std::size_t>(std::countr_zero(zeros)) / 8;
}

}  // namespace medic::parsers
