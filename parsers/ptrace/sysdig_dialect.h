// sysdig as text (default and -p formats with direction and type) and JSON, and Falco alerts as
// JSON.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& sysdig_dialect();

}  // namespace medic::parsers
