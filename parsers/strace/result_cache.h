// Reads the results of plain calls at speed. Those with an error's text are looked up when they
// were read before.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "model/event.h"
#include "parsers/fast/words.h"

namespace medic::parsers::strace {

// What a plain call came back with: nothing but a value or an errno is to be known of it.
struct PlainResult {
  model::Outcome::Kind kind = model::Outcome::Kind::Returned;  // or Failed
  int error = 0;
  std::int64_t value = 0;
};

// How long ` <0.000012>` is, as -T writes it.
inline constexpr std::size_t kDuration = 11;

// Does the text end so? Whatever else may be a duration does not count.
inline bool ends_in_duration(std::string_view text) {
  if (text.size() <= kDuration) return false;
  const char* const at = text.data() + text.size() - kDuration;
  // Digits come out as 0 to 9, and the other bytes as 0.
  const std::uint64_t start = word_at(at) ^ 0x3030302E303C20,
                      rest = word_at(at + 3) ^ 0x3E3030303030302E;
  constexpr std::uint64_t kNoDigits = 0xFF808080808080FF;
  return (((rest | (rest + 0x0076767676767600)) & kNoDigits) | (start & 0xFFFF) |
          ((start >> 16 & 0xFF) > 9 ? 1 : 0)) == 0;
}

class ResultCache {
 public:
  ResultCache() : errors_(kErrors) {}

  // column: all behind `= `. False: it is not a plain call's.
  bool read(std::string_view column, PlainResult& out) {
    std::string_view text = column;
    if (ends_in_duration(column)) text.remove_suffix(kDuration);
    if (text.size() != 1 || text[0] < '0' || text[0] > '9') return read_longer(column, text, out);
    out = {model::Outcome::Kind::Returned, 0, text[0] - '0'};
    return true;
  }

 private:
  static constexpr std::size_t kErrors = 64;  // a power of two

  // `-1 ENOENT (No such file or directory)`, and whether that is a plain call's result.
  struct Error {
    static constexpr std::size_t kShortest = 11, kLongest = 62;
    std::uint8_t size = 0;  // 0: the slot is free
    bool plain = false;
    char text[kLongest] = {};
    PlainResult result;
  };

  // text: the column without a duration.
  bool read_longer(std::string_view column, std::string_view text, PlainResult& out);
  bool read_error(std::string_view text, PlainResult& out);

  std::vector<Error> errors_;
};

}  // namespace medic::parsers::strace
