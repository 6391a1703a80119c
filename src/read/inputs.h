// Logs in, one ledger out: opens the inputs, sniffs their dialects, parses chunks on all cores,
// joins and merges in order.
#pragma once

#include "read/reading.h"

namespace medic {

// interest must outlive the result. Never fails as a whole: each input that cannot be read is a
// Problem, the others are read.
ReadResult read_logs(const ReadOptions& options, const ledger::InterestTable& interest);

}  // namespace medic
