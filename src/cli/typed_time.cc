#include "cli/typed_time.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "base/text.h"

namespace medic::cli {
namespace {

namespace chrono = std::chrono;

constexpr std::int64_t kSecond = 1'000'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute,
                       kDay = 24 * kHour;

// Exactly `digits` digits at `at`, which then stands behind them.
std::optional<unsigned> number_at(std::string_view text, std::size_t& at, std::size_t digits) {
  const auto read =
      at + digits <= text.size() ? parse_decimal(text.substr(at, digits)) : std::nullopt;
  at += digits;
  return read ? std::optional(static_cast<unsigned>(*read)) : std::nullopt;
}

bool byte_at(std::string_view text, std::size_t& at, std::string_view any) {
  const bool found = at < text.size() && any.find(text[at]) != std::string_view::npos;
  ++at;
  return found;
}

// "01:02" or "01:02:03" up to the end, as nanoseconds of the day. A leap second counts as the next
// minute's first.
std::optional<std::int64_t> time_of_day(std::string_view text, std::size_t at) {
  const auto hour = number_at(text, at, 2);
  const bool colon = byte_at(text, at, ":");
  const auto minute = number_at(text, at, 2);
  if (!hour || !colon || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  std::int64_t out = *hour * kHour + *minute * kMinute;
  if (at == text.size()) return out;
  if (!byte_at(text, at, ":")) return std::nullopt;
  const auto second = number_at(text, at, 2);
  if (!second || *second > 60 || at != text.size()) return std::nullopt;
  return out + *second * kSecond;
}

std::optional<std::int64_t> calendar_time(std::string_view text) {
  std::size_t at = 0;
  const auto year = number_at(text, at, 4);
  const bool first = byte_at(text, at, "-");
  const auto month = number_at(text, at, 2);
  const bool second = byte_at(text, at, "-");
  const auto day = number_at(text, at, 2);
  if (!year || !first || !month || !second || !day) return std::nullopt;
  const chrono::year_month_day date{chrono::year(static_cast<int>(*year)), chrono::month(*month),
                                    chrono::day(*day)};
  // What nanoseconds in 64 bits reach: 1678 to 2262.
  if (!date.ok() || *year < 1700 || *year > 2261) return std::nullopt;
  const std::int64_t begin = chrono::sys_days(date).time_since_epoch().count() * kDay;
  if (at == text.size()) return begin;
  if (!byte_at(text, at, "T ")) return std::nullopt;
  if (text.ends_with('Z')) text.remove_suffix(1);
  const auto within = time_of_day(text, at);
  return within ? std::optional(begin + *within) : std::nullopt;
}

std::optional<std::int64_t> unit_of(std::string_view word) {
  if (word.size() > 1 && word.ends_with('s')) word.remove_suffix(1);
  if (word == "s" || word == "sec" || word == "second") return kSecond;
  if (word == "m" || word == "min" || word == "minute") return kMinute;
  if (word == "h" || word == "hour") return kHour;
  if (word == "d" || word == "day") return kDay;
  if (word == "w" || word == "week") return 7 * kDay;
  return std::nullopt;
}

// "-2h" or "2 hours ago": how long before now.
std::optional<std::int64_t> length_before(std::string_view text) {
  constexpr std::string_view kAgo = " ago";
  if (text.starts_with('-'))
    text.remove_prefix(1);
  else if (text.ends_with(kAgo))
    text.remove_suffix(kAgo.size());
  else
    return std::nullopt;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = parse_decimal(text.substr(0, digits));
  const auto unit = unit_of(trim(text.substr(digits)));
  constexpr std::uint64_t kMost = 200'000;  // days of five centuries, so that no product overflows
  if (!count || !unit || *count * static_cast<std::uint64_t>(*unit / kSecond) / 86400 > kMost ||
      *count > (1ULL << 34))
    return std::nullopt;
  return static_cast<std::int64_t>(*count) * *unit;
}

// Rounds down, before 1970 too.
std::int64_t first_moment(std::int64_t now_ns) {
  return chrono::floor<chrono::days>(
             chrono::sys_time<chrono::nanoseconds>(chrono::nanoseconds(now_ns)))
             .time_since_epoch()
             .count() *
         kDay;
}

}  // namespace

Result<std::int64_t> parse_time(std::string_view text, std::int64_t now_ns) {
  if (text.starts_with('@')) {
    const auto seconds = parse_signed(text.substr(1));
    if (seconds && *seconds > -9'000'000'000 && *seconds < 9'000'000'000) return *seconds * kSecond;
  }
  if (text == "now") return now_ns;
  if (text == "today") return first_moment(now_ns);
  if (text == "yesterday") return first_moment(now_ns) - kDay;
  if (const auto before = length_before(text)) return now_ns - *before;
  if (const auto time = calendar_time(text)) return *time;
  Problem problem;
  problem.kind = ProblemKind::Usage;
  problem.text = fmt::format("'{}' is no time", escape_for_terminal(text));
  problem.hint =
      "2026-11-22, 2026-11-22T01:02:03Z (UTC), @SECONDS, today, yesterday, -2h or '2 hours ago'";
  return fail(std::move(problem));
}

}  // namespace medic::cli
