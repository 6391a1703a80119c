// What is asked of the reading of logs, and what comes of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/digest.h"
#include "ledger/ledger.h"
#include "parsers/dialect.h"
#include "read/checkpoint.h"

namespace medic {

// Which part of an input a text is, where whoever cut it up says: the map step of a fleet.
struct SplitOf {
  std::string name;                    // the input's; empty: as it is read
  std::uint64_t begin = 0, total = 0;  // total 0: it is whole
  std::string like;  // a file whose beginning says the dialect; empty: the text's own
};

struct ReadOptions {
  std::vector<std::string> inputs;           // files, directories, "-"
  const parsers::Dialect* forced = nullptr;  // --input-format
  kernel::Arch arch = kernel::Arch::Unknown;
  unsigned threads =
      0;  // 0: as many as the caller's machine has is the caller's business; 1 is used
  std::optional<std::int64_t> since_ns,
      until_ns;  // calls and denials outside are left out; only events with an absolute time are
                 // judged
  std::size_t block_bytes = std::size_t{1} << 20;
  bool as_digest = false;                  // each input is kept apart, with its identity
  SplitOf split;                           // of the only input
  const Checkpoint* checkpoint = nullptr;  // go on where it says; must outlive the reading
};

struct ReadResult {
  ledger::Ledger ledger;
  std::vector<ledger::InputAccount>
      accounts;           // one an input file, in the order read; Origin::input indexes it
  ledger::Digest digest;  // as_digest: what was read; ledger and accounts are empty then
  Checkpoint checkpoint;  // where reading stopped, where one was asked for
  Problems problems;      // unreadable inputs (Error) and what is worth saying (Note)
};

}  // namespace medic
