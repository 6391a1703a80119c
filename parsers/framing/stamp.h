// Reads the time that stands before a log line: syslog's, journalctl's, dmesg's, ISO 8601,
// logcat's. No locale, no clock, no zone database.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/event.h"

namespace medic::parsers::framing {

// How the stamp is written, for what may stand behind it.
enum class StampForm : std::uint8_t {
  None,
  Syslog,
  Iso,
  TimeOfDay,
  Logcat,
  DmesgSeconds,
  DmesgDate
};

struct Stamp {
  StampForm form = StampForm::None;
  model::Time time;
  std::string_view rest;  // what follows the stamp, leading blanks removed
};

// form None and rest = text when no stamp stands at the front.
Stamp read_stamp(std::string_view text);

// A civil UTC time. All in their usual ranges but unchecked; ns below one second.
struct Civil {
  std::int64_t year = 1970;
  int month = 1, day = 1, hour = 0, minute = 0, second = 0;
  std::int64_t ns = 0;
};
// Nanoseconds since 1970 UTC; nothing when a part is out of range (years 1970 to 2261, that which
// fits).
std::optional<std::int64_t> epoch_ns(const Civil& civil);

// `07/06/2020 20:17:03.365`, `22.11.2026 …`, `2026-11-22 …`, with a two-digit year too: the local
// date that ausearch -i prints. Month first with slashes unless that cannot be; day first with dots
// and dashes. Read as UTC, zone_assumed.
std::optional<model::Time> read_local_date(std::string_view text);

// `2026-11-22T01:02:03.004Z`, with an offset, with a blank for the T; without a zone it is read as
// UTC, zone_assumed.
std::optional<model::Time> read_iso(std::string_view text);

// `-05:00`, `+0530`, `Z`: seconds east of UTC; nothing when it is none.
std::optional<std::int64_t> read_zone(std::string_view text);

// `1613596317.899` or whole seconds as an Epoch time; nothing when it is none.
std::optional<model::Time> read_epoch_seconds(std::string_view text);

}  // namespace medic::parsers::framing
