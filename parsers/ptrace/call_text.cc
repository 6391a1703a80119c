#include "parsers/ptrace/call_text.h"

#include <chrono>
#include <cstdlib>
#include <limits>

#include "base/text.h"
#include "kernel/syscalls.h"

namespace medic::parsers::ptrace {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void set_number(model::SyscallRef& ref, std::int64_t number) {
  ref.number = static_cast<std::int32_t>(number);
  ref.has_number = true;
  if (ref.arch != kernel::Arch::Unknown) ref.name = kernel::name_at({ref.arch, ref.number});
}

std::optional<std::int64_t> call_number(std::string_view text) {
  for (std::string_view prefix : {"SYS_", "sys_", "syscall_", "syscall#"}) {
    if (text.starts_with(prefix)) {
      text.remove_prefix(prefix.size());
      break;
    }
  }
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto number = parse_number(text);
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

kernel::NameId call_name(std::string_view text, kernel::Arch arch) {
  kernel::NameId name = kernel::find_name(text);
  return name != kernel::kNoName ? name : kernel::find_alias(text, arch);
}

// One argument, trimmed. Annotations behind a number (`0x3 /dev/null`, `-100(AT_FDCWD)`) are not
// ours to read here.
std::optional<std::uint64_t> argument(std::string_view text) {
  if (text == "NULL" || text == "nil" || text == "(nil)") return 0;
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const std::size_t blank = text.find(' ');
  if (text.starts_with("0o")) return std::nullopt;
  return parse_number(text.substr(0, blank));
}

std::size_t skip_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size() && text[at] != quote; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at;
}

// The end of the argument that begins at `from`: a comma outside of quotes and brackets, or the
// text's end.
std::size_t argument_end(std::string_view text, std::size_t from) {
  int depth = 0;
  for (std::size_t at = from; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"')
      at = skip_quoted(text, at);
    else if (c == '(' || c == '[' || c == '{')
      ++depth;
    else if (c == ')' || c == ']' || c == '}')
      --depth;
    else if (c == ',' && depth <= 0)
      return at;
  }
  return text.size();
}

// Digits of a fixed field; -1 when there are others.
int digits(std::string_view text, std::size_t from, std::size_t count) {
  int value = 0;
  if (from + count > text.size()) return -1;
  for (std::size_t i = from; i < from + count; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// Nanoseconds of ".123456", nothing behind it; 0 for empty.
std::optional<std::int64_t> fraction(std::string_view text) {
  if (text.empty()) return 0;
  if (text.front() != '.' || text.size() < 2) return std::nullopt;
  std::int64_t ns = 0, unit = kSecond;
  for (const char c : text.substr(1)) {
    if (!is_digit(c)) return std::nullopt;
    unit /= 10;
    ns += (c - '0') * unit;
  }
  return ns;
}

// Days since 1970-01-01.
std::int64_t days_since_epoch(int year, int month, int day) {
  return std::chrono::sys_days(std::chrono::year(year) / month / day).time_since_epoch().count();
}

// Seconds east of UTC of "Z", "+05:30" or "+0530".
std::optional<std::int64_t> zone_offset(std::string_view zone) {
  if (zone == "Z" || zone == "z") return 0;
  if (zone.size() < 5 || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
  const int hours = digits(zone, 1, 2), minutes = digits(zone, zone.size() - 2, 2);
  if (hours < 0 || minutes < 0 || zone.size() > 6) return std::nullopt;
  const std::int64_t seconds = hours * 3600 + minutes * 60;
  return zone[0] == '-' ? -seconds : seconds;
}

}  // namespace

model::SyscallRef syscall_called(std::string_view text, kernel::Arch arch) {
  model::SyscallRef ref;
  ref.arch = arch;
  if (const auto number = call_number(text)) {
    set_number(ref, *number);
    return ref;
  }
  if (text.starts_with("SYS_") || text.starts_with("sys_")) text.remove_prefix(4);
  ref.name = call_name(text, arch);
  if (ref.name == kernel::kNoName && text.size() < 64) ref.name = call_name(lower(text), arch);
  return ref;
}

bool is_known(const model::SyscallRef& ref) {
  return ref.has_number || ref.name != kernel::kNoName;
}

std::size_t closing_parenthesis(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t at = open; at < text.size(); ++at) {
    if (text[at] == '"')
      at = skip_quoted(text, at);
    else if (text[at] == '(')
      ++depth;
    else if (text[at] == ')' && --depth == 0)
      return at;
  }
  return std::string_view::npos;
}

kernel::Args read_args(std::string_view list) {
  kernel::Args args;
  std::size_t at = 0;
  for (unsigned i = 0; i < kernel::kArgCount && at < list.size(); ++i) {
    const std::size_t end = argument_end(list, at);
    if (const auto value = argument(trim(list.substr(at, end - at)))) args.set(i, *value);
    at = end + 1;
  }
  return args;
}

model::Outcome raw_outcome(std::int64_t result) {
  model::Outcome outcome;
  const std::int64_t error = -result;
  // ERESTARTSYS .. ERESTART_RESTARTBLOCK (include/linux/errno.h): interrupted, and asked again.
  if (error >= 512 && error <= 516) {
    outcome.kind = model::Outcome::Kind::Unfinished;
  } else if (result < 0 && result >= -4095) {
    outcome.kind = model::Outcome::Kind::Failed;
    outcome.error = static_cast<int>(error);
  } else {
    outcome.kind = model::Outcome::Kind::Returned;
    outcome.value = result;
  }
  return outcome;
}

std::optional<model::Outcome> raw_result(std::string_view text) {
  text = trim(text);
  if (text == "?") {
    model::Outcome outcome;
    outcome.kind = model::Outcome::Kind::Unfinished;
    return outcome;
  }
  text = text.substr(0, text.find(' '));
  if (text == "nil") return raw_outcome(0);
  std::string lowered;
  if (text.starts_with("0X")) text = lowered = lower(text);
  const auto value = parse_number(text);
  if (!value) return std::nullopt;
  return raw_outcome(static_cast<std::int64_t>(*value));
}

std::string_view take_word(std::string_view& rest) {
  const std::size_t from = rest.find_first_not_of(' ');
  if (from == std::string_view::npos) {
    rest = {};
    return {};
  }
  rest.remove_prefix(from);
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  const std::size_t next = rest.find_first_not_of(' ');
  rest.remove_prefix(next == std::string_view::npos ? rest.size() : next);
  return word;
}

std::optional<std::int64_t> decimal_seconds(std::string_view text) {
  const std::size_t dot = text.find('.');
  const auto seconds = parse_decimal(text.substr(0, dot));
  const auto rest = fraction(dot == std::string_view::npos ? std::string_view{} : text.substr(dot));
  if (!seconds || !rest || *seconds > 9'000'000'000) return std::nullopt;
  return static_cast<std::int64_t>(*seconds) * kSecond + *rest;
}

std::optional<std::int64_t> time_of_day(std::string_view text) {
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const int hours = digits(text, 0, 2), minutes = digits(text, 3, 2), seconds = digits(text, 6, 2);
  const auto rest = fraction(text.substr(8));
  if (hours < 0 || minutes < 0 || seconds < 0 || !rest) return std::nullopt;
  return (std::int64_t{hours} * 3600 + minutes * 60 + seconds) * kSecond + *rest;
}

std::optional<model::Time> iso_time(std::string_view text) {
  if (text.size() < 19 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' '))
    return std::nullopt;
  const int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  const std::size_t end = text.find_first_of("Zz+-", 19);
  const auto since_midnight =
      time_of_day(text.substr(11, end == std::string_view::npos ? end : end - 11));
  const auto offset = end == std::string_view::npos ? std::optional<std::int64_t>(0)
                                                    : zone_offset(text.substr(end));
  // Later than this the nanoseconds do not fit.
  if (!since_midnight || !offset || year > 2261) return std::nullopt;
  model::Time time;
  time.basis = model::Time::Basis::Epoch;
  time.ns = (days_since_epoch(year, month, day) * 86400 - *offset) * kSecond + *since_midnight;
  time.zone_assumed = end == std::string_view::npos;
  return time;
}

}  // namespace medic::parsers::ptrace
