// The systemd journal as journalctl prints entries over several lines: -o export, -o verbose, -o
// json-pretty.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& journal_dialect();

}  // namespace medic::parsers
