#include "parsers/strace/line_cursor.h"

#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace medic::parsers::strace {
namespace {

constexpr std::ptrdiff_t kBlock = 64;

struct Masks {
  std::uint64_t newlines = 0, equals = 0, spaces = 0;
  bool escapes = false;
};

constexpr char kEscape = '\x1b';

#if defined(__SSE2__)
std::uint64_t mask_of(const __m128i (&bytes)[4], char wanted) {
  const __m128i pattern = _mm_set1_epi8(wanted);
  std::uint64_t mask = 0;
  for (int i = 0; i < 4; ++i) {
    const auto part = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes[i], pattern)));
    mask |= static_cast<std::uint64_t>(part) << (16 * i);
  }
  return mask;
}

Masks masks_of(const char* block) {
  __m128i bytes[4];
  for (int i = 0; i < 4; ++i) bytes[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 16 * i));
  Masks masks{mask_of(bytes, '\n'), mask_of(bytes, '='), 0, false};
  const __m128i escape = _mm_set1_epi8(kEscape);
  const __m128i low = _mm_or_si128(_mm_cmpeq_epi8(bytes[0], escape), _mm_cmpeq_epi8(bytes[1], escape));
  const __m128i high = _mm_or_si128(_mm_cmpeq_epi8(bytes[2], escape), _mm_cmpeq_epi8(bytes[3], escape));
  masks.escapes = _mm_movemask_epi8(_mm_or_si128(low, high)) != 0;
  if (masks.equals != 0) masks.spaces = mask_of(bytes, ' ');
  return masks;
}
#else
Masks masks_of(const char* block) {
  Masks masks;
  for (int i = 0; i < kBlock; ++i) {
    masks.newlines |= static_cast<std::uint64_t>(block[i] == '\n') << i;
    masks.equals |= static_cast<std::uint64_t>(block[i] == '=') << i;
    masks.spaces |= static_cast<std::uint64_t>(block[i] == ' ') << i;
    masks.escapes |= block[i] == kEscape;
  }
  return masks;
}
#endif

}  // namespace

void LineCursor::load() {
  Masks masks;
  const std::ptrdiff_t left = end_ - block_;
  if (left >= kBlock) {
    masks = masks_of(block_);
  } else {
    char tail[kBlock] = {};
    if (left > 0) std::memcpy(tail, block_, static_cast<std::size_t>(left));
    masks = masks_of(tail);
  }
  newlines_ = masks.newlines;
  escapes_ = masks.escapes;
  equals_ = 0;
  if (masks.equals != 0) {
    const std::uint64_t before = block_ != begin_ && block_[-1] == ' ' ? 1 : 0;
    const std::uint64_t after = left > kBlock && block_[kBlock] == ' ' ? 1 : 0;
    equals_ = masks.equals & (masks.spaces << 1 | before) & (masks.spaces >> 1 | after << 63);
  }
  loaded_ = true;
}

bool LineCursor::next(MarkedLine& line) {
  if (line_ == end_) return false;
  line.equals = kNowhere;
  line.more_equals = false;
  line.may_have_colour = false;
  const auto note = [&](std::uint64_t mask) {
    if (mask == 0) return;
    line.more_equals |= line.equals != kNowhere || (mask & (mask - 1)) != 0;
    line.equals = static_cast<std::size_t>(block_ - line_ + 63 - std::countl_zero(mask));
  };
  if (!loaded_) load();
  line.may_have_colour = escapes_;
  while (newlines_ == 0) {
    note(equals_);
    if (end_ - block_ <= kBlock) {
      line.text = {line_, static_cast<std::size_t>(end_ - line_)};
      line.ended = false;
      line_ = end_;
      if (line.text.back() == '\r') line.text.remove_suffix(1);
      return true;
    }
    block_ += kBlock;
    load();
    line.may_have_colour |= escapes_;
  }
  const int at = std::countr_zero(newlines_);
  const std::uint64_t below = (std::uint64_t{1} << at) - 1;
  note(equals_ & below);
  equals_ &= ~below;
  newlines_ &= newlines_ - 1;
  const char* stop = block_ + at;
  line.text = {line_, static_cast<std::size_t>(stop - line_)};
  line.ended = true;
  line_ = stop + 1;
  if (!line.text.empty() && line.text.back() == '\r') line.text.remove_suffix(1);
  return true;
}

MarkedLine mark_line(std::string_view text) {
  MarkedLine line;
  LineCursor cursor(text);
  cursor.next(line);
  line.ended = true;
  return line;
}

}  // namespace medic::parsers::strace
