#include "parsers/framing/stamp.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace medic::parsers::framing {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kMostSeconds =
    9'000'000'000;  // since 1970; as nanoseconds they fit into 64 bits

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Eats from the front of a view; every reader leaves the view as it was when it fails.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  std::string_view rest() const { return text_; }

  bool eat(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void eat_blanks() {
    while (eat(' ') || eat('\t')) {
    }
  }
  // min to max digits, all that stand there; fails when there are more than max.
  std::optional<std::int64_t> number(std::size_t min, std::size_t max) {
    std::size_t length = 0;
    std::int64_t value = 0;
    while (length < text_.size() && length <= max && is_digit(text_[length]))
      value = value * 10 + (text_[length++] - '0');
    if (length < min || length > max) return std::nullopt;
    text_.remove_prefix(length);
    return value;
  }
  // Digits behind a point as nanoseconds; digits beyond the ninth are dropped.
  std::int64_t fraction() {
    if (text_.size() < 2 || (text_[0] != '.' && text_[0] != ',') || !is_digit(text_[1])) return 0;
    text_.remove_prefix(1);
    std::int64_t value = 0, scale = kNsPerSecond;
    while (!text_.empty() && is_digit(text_.front())) {
      if (scale > 1) value += (text_.front() - '0') * (scale /= 10);
      text_.remove_prefix(1);
    }
    return value;
  }
  std::string_view word() {
    const std::string_view found = text_.substr(0, std::min(text_.find(' '), text_.size()));
    text_.remove_prefix(found.size());
    return found;
  }

 private:
  std::string_view text_;
};

// HH:MM:SS with a fraction, into the civil time.
bool clock_into(Reader& in, Civil& civil) {
  const auto hour = in.number(1, 2);
  if (!hour || !in.eat(':')) return false;
  const auto minute = in.number(2, 2);
  if (!minute || !in.eat(':')) return false;
  const auto second = in.number(2, 2);
  if (!second) return false;
  civil.hour = static_cast<int>(*hour);
  civil.minute = static_cast<int>(*minute);
  civil.second = static_cast<int>(*second);
  civil.ns = in.fraction();
  return civil.hour < 24 && civil.minute < 60 && civil.second <= 60;
}

model::Time time_of_day(const Civil& civil) {
  const std::int64_t seconds = (civil.hour * 60 + civil.minute) * 60 + civil.second;
  return {seconds * kNsPerSecond + civil.ns, model::Time::Basis::TimeOfDay, true};
}

// Seconds east of UTC; nothing when no zone stands there.
std::optional<std::int64_t> zone_seconds(Reader& in) {
  if (in.eat('Z')) return 0;
  const bool east = in.eat('+');
  if (!east && !in.eat('-')) return std::nullopt;
  Reader probe = in;
  auto hours = probe.number(2, 2);
  std::optional<std::int64_t> minutes;
  if (hours) {
    probe.eat(':');
    minutes = probe.number(2, 2);
  } else if (const auto both = (probe = in).number(4, 4)) {
    hours = *both / 100;
    minutes = *both % 100;
  }
  if (!hours || !minutes) return std::nullopt;
  in = probe;
  return (east ? 1 : -1) * (*hours * 60 + *minutes) * 60;
}

std::optional<model::Time> iso_time(Reader& in) {
  Civil civil;
  const auto year = in.number(4, 4);
  if (!year || !in.eat('-')) return std::nullopt;
  const auto month = in.number(2, 2);
  if (!month || !in.eat('-')) return std::nullopt;
  const auto day = in.number(2, 2);
  if (!day || (!in.eat('T') && !in.eat(' '))) return std::nullopt;
  civil.year = *year;
  civil.month = static_cast<int>(*month);
  civil.day = static_cast<int>(*day);
  if (!clock_into(in, civil)) return std::nullopt;
  const auto zone = zone_seconds(in);
  const auto ns = epoch_ns(civil);
  if (!ns) return std::nullopt;
  return model::Time{*ns - zone.value_or(0) * kNsPerSecond, model::Time::Basis::Epoch, !zone};
}

int month_number(std::string_view word) {
  static constexpr std::array<std::string_view, 12> kMonths{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::find(kMonths.begin(), kMonths.end(), word);
  return found == kMonths.end() ? 0 : static_cast<int>(found - kMonths.begin()) + 1;
}

Stamp with_rest(Reader& in, StampForm form, model::Time time) {
  in.eat_blanks();
  return {form, time, in.rest()};
}

// `Mär 04 19:57:53`, `Sep 11 09:58:02.123456`, `Mar 04 2020 19:57:53`: a month in any language;
// only an English one with a year gives a date.
std::optional<Stamp> syslog_stamp(Reader in) {
  const std::string_view month = in.word();
  if (month.size() < 2 || month.size() > 16 || is_digit(month.front()) || month.front() == '[' ||
      month.find_first_of("=():") != month.npos) {
    return std::nullopt;
  }
  in.eat_blanks();
  const auto day = in.number(1, 2);
  if (!day) return std::nullopt;
  in.eat('.');
  in.eat_blanks();
  Civil civil;
  Reader with_year = in;
  const auto year = with_year.number(4, 4);
  if (year) in = with_year;
  in.eat_blanks();
  if (!clock_into(in, civil)) return std::nullopt;
  civil.month = month_number(month);
  civil.day = static_cast<int>(*day);
  if (year && civil.month != 0) {
    civil.year = *year;
    if (const auto ns = epoch_ns(civil))
      return with_rest(in, StampForm::Syslog, {*ns, model::Time::Basis::Epoch, true});
  }
  return with_rest(in, StampForm::Syslog, time_of_day(civil));
}

// `Sun 2026-11-22 01:54:50.308 UTC`: journalctl's short-full and verbose forms. Zones other than
// UTC have no offset in them.
std::optional<Stamp> weekday_stamp(Reader in) {
  if (in.word().size() > 12) return std::nullopt;
  in.eat_blanks();
  auto time = iso_time(in);
  if (!time) return std::nullopt;
  in.eat_blanks();
  const std::string_view zone = in.word();
  time->zone_assumed = zone != "UTC" && zone != "GMT" && zone != "Z";
  return with_rest(in, StampForm::Syslog, *time);
}

// `1795312490.308000 `: journalctl's short-unix.
std::optional<Stamp> unix_stamp(Reader in) {
  const auto seconds = in.number(9, 10);
  if (!seconds || *seconds > kMostSeconds) return std::nullopt;
  const std::int64_t ns = in.fraction();
  if (!in.eat(' ')) return std::nullopt;
  return with_rest(in, StampForm::Syslog,
                   {*seconds * kNsPerSecond + ns, model::Time::Basis::Epoch, false});
}

// `[Mon Apr  6 11:27:30 2020]` (dmesg -T, local time) or `[ 1160.500254]` (seconds since boot).
std::optional<Stamp> dmesg_stamp(Reader in) {
  if (!in.eat('[')) return std::nullopt;
  in.eat_blanks();
  Reader seconds = in;
  if (const auto whole = seconds.number(1, 9)) {
    const std::int64_t ns = *whole * kNsPerSecond + seconds.fraction();
    if (!seconds.eat(']')) return std::nullopt;
    return with_rest(seconds, StampForm::DmesgSeconds, {ns, model::Time::Basis::Relative, false});
  }
  const std::size_t close = in.rest().substr(0, 48).find(']');
  if (close == std::string_view::npos) return std::nullopt;
  Reader inside(in.rest().substr(0, close));
  inside.word();
  inside.eat_blanks();
  Civil civil;
  civil.month = month_number(inside.word());
  inside.eat_blanks();
  const auto day = inside.number(1, 2);
  inside.eat_blanks();
  if (!day || !clock_into(inside, civil)) return std::nullopt;
  inside.eat_blanks();
  const auto year = inside.number(4, 4);
  civil.day = static_cast<int>(*day);
  civil.year = year.value_or(0);
  Reader after(in.rest().substr(close + 1));
  const auto ns = civil.month != 0 ? epoch_ns(civil) : std::nullopt;
  return with_rest(after, StampForm::DmesgDate,
                   ns ? model::Time{*ns, model::Time::Basis::Epoch, true} : time_of_day(civil));
}

// `06-26 13:36:00.621`
std::optional<Stamp> logcat_stamp(Reader in) {
  Civil civil;
  if (!in.number(2, 2) || !in.eat('-') || !in.number(2, 2) || !in.eat(' ') ||
      !clock_into(in, civil))
    return std::nullopt;
  return with_rest(in, StampForm::Logcat, time_of_day(civil));
}

}  // namespace

std::optional<std::int64_t> epoch_ns(const Civil& civil) {
  const bool plausible = civil.year >= 1970 && civil.year <= 2261 && civil.month >= 1 &&
                         civil.month <= 12 && civil.day >= 1 && civil.day <= 31 &&
                         civil.hour >= 0 && civil.hour < 24 && civil.minute >= 0 &&
                         civil.minute < 60 && civil.second >= 0 && civil.second <= 60;
  if (!plausible) return std::nullopt;
  const std::int64_t days =
      std::chrono::sys_days(std::chrono::year(civil.year) / civil.month / civil.day)
          .time_since_epoch()
          .count();
  const std::int64_t seconds = ((days * 24 + civil.hour) * 60 + civil.minute) * 60 + civil.second;
  return seconds * kNsPerSecond + civil.ns;
}

std::optional<model::Time> read_iso(std::string_view text) {
  Reader in(text);
  return iso_time(in);
}

std::optional<std::int64_t> read_zone(std::string_view text) {
  Reader in(text);
  const auto seconds = zone_seconds(in);
  return in.rest().empty() ? seconds : std::nullopt;
}

std::optional<model::Time> read_epoch_seconds(std::string_view text) {
  Reader in(text);
  const auto seconds = in.number(1, 10);
  if (!seconds || *seconds > kMostSeconds) return std::nullopt;
  const std::int64_t ns = in.fraction();
  if (!in.rest().empty()) return std::nullopt;
  return model::Time{*seconds * kNsPerSecond + ns, model::Time::Basis::Epoch, false};
}

std::optional<model::Time> read_local_date(std::string_view text) {
  Reader in(text);
  std::array<std::int64_t, 3> part{};
  char separator = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto number = in.number(1, 4);
    if (!number) return std::nullopt;
    part[i] = *number;
    if (i == 2) break;
    separator = in.rest().empty() ? '\0' : in.rest().front();
    if ((separator != '/' && separator != '.' && separator != '-') || !in.eat(separator))
      return std::nullopt;
  }
  const bool year_first = part[0] > 31;
  const bool month_first = !year_first && separator == '/' && part[0] <= 12;
  Civil civil;
  civil.year = year_first ? part[0] : part[2];
  if (civil.year < 100) civil.year += 2000;
  civil.month = static_cast<int>(year_first ? part[1] : month_first ? part[0] : part[1]);
  civil.day = static_cast<int>(year_first ? part[2] : month_first ? part[1] : part[0]);
  in.eat_blanks();
  if (!clock_into(in, civil)) return std::nullopt;
  in.eat_blanks();
  if (in.eat('P') && civil.hour < 12) civil.hour += 12;  // `%x %r` locales: `08:17:03.365 PM`
  const auto ns = epoch_ns(civil);
  if (!ns) return std::nullopt;
  return model::Time{*ns, model::Time::Basis::Epoch, true};
}

Stamp read_stamp(std::string_view text) {
  Reader in(text);
  in.eat_blanks();
  const std::string_view start = in.rest();
  if (start.empty()) return {StampForm::None, {}, text};
  if (start.front() == '[') {
    if (auto stamp = dmesg_stamp(in)) return *stamp;
    return {StampForm::None, {}, start};
  }
  if (is_digit(start.front())) {
    Reader iso = in;
    if (const auto time = iso_time(iso)) return with_rest(iso, StampForm::Iso, *time);
    if (auto stamp = logcat_stamp(in)) return *stamp;
    if (auto stamp = unix_stamp(in)) return *stamp;
    Civil civil;
    Reader clock = in;
    if (clock_into(clock, civil)) return with_rest(clock, StampForm::TimeOfDay, time_of_day(civil));
    return {StampForm::None, {}, start};
  }
  if (auto stamp = syslog_stamp(in)) return *stamp;
  if (auto stamp = weekday_stamp(in)) return *stamp;
  return {StampForm::None, {}, start};
}

}  // namespace medic::parsers::framing
