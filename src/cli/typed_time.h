// Times as people type them behind --since and --until.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace medic::cli {

// Nanoseconds since 1970, UTC. Understands 2026-11-22, 2026-11-22 01:02 and 01:02:03 (with T or a
// blank, and Z or not), @SECONDS, now, today, yesterday (their first moment), -2h and "2 hours ago"
// (s, min or m, h, d, w). `now_ns` is what the last five count from. Fails with a usage problem on
// any other text, and on days and hours that no calendar has.
Result<std::int64_t> parse_time(std::string_view text, std::int64_t now_ns);

}  // namespace medic::cli
