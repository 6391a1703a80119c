#include "parsers/audit/word_scanner.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace medic::parsers::audit {
namespace {

using Block = unsigned char __attribute__((vector_size(16)));
constexpr std::size_t kBlock = sizeof(Block);
constexpr std::size_t kReach = 9;  // the longest word

Block load(const char* at) {
  Block block;
  std::memcpy(&block, at, kBlock);
  return block;
}

Block all(char c) { return Block{} + static_cast<unsigned char>(c); }

bool any(Block block) {
  std::uint64_t half[2];
  std::memcpy(half, &block, sizeof half);
  return (half[0] | half[1]) != 0;
}

// Two bytes of each word that seldom stand so far apart in other text.
bool may_hold_word(const char* at) {
  const auto pair = [&](std::size_t first, char a, std::size_t second, char b) {
    return (load(at + first) == all(a)) & (load(at + second) == all(b));
  };
  const auto found = pair(1, 'u', 2, 'd') | pair(2, 'C', 3, 'C') | pair(1, 'm', 6, 'g') |
                     pair(0, '\n', 5, '=') | pair(1, 'p', 8, '=') | pair(1, 'v', 3, ':');
  Block block;
  std::memcpy(&block, &found, sizeof block);
  return any(block);
}

// 0: no word here; else 1 + the offset of the place that counts.
std::size_t word_at(std::string_view text) {
  if (text.starts_with("audit") || text.starts_with("SECCOMP") || text.starts_with(" messages") ||
      text.starts_with("apparmor=") || text.starts_with("avc: "))
    return 1;
  return text.starts_with("\ntype=") || text.starts_with("\nnode=") ? 2 : 0;
}

constexpr char kMark = '\x1d';  // AUDIT_INTERP_SEPARATOR of audit-userspace

// A bit for each of the sixteen bytes at `at`; of the stamps' for a `t` with a parenthesis behind
// it, where one more byte is there.
struct LineBits {
  unsigned newlines = 0, marks = 0, stamps = 0;
};

#if defined(__x86_64__)
LineBits bits_of(const char* at) {
  const auto bits = [](__m128i bytes) { return static_cast<unsigned>(_mm_movemask_epi8(bytes)); };
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i behind = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 1));
  const __m128i stamps = _mm_and_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('t')),
                                       _mm_cmpeq_epi8(behind, _mm_set1_epi8('(')));
  return {bits(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n'))),
          bits(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(kMark))), bits(stamps)};
}
#else
LineBits bits_of(const char* at) {
  LineBits out;
  for (unsigned i = 0; i < kBlock; ++i) {
    out.newlines |= (at[i] == '\n' ? 1U : 0U) << i;
    out.marks |= (at[i] == kMark ? 1U : 0U) << i;
    out.stamps |= (at[i] == 't' && at[i + 1] == '(' ? 1U : 0U) << i;
  }
  return out;
}
#endif

#if defined(__x86_64__)
constexpr std::size_t kWide = 32;

// As many blocks of 32 bytes as fit, up to the line's end. Where it stopped; a newline is there, or
// fewer than 33 bytes are left.
__attribute__((target("avx2"))) std::size_t pass_wide(const char* text, std::size_t at,
                                                      std::size_t size, LineEnd& out) {
  const auto bits = [](__m256i bytes) __attribute__((target("avx2"))) {
    return static_cast<unsigned>(_mm256_movemask_epi8(bytes));
  };
  const __m256i last_control = _mm256_set1_epi8(0x1F), open = _mm256_set1_epi8('(');
  for (; at + kWide + 1 <= size; at += kWide) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + at));
    // Newline, mark and a parenthesis are all that is looked for, and most blocks have none of the
    // control bytes.
    const __m256i controls = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, last_control), bytes);
    const __m256i behind = _mm256_cmpeq_epi8(
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + at + 1)), open);
    if (bits(_mm256_or_si256(controls, behind)) == 0) continue;
    const unsigned ends = bits(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\n')));
    const unsigned before = ends == 0 ? ~0U : (ends & -ends) - 1;
    const unsigned marked = bits(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(kMark))) & before;
    const unsigned stamps =
        bits(_mm256_and_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('t')), behind)) & before;
    if (marked != 0)
      out.mark = std::min(out.mark, at + static_cast<std::size_t>(std::countr_zero(marked)));
    out.may_hold_stamp = out.may_hold_stamp || stamps != 0;
    if (ends != 0) return at + static_cast<std::size_t>(std::countr_zero(ends));
  }
  return at;
}
const bool kHasAvx2 = __builtin_cpu_supports("avx2") != 0;
#endif

}  // namespace

LineEnd find_line_end(std::string_view text, std::size_t from) {
  LineEnd out;
  out.mark = text.size();
  std::size_t at = from;
#if defined(__x86_64__)
  if (kHasAvx2) at = pass_wide(text.data(), at, text.size(), out);
#endif
  for (; at < text.size() && text[at] != '\n'; ++at) {
    if (at + kBlock + 1 <= text.size()) {
      const LineBits bits = bits_of(text.data() + at);
      const unsigned before = bits.newlines == 0 ? ~0U : (bits.newlines & -bits.newlines) - 1;
      if ((bits.marks & before) != 0)
        out.mark = std::min(out.mark, at + static_cast<std::size_t>(std::countr_zero(bits.marks)));
      out.may_hold_stamp = out.may_hold_stamp || (bits.stamps & before) != 0;
      at += bits.newlines == 0 ? kBlock - 1
                               : static_cast<std::size_t>(std::countr_zero(bits.newlines)) - 1;
    } else {
      if (text[at] == kMark) out.mark = std::min(out.mark, at);
      out.may_hold_stamp = out.may_hold_stamp || text[at] == '(';
    }
  }
  out.newline = at;
  out.mark = std::min(out.mark, at);
  return out;
}

std::size_t find_stamp(std::string_view text, std::size_t from) {
  constexpr std::string_view kStamp = "audit(";
  // A parenthesis behind a t seldom stands elsewhere in a record.
  std::size_t at = from + kStamp.size() - 2;
  for (; at + kBlock + 1 <= text.size(); at += kBlock) {
    const auto found =
        (load(text.data() + at) == all('t')) & (load(text.data() + at + 1) == all('('));
    Block block;
    std::memcpy(&block, &found, sizeof block);
    if (!any(block)) continue;
    const std::size_t first =
        text.substr(0, at + kBlock + 1).find(kStamp, at - (kStamp.size() - 2));
    if (first != std::string_view::npos) return first;
  }
  return at > text.size() ? std::string_view::npos : text.find(kStamp, at - (kStamp.size() - 2));
}

std::size_t next_word(std::string_view text, std::size_t from) {
  std::size_t at = from;
  while (at < text.size()) {
    if (at + kBlock + kReach <= text.size() && !may_hold_word(text.data() + at)) {
      at += kBlock;
      continue;
    }
    const std::size_t stop = at + kBlock < text.size() ? at + kBlock : text.size();
    for (; at < stop; ++at) {
      if (const std::size_t found = word_at(text.substr(at)); found != 0) return at + found - 1;
    }
  }
  return text.size();
}

}  // namespace medic::parsers::audit
