// Inspektor Gadget's JSON: audit_seccomp (old and new field names) and traceloop.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& gadget_dialect();

}  // namespace medic::parsers
