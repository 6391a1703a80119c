// perf trace, line by line and its summary tables (-s).
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& perf_trace_dialect();

}  // namespace medic::parsers
