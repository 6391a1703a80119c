// lurk, plain text and --json.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& lurk_dialect();

}  // namespace medic::parsers
