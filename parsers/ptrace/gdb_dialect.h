// gdb transcripts of catch syscall.
#pragma once

#include "parsers/interface/dialect.h"

namespace medic::parsers {

const Dialect& gdb_dialect();

}  // namespace medic::parsers
