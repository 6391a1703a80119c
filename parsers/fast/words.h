// Eight or sixteen bytes of text at once.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace medic::parsers {

// The text's first byte is the lowest one on every machine.
inline std::uint64_t word_at(const char* text) {
  std::uint64_t word;
  std::memcpy(&word, text, 8);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

constexpr std::uint64_t all_bytes(char c) {
  return 0x0101010101010101ULL * static_cast<unsigned char>(c);
}

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

// The same among the sixteen bytes at `text`; 16: nowhere.
inline std::size_t find_byte_of_16(const char* text, char c) {
#if defined(__SSE2__)
  const __m128i same =
      _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(text)), _mm_set1_epi8(c));
  return static_cast<std::size_t>(
      std::countr_zero(static_cast<unsigned>(_mm_movemask_epi8(same)) | 1U << 16));
#else
  const std::size_t at = find_byte(word_at(text), c);
  return at < 8 ? at : 8 + find_byte(word_at(text + 8), c);
#endif
}

struct TwoWords {
  std::uint64_t head = 0, tail = 0;
};

// The first `count` of the sixteen bytes at `text`, zeros behind them.
inline TwoWords first_bytes_of_16(const char* text, std::size_t count) {
  static constexpr unsigned char kKept[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                              255, 255, 255, 255, 255, 255, 255, 255};
  const char* kept = reinterpret_cast<const char*>(kKept) + 16 - count;
  return {word_at(text) & word_at(kept), word_at(text + 8) & word_at(kept + 8)};
}

}  // namespace medic::parsers
