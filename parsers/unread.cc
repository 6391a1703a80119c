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

struct Needle {
  std::string_view text;
  bool (*holds)(std::string_view line, std::size_t at);
};
constexpr Needle kNeedles[] = {
    {"SIGSYS", is_signal},           {"31/SYS", anything},           {"ad system call", anything},
    {"valid system call", anything}, {"1326", is_record_type},       {"SECCOMP", is_seccomp_record},
    {"eccomp", is_refusal},          {"=31", is_signal_number},      {" 31", is_signal_number},
    {"159", is_exit_status},         {"yscall=", is_record_of_call}, {"yscall ", is_refusal},
    {"stem call ", is_refusal},      {"DENIED", is_module_denial},   {"avc:  denied", anything},
    {"avc: denied", anything},
};

constexpr std::size_t kNear = 2048;

std::size_t begin_of_line(std::string_view text, std::size_t at) {
  const std::size_t newline = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  return newline == std::string_view::npos ? 0 : newline + 1;
}

}  // namespace

void for_each_named(const Chunk& chunk, const NamedLine& f) {
  const std::string_view text = chunk.text;
  std::vector<std::size_t> begins;
  for (const Needle& needle : kNeedles) {
    for (std::size_t at = 0; at < text.size();) {
      const void* found =
          memmem(text.data() + at, text.size() - at, needle.text.data(), needle.text.size());
      if (found == nullptr) break;
      const auto place = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
      // A line may have 64 MiB: what stands near decides.
      const std::size_t front = place > kNear ? place - kNear : 0;
      const std::string_view before = text.substr(front, place - front);
      const std::size_t newline = before.rfind('\n'),
                        begin = newline == std::string_view::npos ? front : front + newline + 1;
      const std::string_view near = text.substr(begin, place - begin + kNear);
      const bool named =
          needle.holds(near.substr(0, near.find('\n', place - begin)), place - begin);
      if (named) begins.push_back(begin_of_line(text, place));
      at = named ? std::min(text.find('\n', place), text.size())
                 : place + needle.text.size();  // one reason is enough
    }
  }
  std::sort(begins.begin(), begins.end());
  begins.erase(std::unique(begins.begin(), begins.end()), begins.end());
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
