#include "parsers/strace/result.h"

#include "base/text.h"
#include "parsers/strace/names.h"

namespace medic::parsers::strace {
namespace {

using model::Outcome;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// -T's ` <0.000012>`, also ` <unavailable>` of a lost result.
void strip_duration(std::string_view& text) {
  if (text.empty() || text.back() != '>') return;
  const std::size_t open = text.rfind('<');
  if (open == std::string_view::npos || open == 0 || text[open - 1] != ' ') return;
  if (open + 1 < text.size() && is_digit(text[open + 1])) text = text.substr(0, open - 1);
}

// ` (INJECTED)`, ` (INJECTED: args, retval)`, ` (DELAYED)` at the end, in any order.
bool strip_tampering(std::string_view& text) {
  bool injected = false;
  while (!text.empty() && text.back() == ')') {
    const std::size_t open = text.rfind(" (");
    if (open == std::string_view::npos) break;
    const std::string_view group = text.substr(open + 2);
    if (group.starts_with("INJECTED")) {
      injected = true;
    } else if (!group.starts_with("DELAYED")) {
      break;
    }
    text = text.substr(0, open);
  }
  return injected;
}

struct Number {
  std::uint64_t value = 0;
  bool negative = false;
  std::size_t length = 0;  // 0: none
};

Number read_number(std::string_view text) {
  Number out;
  std::size_t at = 0;
  out.negative = !text.empty() && text[0] == '-';
  if (out.negative) ++at;
  const std::size_t first = at;
  const bool hex = text.substr(at).starts_with("0x");
  if (hex) {
    at += 2;
    const std::size_t digits = at;
    for (; at < text.size() && at - digits < 16; ++at) {
      const char c = text[at];
      const int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0) break;
      out.value = out.value << 4 | static_cast<unsigned>(digit);
    }
    out.length = at == digits ? 0 : at;
    return out;
  }
  // A leading zero is octal: umask(022) = 022.
  const unsigned base = at + 1 < text.size() && text[at] == '0' && is_digit(text[at + 1]) ? 8 : 10;
  for (; at < text.size() && is_digit(text[at]) && at - first < 20; ++at)
    out.value = out.value * base + static_cast<unsigned>(text[at] - '0');
  out.length = at == first ? 0 : at;
  return out;
}

// `EPERM`, `ERRNO_123`, `(errno 123)` behind a negative number.
std::optional<int> read_error(std::string_view text) {
  if (text.starts_with("(errno ")) {
    const auto number = parse_decimal(
        text.substr(7, text.find(')') == std::string_view::npos ? 0 : text.find(')') - 7));
    if (number && *number <= 4095) return static_cast<int>(*number);
    return std::nullopt;
  }
  if (text.empty() || text[0] != 'E') return std::nullopt;
  const std::string_view name = text.substr(0, text.find(' '));
  if (name.starts_with("ERRNO_")) {
    const auto number = parse_decimal(name.substr(6));
    if (number && *number <= 4095) return static_cast<int>(*number);
    return std::nullopt;
  }
  // Under `-e raw=` the kernel's own words for a call to be restarted stand as an errno.
  if (name.starts_with("ERESTART")) return -1;
  // A name newer than our table is still an error: 0 says that its number is not known.
  return find_errno(name).value_or(0);
}

// What may stand behind a result's number: nothing, a path, a note in parentheses, a comment, flags
// in words.
bool is_note(std::string_view rest) {
  if (rest.empty()) return true;
  if (rest[0] == '<') return rest.find('>') != std::string_view::npos;
  if (rest[0] != ' ' || rest.size() < 2) return false;
  switch (rest[1]) {
    case '(': return rest.back() == ')';
    case '[': return rest.back() == ']' || rest.back() == ')';
    case '/': return rest.ends_with("*/") || rest.back() == ')';
    default: return false;
  }
}

std::int64_t outer_pid(std::string_view rest) {
  if (!rest.starts_with(" /* ") || rest.find(" in strace's PID NS") == std::string_view::npos)
    return -1;
  const auto number = parse_decimal(rest.substr(4, rest.find(' ', 4) - 4));
  return number && *number < 1u << 30 ? static_cast<std::int64_t>(*number) : -1;
}

std::optional<ResultColumn> read_question(std::string_view text) {
  ResultColumn out;
  out.outcome.kind = Outcome::Kind::Unfinished;
  out.question = true;
  text.remove_prefix(1);
  if (text.empty() || text == " <unavailable>" || text.starts_with(" (")) return out;
  if (!text.starts_with(" ERESTART")) return std::nullopt;
  out.outcome.kind = Outcome::Kind::Seen;
  out.question = false;
  out.restarts = true;
  return out;
}

// `0`, `832`, `3 <0.000012>`: most results, at speed. False: read it carefully.
bool read_plain_number(std::string_view text, ResultColumn& out) {
  std::size_t at = 0;
  std::uint64_t value = 0;
  for (; at < text.size() && at < 18 && is_digit(text[at]); ++at)
    value = value * 10 + static_cast<unsigned>(text[at] - '0');
  if (at == 0 || (at > 1 && text[0] == '0')) return false;
  const std::string_view rest = text.substr(at);
  if (!rest.empty()) {
    if (rest.size() < 5 || rest.size() > 24 || rest[0] != ' ' || rest[1] != '<' ||
        rest.back() != '>')
      return false;
    for (const char c : rest.substr(2, rest.size() - 3)) {
      if (!is_digit(c) && c != '.') return false;
    }
  }
  out.outcome.kind = Outcome::Kind::Returned;
  out.outcome.value = static_cast<std::int64_t>(value);
  return true;
}

}  // namespace

std::optional<ResultColumn> read_result(std::string_view text) {
  if (ResultColumn plain; read_plain_number(text, plain)) return plain;
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  strip_duration(text);
  const bool injected = strip_tampering(text);
  if (text.starts_with('?')) {
    auto out = read_question(text);
    if (out) out->outcome.injected = injected;
    return out;
  }
  const Number number = read_number(text);
  if (number.length == 0) return std::nullopt;
  ResultColumn out;
  out.outcome.injected = injected;
  const std::string_view rest = text.substr(number.length);
  if (number.negative && rest.starts_with(' ')) {
    if (const auto error = read_error(rest.substr(1)); error && *error >= 0) {
      out.outcome.kind = Outcome::Kind::Failed;
      out.outcome.error = *error;
      return out;
    }
    if (rest.starts_with(" ERESTART")) {
      out.outcome.kind = Outcome::Kind::Seen;
      out.restarts = true;
      return out;
    }
  }
  if (!is_note(rest)) return std::nullopt;
  out.outcome.kind = Outcome::Kind::Returned;
  out.outcome.value = static_cast<std::int64_t>(number.negative ? 0 - number.value : number.value);
  out.outer_pid = outer_pid(rest);
  return out;
}

}  // namespace medic::parsers::strace
