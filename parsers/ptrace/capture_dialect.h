// This project's own capture format, man/seccomp-medic-capture.5.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& capture_dialect();

}  // namespace medic::parsers
