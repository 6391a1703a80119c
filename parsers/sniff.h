// In which dialect is a text? By several of its lines.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "parsers/dialect.h"

namespace medic::parsers {

struct Sniffed {
  const Dialect* dialect = nullptr;    // null: none recognised a line
  std::vector<const Dialect*> others;  // recognise lines that it does not
  std::size_t recognised = 0;          // of `looked_at` lines
  std::size_t looked_at = 0;
  bool coloured = false;  // without its colours, which Router::take_colours_off() takes off
};

// Looks at the first few hundred lines among which any dialect has one: hours of a kernel's log may
// come before. The dialect that recognises most of them wins, the earlier in the list at a tie; the
// others are looked for in all of the text.
Sniffed sniff_among(std::span<const Dialect* const> known, std::string_view text);

}  // namespace medic::parsers
