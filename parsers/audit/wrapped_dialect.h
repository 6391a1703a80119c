// Audit records as mail programs and pastebins leave them: quoted with `> `, indented, broken over
// several lines.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& wrapped_dialect();

}  // namespace medic::parsers
