// bpftrace maps that count system calls by probe or number, as text or JSON.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& bpftrace_dialect();

}  // namespace medic::parsers
