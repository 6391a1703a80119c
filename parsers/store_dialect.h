// Records inside whatever log stores export: JSON of any structure, CSV cells, logfmt values.
#pragma once

#include <span>

#include "parsers/dialect.h"

namespace medic::parsers {

// known: gives all dialects; a stored line may be in any of them. Asked when a log is read.
using DialectList = std::span<const Dialect* const> (*)();
const Dialect& store_dialect(DialectList known);

}  // namespace medic::parsers
