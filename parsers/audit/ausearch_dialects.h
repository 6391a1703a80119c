// ausearch --format csv and --format text: who did what, with little of how. Neither has the pid,
// the architecture or the action.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& ausearch_csv_dialect();
const Dialect& ausearch_text_dialect();

}  // namespace medic::parsers
