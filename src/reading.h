// Logs in, one ledger out: opens the inputs, sniffs their dialects, parses chunks on all cores, stitches and merges in order.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/ledger.h"
#include "parsers/interface/dialect.h"

namespace medic {

struct ReadOptions {
  std::vector<std::string> inputs;         // files, directories, "-"
  const parsers::Dialect* forced = nullptr; // --input-format
  kernel::Arch arch = kernel::Arch::Unknown;
  unsigned threads = 0;                     // 0: as many as the caller's machine has is the caller's business; 1 is used
  std::optional<std::int64_t> since_ns, until_ns;  // calls and denials outside are left out; only events with an absolute time are judged
  std::size_t block_bytes = std::size_t{1} << 20;
};

struct ReadResult {
  ledger::Ledger ledger;
  std::vector<ledger::InputAccount> accounts;  // one an input file, in the order read; Origin::input indexes it
  Problems problems;                           // unreadable inputs (Error) and what is worth saying (Note)
};

// interest must outlive the result. Never fails as a whole: each input that cannot be read is a Problem, the others are read.
ReadResult read_logs(const ReadOptions& options, const ledger::InterestTable& interest);

}  // namespace medic
