// ltrace -S: system calls among library calls.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& ltrace_dialect();

}  // namespace medic::parsers
