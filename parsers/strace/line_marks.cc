#include "parsers/strace/line_marks.h"

#include <bit>
#include <vector>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace medic::parsers::strace {
namespace {

constexpr char kEscape = '\x1b';

Marks mark_bytes(const char* begin, std::size_t blocks, std::uint16_t* out) {
  Marks marks;
  for (std::size_t i = 0; i < blocks * kMarkedBlock; ++i) {
    const bool equals = begin[i] == '=' && *(begin + i - 1) == ' ' && begin[i + 1] == ' ';
    if (begin[i] == '\n' || equals) out[marks.count++] = static_cast<std::uint16_t>(i);
    marks.escapes |= begin[i] == kEscape;
  }
  return marks;
}

#if defined(__SSE2__)
Marks mark_by_16(const char* begin, std::size_t blocks, std::uint16_t* out) {
  const auto at = [](const char* text) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
  };
  const __m128i newline = _mm_set1_epi8('\n'), equals = _mm_set1_epi8('='),
                space = _mm_set1_epi8(' ');
  const __m128i escape = _mm_set1_epi8(kEscape);
  std::uint16_t* const first = out;
  __m128i escapes = _mm_setzero_si128();
  for (std::size_t i = 0; i < blocks; ++i) {
    std::uint64_t found = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const char* text = begin + kMarkedBlock * i + 16 * j;
      const __m128i bytes = at(text);
      const __m128i spaced =
          _mm_and_si128(_mm_cmpeq_epi8(at(text - 1), space), _mm_cmpeq_epi8(at(text + 1), space));
      const __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(bytes, newline),
                                         _mm_and_si128(_mm_cmpeq_epi8(bytes, equals), spaced));
      found |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(marks)))
               << (16 * j);
      escapes = _mm_or_si128(escapes, _mm_cmpeq_epi8(bytes, escape));
    }
    for (; found != 0; found &= found - 1)
      *out++ = static_cast<std::uint16_t>(kMarkedBlock * i +
                                          static_cast<unsigned>(std::countr_zero(found)));
  }
  return {static_cast<std::size_t>(out - first), _mm_movemask_epi8(escapes) != 0};
}
#endif

#if defined(__x86_64__)
__attribute__((target("avx2,bmi,popcnt"))) Marks mark_by_32(const char* begin, std::size_t blocks,
                                                            std::uint16_t* out) {
  const __m256i newline = _mm256_set1_epi8('\n'), equals = _mm256_set1_epi8('='),
                space = _mm256_set1_epi8(' ');
  const __m256i escape = _mm256_set1_epi8(kEscape);
  std::uint16_t* const first = out;
  __m256i escapes = _mm256_setzero_si256();
  for (std::size_t i = 0; i < blocks; ++i) {
    std::uint32_t half[2];
    for (std::size_t j = 0; j < 2; ++j) {
      const auto* text = reinterpret_cast<const __m256i*>(begin + kMarkedBlock * i + 32 * j);
      const auto* before = reinterpret_cast<const __m256i*>(begin + kMarkedBlock * i + 32 * j - 1);
      const auto* behind = reinterpret_cast<const __m256i*>(begin + kMarkedBlock * i + 32 * j + 1);
      const __m256i bytes = _mm256_loadu_si256(text);
      const __m256i spaced = _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_loadu_si256(before), space),
                                              _mm256_cmpeq_epi8(_mm256_loadu_si256(behind), space));
      const __m256i marks =
          _mm256_or_si256(_mm256_cmpeq_epi8(bytes, newline),
                          _mm256_and_si256(_mm256_cmpeq_epi8(bytes, equals), spaced));
      half[j] = static_cast<std::uint32_t>(_mm256_movemask_epi8(marks));
      escapes = _mm256_or_si256(escapes, _mm256_cmpeq_epi8(bytes, escape));
    }
    std::uint64_t found = half[0] | static_cast<std::uint64_t>(half[1]) << 32;
    const int count = std::popcount(found);
    const std::uint64_t base = kMarkedBlock * i;
    // Two at a time, there or not: how many there are is hard to foretell, that there are few is
    // not.
    std::uint16_t* to = out;
    do {
      to[0] = static_cast<std::uint16_t>(base + _tzcnt_u64(found));
      found = _blsr_u64(found);
      to[1] = static_cast<std::uint16_t>(base + _tzcnt_u64(found));
      found = _blsr_u64(found);
      to += 2;
    } while (found != 0);
    out += count;
  }
  return {static_cast<std::size_t>(out - first), _mm256_testz_si256(escapes, escapes) == 0};
}
#endif

std::vector<Marker> find_markers() {
  std::vector<Marker> found;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
      __builtin_cpu_supports("popcnt") != 0)
    found.push_back(mark_by_32);
#endif
#if defined(__SSE2__)
  found.push_back(mark_by_16);
#endif
  found.push_back(mark_bytes);
  return found;
}

}  // namespace

std::span<const Marker> markers() {
  static const std::vector<Marker> found = find_markers();
  return found;
}

}  // namespace medic::parsers::strace
