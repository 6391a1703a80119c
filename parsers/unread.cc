#include "parsers/unread.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/text.h"

namespace medic::parsers {
namespace {

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
template <std::size_t N>
bool holds_one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return contains_any_case(text, word); });
}

constexpr std::array<std::string_view, 16> kRefusals{
    "denied",      "denies",        "deny",      "blocked",   "violat", "killed",
    "trapped",     "disallowed",    "prevented", "refused",   "banned", "forbidden",
    "not allowed", "not permitted", "bad sys",   "unexpected"};

// What has to stand around a needle for the line to name a denial. at: of the needle in the line.
bool anything(std::string_view, std::size_t) { return true; }

bool is_whole_word(std::string_view line, std::size_t at, std::size_t length) {
  return (at == 0 || !is_word_char(line[at - 1])) &&
         (at + length >= line.size() || !is_word_char(line[at + length]));
}
// A mask or a handler of signals is no signal.
bool is_signal(std::string_view line, std::size_t at) {
  return is_whole_word(line, at, 6) && line.find("rt_sig") == std::string_view::npos &&
         line.find("SIGTRAP") == std::string_view::npos &&
         line.find("trap -") == std::string_view::npos;
}
// `signal 31`, `Signal: 31`, `sig=31`.
bool is_number(std::string_view line, std::size_t at) { return is_whole_word(line, at, 2); }
bool is_signal_number(std::string_view line, std::size_t at) {
  const std::string_view before = line.substr(at > 14 ? at - 14 : 0, std::min<std::size_t>(at, 14));
  return is_number(line, at + 1) &&
         (line[at] == '=' ? before.ends_with("sig") : contains_any_case(before, "signal"));
}
// 128 and the signal: a shell's, a container engine's.
bool is_exit_status(std::string_view line, std::size_t at) {
  const std::string_view before = line.substr(at > 24 ? at - 24 : 0, std::min<std::size_t>(at, 24));
  return is_whole_word(line, at, 3) &&
         (contains_any_case(before, "exit") || contains_any_case(before, "status"));
}
bool is_record_type(std::string_view line, std::size_t at) {
  const std::string_view before = line.substr(at > 12 ? at - 12 : 0, std::min<std::size_t>(at, 12));
  return is_whole_word(line, at, 4) &&
         (contains_any_case(before, "type") || before.ends_with("UNKNOWN["));
}
// The type of a record, in a text or as a JSON value.
bool is_seccomp_record(std::string_view line, std::size_t at) {
  if (!is_whole_word(line, at, 7)) return false;
  const std::string_view before = line.substr(0, at), behind = line.substr(at + 7);
  return before.ends_with("type=") || (before.ends_with('"') && behind.starts_with('"')) ||
         behind.starts_with(" auid=") || behind.starts_with(" pid=") ||
         behind.starts_with(" sig=") || holds_one_of(line, kRefusals);
}
bool is_refusal(std::string_view line, std::size_t) { return holds_one_of(line, kRefusals); }
bool is_record_of_call(std::string_view line, std::size_t) {
  return line.find("code=0x") != std::string_view::npos &&
         line.find("code=0x7ffc0000") == std::string_view::npos &&
         line.find("sig=") != std::string_view::npos;
}
bool is_module_denial(std::string_view line, std::size_t at) {
  const std::string_view before = line.substr(0, at);
  return before.ends_with("apparmor=\"") || before.ends_with("apparmor=\\\"");
}

// Three bytes of the text, by which all needles are looked for at once, stand at `at`.
struct Needle {
  std::string_view text;
  std::size_t at;
  bool (*holds)(std::string_view line, std::size_t at);
};
constexpr Needle kNeedles[] = {
    {"SIGSYS", 3, is_signal},          {"31/SYS", 2, anything},
    {"ad system call", 8, anything},   {"valid system call", 11, anything},
    {"1326", 0, is_record_type},       {"SECCOMP", 2, is_seccomp_record},
    {"eccomp", 1, is_refusal},         {"=31", 0, is_signal_number},
    {" 31", 0, is_signal_number},      {"159", 0, is_exit_status},
    {"yscall=", 0, is_record_of_call}, {"yscall ", 0, is_refusal},
    {"stem call ", 3, is_refusal},     {"DENIED", 0, is_module_denial},
    {"avc:  denied", 0, anything},     {"avc: denied", 0, anything},
};

constexpr std::size_t kTriple = 3;

// The different triples of the needles.
constexpr auto kTriples = [] {
  std::array<std::array<unsigned char, kTriple>, std::size(kNeedles)> out{};
  std::size_t count = 0;
  for (const Needle& needle : kNeedles) {
    std::array<unsigned char, kTriple> triple{};
    for (std::size_t i = 0; i < kTriple; ++i)
      triple[i] = static_cast<unsigned char>(needle.text[needle.at + i]);
    if (std::find(out.begin(), out.begin() + count, triple) == out.begin() + count)
      out[count++] = triple;
  }
  return std::pair(out, count);
}();
constexpr std::size_t kTripleCount = kTriples.second;

bool is_triple(const char* at) {
  for (std::size_t i = 0; i < kTripleCount; ++i) {
    if (std::memcmp(at, kTriples.first[i].data(), kTriple) == 0) return true;
  }
  return false;
}

using Block = unsigned char __attribute__((vector_size(16)));

Block load(const char* at) {
  Block block;
  std::memcpy(&block, at, sizeof block);
  return block;
}

// Does a triple begin in the sixteen bytes at `at`? Eighteen are read.
bool may_hold_triple(const char* at) {
  const Block first = load(at), second = load(at + 1), third = load(at + 2);
  Block found{};
#pragma GCC unroll 16
  for (std::size_t i = 0; i < kTripleCount; ++i) {
    const auto& triple = kTriples.first[i];
    found |= static_cast<Block>((first == Block{} + triple[0]) & (second == Block{} + triple[1]) &
                                (third == Block{} + triple[2]));
  }
  std::uint64_t half[2];
  std::memcpy(half, &found, sizeof half);
  return (half[0] | half[1]) != 0;
}

// Where a needle's triple stands next; the text's size where none does.
std::size_t next_triple(std::string_view text, std::size_t from) {
  std::size_t at = from;
  for (; at + sizeof(Block) + kTriple <= text.size(); at += sizeof(Block)) {
    if (!may_hold_triple(text.data() + at)) continue;
    for (std::size_t i = 0; i < sizeof(Block); ++i) {
      if (is_triple(text.data() + at + i)) return at + i;
    }
  }
  for (; at + kTriple <= text.size(); ++at) {
    if (is_triple(text.data() + at)) return at;
  }
  return text.size();
}

constexpr std::size_t kNear = 2048;

std::size_t begin_of_line(std::string_view text, std::size_t at) {
  const std::size_t newline = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  return newline == std::string_view::npos ? 0 : newline + 1;
}

}  // namespace

namespace {

// Does the line name a denial by a needle whose triple stands at `at`?
bool is_named_at(std::string_view text, std::size_t at) {
  // A line may have 64 MiB: what stands near decides.
  const std::size_t front = at > kNear ? at - kNear : 0;
  for (const Needle& needle : kNeedles) {
    if (at < needle.at || text.substr(at - needle.at, needle.text.size()) != needle.text) continue;
    const std::size_t place = at - needle.at;
    const std::size_t newline = text.substr(front, place - std::min(front, place)).rfind('\n'),
                      begin = newline == std::string_view::npos ? front : front + newline + 1;
    const std::string_view near = text.substr(begin, place - begin + kNear);
    if (needle.holds(near.substr(0, near.find('\n', place - begin)), place - begin)) return true;
  }
  return false;
}

}  // namespace

void for_each_named(const Chunk& chunk, const NamedLine& f) {
  const std::string_view text = chunk.text;
  std::vector<std::size_t> begins;
  for (std::size_t at = next_triple(text, 0); at < text.size();) {
    if (!is_named_at(text, at)) {
      at = next_triple(text, at + 1);
      continue;
    }
    begins.push_back(begin_of_line(text, at));
    at = next_triple(text, std::min(text.find('\n', at), text.size()));  // one reason is enough
  }
  std::uint64_t number = chunk.first_line;
  std::size_t counted = 0;
  for (const std::size_t begin : begins) {
    number += static_cast<std::uint64_t>(
        std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                   text.begin() + static_cast<std::ptrdiff_t>(begin), '\n'));
    counted = begin;
    std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    f(line, number, chunk.first_offset + begin);
  }
}

bool names_denial(std::string_view line) {
  bool named = false;
  Chunk chunk;
  chunk.text = line;
  for_each_named(chunk, [&](std::string_view, std::uint64_t, std::uint64_t) { named = true; });
  return named;
}

}  // namespace medic::parsers
