#include "parsers/strace/line_cursor.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace medic::parsers::strace {
namespace {

constexpr char kEscape = '\x1b';

// What a block of 64 bytes holds. The bytes before and behind it can be read.
struct Masks {
  std::uint64_t marks = 0;  // bit i: block[i] is a '\n', or a '=' between spaces
  bool escapes = false;
};

#if defined(__SSE2__)
inline Masks masks_of(const char* block) {
  const auto at = [&](std::ptrdiff_t i) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + i)); };
  const __m128i newline = _mm_set1_epi8('\n'), equals = _mm_set1_epi8('='), space = _mm_set1_epi8(' ');
  const __m128i escape = _mm_set1_epi8(kEscape);
  Masks masks;
  __m128i escapes = _mm_setzero_si128();
  for (int i = 0; i < 4; ++i) {
    const __m128i bytes = at(16 * i);
    const __m128i spaced = _mm_and_si128(_mm_cmpeq_epi8(at(16 * i - 1), space), _mm_cmpeq_epi8(at(16 * i + 1), space));
    const __m128i found = _mm_or_si128(_mm_cmpeq_epi8(bytes, newline), _mm_and_si128(_mm_cmpeq_epi8(bytes, equals), spaced));
    masks.marks |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(found))) << (16 * i);
    escapes = _mm_or_si128(escapes, _mm_cmpeq_epi8(bytes, escape));
  }
  masks.escapes = _mm_movemask_epi8(escapes) != 0;
  return masks;
}
#else
inline Masks masks_of(const char* block) {
  Masks masks;
  for (int i = 0; i < 64; ++i) {
    const bool equals = block[i] == '=' && block[i - 1] == ' ' && block[i + 1] == ' ';
    masks.marks |= static_cast<std::uint64_t>(block[i] == '\n' || equals) << i;
    masks.escapes |= block[i] == kEscape;
  }
  return masks;
}
#endif

// Writes the places of the marks in so many blocks; returns how many there are.
std::size_t mark_blocks(const char* begin, std::size_t blocks, std::uint16_t* out, bool& escapes) {
  std::uint16_t* const first = out;
  for (std::size_t i = 0; i < blocks; ++i) {
    const Masks masks = masks_of(begin + 64 * i);
    escapes |= masks.escapes;
    for (std::uint64_t rest = masks.marks; rest != 0; rest &= rest - 1)
      *out++ = static_cast<std::uint16_t>(64 * i + static_cast<unsigned>(std::countr_zero(rest)));
  }
  return static_cast<std::size_t>(out - first);
}

}  // namespace

void LineCursor::see_more() {
  piece_ = seen_;
  at_ = 0;
  escapes_ = false;
  const auto left = static_cast<std::size_t>(end_ - piece_);
  if (piece_ != begin_ && left > kBlock) {
    const std::size_t blocks = std::min((left - 1) / kBlock, kBlocks);
    count_ = mark_blocks(piece_, blocks, marks_, escapes_);
    seen_ += blocks * kBlock;
    return;
  }
  // At the text's ends there is nothing before or behind that could be read.
  char edge[kBlock + 2] = {};
  if (piece_ != begin_) edge[0] = piece_[-1];
  std::memcpy(edge + 1, piece_, std::min(left, kBlock + 1));
  count_ = mark_blocks(edge + 1, 1, marks_, escapes_);
  seen_ += std::min(left, kBlock);
}

bool LineCursor::next(MarkedLine& line) {
  if (line_ == end_) return false;
  line.equals = kNowhere;
  line.more_equals = false;
  line.may_have_colour = escapes_;
  line.ended = true;
  const char* stop = nullptr;
  for (;;) {
    while (at_ == count_ && seen_ != end_) {
      see_more();
      line.may_have_colour |= escapes_;
    }
    if (at_ == count_) {
      stop = end_;
      line.ended = false;
      break;
    }
    stop = piece_ + marks_[at_++];
    if (*stop == '\n') break;
    line.more_equals |= line.equals != kNowhere;
    line.equals = static_cast<std::size_t>(stop - line_);
  }
  line.text = {line_, static_cast<std::size_t>(stop - line_)};
  line_ = line.ended ? stop + 1 : end_;
  if (!line.text.empty() && line.text.back() == '\r') line.text.remove_suffix(1);
  return true;
}

MarkedLine mark_line(std::string_view text) {
  MarkedLine line;
  line.text = text.substr(0, text.find('\n'));
  for (std::size_t at = line.text.find(" = "); at != std::string_view::npos; at = line.text.find(" = ", at + 2)) {
    line.more_equals |= line.equals != kNowhere;
    line.equals = at + 1;
  }
  if (!line.text.empty() && line.text.back() == '\r') line.text.remove_suffix(1);
  return line;
}

}  // namespace medic::parsers::strace
