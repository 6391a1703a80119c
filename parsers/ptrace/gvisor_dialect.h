// gVisor's runsc with --strace, as text or JSON.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& gvisor_dialect();

}  // namespace medic::parsers
