// Finds the lines that may matter in a text where most do not, at memory speed: one pass for all
// words, sixteen bytes at a step.
#pragma once

#include <cstddef>
#include <string_view>

namespace medic::parsers::audit {

// The position of the first word at or after `from` by which a record or a notice of loss can be
// known; text.size() when there is none. Words: `audit`, `SECCOMP`, ` messages`, and a line (but
// for the text's first) that begins with `type=` or `node=`: then its start.
std::size_t next_word(std::string_view text, std::size_t from);

// Where the line that goes on at `from` ends, and what stands in it from there on.
struct LineEnd {
  std::size_t newline = 0;  // text.size() when there is none
  std::size_t mark = 0;     // the first 0x1d before it; where there is none, the same as newline
  bool may_hold_stamp = false;  // false: there is no `audit(`
};
LineEnd find_line_end(std::string_view text, std::size_t from);

// The first `audit(` at or after `from`; npos when there is none.
std::size_t find_stamp(std::string_view text, std::size_t from);

}  // namespace medic::parsers::audit
