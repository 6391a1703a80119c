// Records inside whatever log stores export: JSON of any structure, CSV cells, logfmt values.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& store_dialect();

}  // namespace medic::parsers
