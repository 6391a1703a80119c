// What engines and runtimes print when a container does not start, and what programs print when a
// call was refused.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {
const Dialect& engine_errors_dialect();
}  // namespace medic::parsers
