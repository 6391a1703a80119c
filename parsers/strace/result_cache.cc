#include "parsers/strace/result_cache.h"

#include <cstring>

#include "kernel/errno.h"
#include "parsers/strace/result.h"

namespace medic::parsers::strace {
namespace {

using model::Outcome;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `0`, `832`: most results.
bool read_plain_number(std::string_view text, PlainResult& out) {
  if (text.empty() || text.size() > 18 || (text.size() > 1 && text[0] == '0')) return false;
  std::int64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    value = value * 10 + (c - '0');
  }
  out = {Outcome::Kind::Returned, 0, value};
  return true;
}

// `0x7f…`, as mmap and brk give it.
bool read_plain_address(std::string_view text, PlainResult& out) {
  if (text.size() < 3 || text.size() > 18 || text[0] != '0' || text[1] != 'x') return false;
  std::uint64_t value = 0;
  for (const char c : text.substr(2)) {
    const int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return false;
    value = value << 4 | static_cast<unsigned>(digit);
  }
  out = {Outcome::Kind::Returned, 0, static_cast<std::int64_t>(value)};
  return true;
}

bool read_carefully(std::string_view column, PlainResult& out) {
  const auto result = read_result(column);
  if (!result) return false;
  const Outcome& outcome = result->outcome;
  out = {outcome.kind, outcome.error, outcome.value};
  return (outcome.kind == Outcome::Kind::Returned || outcome.kind == Outcome::Kind::Failed) &&
         !outcome.injected && outcome.error <= kernel::kMaxErrno && result->outer_pid < 0;
}

}  // namespace

bool ResultCache::read_longer(std::string_view column, std::string_view text, PlainResult& out) {
  if (read_plain_number(text, out)) return true;
  // What ends so has no other duration.
  if (text.size() >= Error::kShortest && text.size() <= Error::kLongest && text.back() == ')')
    return read_error(text, out);
  return read_plain_address(text, out) || read_carefully(column, out);
}

bool ResultCache::read_error(std::string_view text, PlainResult& out) {
  const std::uint64_t name = word_at(text.data() + 3) * 0x9E3779B97F4A7C15ULL;
  Error& error = errors_[(name >> 40 ^ text.size()) & (kErrors - 1)];
  if (error.size != text.size() || std::memcmp(error.text, text.data(), text.size()) != 0) {
    error.size = static_cast<std::uint8_t>(text.size());
    std::memcpy(error.text, text.data(), text.size());
    error.result = {};
    error.plain = read_carefully(text, error.result);
  }
  out = error.result;
  return error.plain;
}

}  // namespace medic::parsers::strace
