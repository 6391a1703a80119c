// gdb transcripts of catch syscall.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& gdb_dialect();

}  // namespace medic::parsers
