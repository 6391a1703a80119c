#include "parsers/strace/prefix.h"

#include <algorithm>
#include <cstring>

#include "parsers/fast/words.h"

namespace medic::parsers::strace {
namespace {

using model::Time;

// linux PID_MAX_LIMIT; a larger leading number is a time (--absolute-timestamps=unix).
constexpr std::uint64_t kMaxPid = 4194304;
constexpr std::int64_t kSecond = 1'000'000'000;
// Nanoseconds of later times do not fit into 64 bits.
constexpr std::uint64_t kMaxSeconds = 9'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A place in the line; at() gives '\0' behind its end.
struct Reader {
  std::string_view line;
  std::size_t position = 0;

  char at(std::size_t ahead = 0) const {
    return position + ahead < line.size() ? line[position + ahead] : '\0';
  }
  void skip_spaces() {
    while (at() == ' ') ++position;
  }
  // Up to 18 digits; more are left standing.
  std::uint64_t digits() {
    std::uint64_t value = 0;
    for (int count = 0; count < 18 && is_digit(at()); ++count)
      value = value * 10 + static_cast<unsigned>(line[position++] - '0');
    return value;
  }
  // The digits behind a point, as nanoseconds.
  std::int64_t fraction() {
    std::int64_t value = 0, scale = kSecond;
    while (is_digit(at())) {
      if (scale > 1) {
        scale /= 10;
        value = value * 10 + (line[position] - '0');
      }
      ++position;
    }
    return value * scale;
  }
};

bool read_time_of_day(Reader& in, std::uint64_t hours, Prefix& out) {
  Reader look = in;
  ++look.position;
  if (!is_digit(look.at()) || !is_digit(look.at(1)) || look.at(2) != ':' || hours > 24)
    return false;
  const std::uint64_t minutes = look.digits();
  ++look.position;
  if (!is_digit(look.at()) || !is_digit(look.at(1))) return false;
  const std::uint64_t seconds = look.digits();
  if (minutes > 59 || seconds > 60) return false;
  out.time = {static_cast<std::int64_t>((hours * 60 + minutes) * 60 + seconds) * kSecond,
              Time::Basis::TimeOfDay, true};
  if (look.at() == '.' || look.at() == ',') {
    ++look.position;
    out.time.ns += look.fraction();
  }
  if (look.at() != ' ') return false;
  in = look;
  return true;
}

bool read_point(Reader& in, std::uint64_t seconds, Prefix& out) {
  Reader look = in;
  ++look.position;
  if (!is_digit(look.at())) return false;
  const std::int64_t ns = look.fraction();
  if (look.at() != ' ') return false;
  if (seconds > kMaxPid && seconds < kMaxSeconds)
    out.time = {static_cast<std::int64_t>(seconds) * kSecond + ns, Time::Basis::Epoch, false};
  in = look;
  return true;
}

// `123<comm>`: strace escapes < and > within.
bool read_comm(Reader& in, Prefix& out) {
  const std::size_t end = in.line.find('>', in.position);
  if (end == std::string_view::npos) return false;
  out.comm = in.line.substr(in.position + 1, end - in.position - 1);
  in.position = end + 1;
  return true;
}

bool read_leading_number(Reader& in, Prefix& out) {
  const Reader start = in;
  const std::uint64_t value = in.digits();
  bool good = false;
  switch (in.at()) {
    case ':': good = out.time.basis == Time::Basis::None && read_time_of_day(in, value, out); break;
    case '.': good = read_point(in, value, out); break;
    case ' ':
      if (value > kMaxPid) {
        good = value < kMaxSeconds && out.time.basis == Time::Basis::None;
        if (good)
          out.time = {static_cast<std::int64_t>(value) * kSecond, Time::Basis::Epoch, false};
      } else if (out.pid < 0 && out.time.basis == Time::Basis::None) {
        out.pid = static_cast<std::int64_t>(value);
        good = true;
      }
      break;
    case '<':
      good = out.pid < 0 && value <= kMaxPid && read_comm(in, out) && in.at() == ' ';
      if (good) out.pid = static_cast<std::int64_t>(value);
      break;
    default: break;
  }
  if (!good) in = start;
  return good;
}

bool read_pid_bracket(Reader& in, Prefix& out) {
  Reader look = in;
  look.position += 4;
  look.skip_spaces();
  if (!is_digit(look.at())) return false;
  const std::uint64_t value = look.digits();
  if (look.at() == '<' && !read_comm(look, out)) return false;
  if (look.at() != ']' || value > kMaxPid) return false;
  ++look.position;
  out.pid = static_cast<std::int64_t>(value);
  in = look;
  return true;
}

bool all_of(std::string_view text, auto&& test) {
  for (const char c : text) {
    if (!test(c)) return false;
  }
  return true;
}

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool is_context(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == ':' ||
         c == ',' || c == '.' || c == '-' || c == '!';
}

// `[ 102] `, `[00007f…] `, `[????] ` or `[user_u:role:type_t:s0] `.
bool read_bracket(Reader& in, Prefix& out) {
  if (in.line.substr(in.position, 5) == "[pid ") return read_pid_bracket(in, out);
  const std::size_t end = in.line.find(']', in.position);
  if (end == std::string_view::npos || end - in.position > 256) return false;
  const std::string_view inside = in.line.substr(in.position + 1, end - in.position - 1);
  const bool address = (inside.size() == 8 || inside.size() == 16) && all_of(inside, is_hex);
  if (!address && !all_of(inside, [](char c) { return c == '?'; })) {
    Reader number{inside};
    number.skip_spaces();
    const bool column = inside.size() >= 4 && is_digit(number.at());
    if (column) out.number = static_cast<std::int32_t>(number.digits());
    if (column && number.position == inside.size()) {
      out.has_number = true;
    } else if (!inside.empty() && all_of(inside, is_context)) {
      out.context = inside;
    } else {
      return false;
    }
  }
  in.position = end + 1;
  return in.at() == ' ' || in.at() == '\0';
}

unsigned digit(char c) { return static_cast<unsigned>(static_cast<unsigned char>(c)) - '0'; }
unsigned two_digits(const char* at) { return digit(at[0]) * 10 + digit(at[1]); }

// The usual prefixes at speed: `1234  `, `1234  12:34:56.123456 `, `1234  1700000000.123456 `, and
// none. False: read it carefully.
bool read_usual_prefix(std::string_view line, Prefix& out) {
  // Longer than any of these, so that nothing below reads behind the line.
  if (line.size() < 48) return false;
  const char* at = line.data();
  unsigned pid = 0;
  int count = 0;
  for (; count < 8 && digit(at[count]) < 10; ++count) pid = pid * 10 + digit(at[count]);
  if (count > 0 && at[count] == ' ' && pid <= kMaxPid) {
    out.pid = pid;
    at += count + 1;
    for (int spaces = 0; spaces < 6 && *at == ' '; ++spaces) ++at;
  }
  bool bad = false;
  if (at[2] == ':' && at[5] == ':' && at[8] == '.' && at[15] == ' ') {
    const unsigned hours = two_digits(at), minutes = two_digits(at + 3),
                   seconds = two_digits(at + 6);
    unsigned micros = 0;
    for (const int i : {0, 1, 3, 4, 6, 7}) bad |= digit(at[i]) > 9;
    for (int i = 9; i < 15; ++i) {
      bad |= digit(at[i]) > 9;
      micros = micros * 10 + digit(at[i]);
    }
    bad |= hours > 24 || minutes > 59 || seconds > 60;
    out.time = {static_cast<std::int64_t>((hours * 60 + minutes) * 60 + seconds) * kSecond +
                    std::int64_t{micros} * 1000,
                Time::Basis::TimeOfDay, true};
    at += 16;
  } else if (at[10] == '.' && at[17] == ' ' && digit(at[0]) - 1 < 9) {
    std::uint64_t seconds = 0, micros = 0;
    for (int i = 0; i < 17; ++i) {
      if (i == 10) continue;
      bad |= digit(at[i]) > 9;
      (i < 10 ? seconds : micros) = (i < 10 ? seconds : micros) * 10 + digit(at[i]);
    }
    bad |= seconds >= kMaxSeconds;
    if (!bad)
      out.time = {
          static_cast<std::int64_t>(seconds) * kSecond + static_cast<std::int64_t>(micros) * 1000,
          Time::Basis::Epoch, false};
    at += 18;
  }
  out.length = static_cast<std::size_t>(at - line.data());
  return !bad && ((*at >= 'a' && *at <= 'z') || *at == '<' || *at == '_');
}

}  // namespace

// Another number before the time that the head has.
bool PrefixReader::read_other_pid(const char* line) {
  if (pid_length_ == 0) return false;
  std::int64_t pid = 0;
  std::size_t at = 0;
  for (; at < 7 && digit(line[at]) < 10; ++at) pid = pid * 10 + digit(line[at]);
  if (at == 0 || line[at] != ' ' || pid > static_cast<std::int64_t>(kMaxPid)) return false;
  while (at < 8 && line[at] == ' ') ++at;
  const std::size_t time = length_ - pid_length_;  // more than eight bytes
  const char *const here = line + at, *const before = head_ + pid_length_;
  if (word_at(here) != word_at(before) || word_at(here + time - 8) != word_at(before + time - 8))
    return false;
  pid_length_ = at;
  length_ = at + time;
  std::memcpy(head_, line, kLongest);
  prefix_.pid = pid;
  prefix_.length = length_ + kFraction + 1;
  return true;
}

const Prefix& PrefixReader::read_another(std::string_view line) {
  if (length_ != 0 && line.size() > kLongest + kFraction + 1 && read_other_pid(line.data()) &&
      read_fraction(line.data()))
    return prefix_;
  prefix_ = read_prefix(line);
  learn(line);
  return prefix_;
}

void PrefixReader::learn(std::string_view line) {
  const Prefix& out = prefix_;
  // `… 12:34:56.123456 `: eight bytes at least stand before the fraction.
  const std::size_t point = out.length - kFraction - 2;
  length_ = 0;
  pid_length_ = 0;
  if (out.length < 16 || out.length > kLongest || !out.comm.empty() || !out.context.empty() ||
      out.has_number || out.time.basis == Time::Basis::None || line[point] != '.' ||
      line[out.length - 1] != ' ')
    return;
  const std::int64_t micros = six_digits(line.data() + out.length - 1);
  if (micros < 0) return;
  length_ = point + 1;
  std::memcpy(head_, line.data(), length_);
  second_ns_ = out.time.ns - micros * 1000;
  if (out.pid < 0 || digit(head_[0]) > 9) return;
  const std::size_t time =
      out.time.basis == Time::Basis::Epoch ? 11 : 9;  // `1700000000.`, `12:34:56.`
  const std::string_view before =
      std::string_view(head_, length_).substr(0, length_ - std::min(time, length_));
  const std::size_t spaces = before.find_first_not_of("0123456789");
  if (spaces != std::string_view::npos &&
      before.find_first_not_of(' ', spaces) == std::string_view::npos)
    pid_length_ = before.size();
}

Prefix read_prefix(std::string_view line) {
  Prefix out;
  if (read_usual_prefix(line, out)) return out;
  out = Prefix{};
  Reader in{line};
  // Each part stands at most once, so that a hostile line ends the loop early.
  for (int part = 0; part < 8; ++part) {
    in.skip_spaces();
    const Reader start = in;
    const char c = in.at();
    if ((c >= 'a' && c <= 'z') || c == '_') break;
    bool read = false;
    if (is_digit(c)) {
      read = read_leading_number(in, out);
    } else if (c == '[') {
      read = read_bracket(in, out);
    } else if (c == '(' && in.at(1) == '+') {
      const std::size_t end = line.find(") ", in.position);
      read = end != std::string_view::npos && end - in.position < 40;
      if (read) in.position = end + 1;
    }
    if (!read) {
      in = start;
      break;
    }
  }
  out.length = in.position;
  return out;
}

}  // namespace medic::parsers::strace
