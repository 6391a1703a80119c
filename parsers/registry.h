// The only list of dialects.
#pragma once

#include <span>
#include <string_view>

#include "parsers/dialect.h"
#include "parsers/sniff.h"

namespace medic::parsers {

std::span<const Dialect* const> all_dialects();

// By the name that --input-format takes; null when there is none.
const Dialect* find_dialect(std::string_view name);

// Among all dialects; see parsers/sniff.h.
Sniffed sniff(std::string_view text);

}  // namespace medic::parsers
