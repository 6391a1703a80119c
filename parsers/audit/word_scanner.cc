#include "parsers/audit/word_scanner.h"

#include <cstdint>
#include <cstring>

namespace medic::parsers::audit {
namespace {

using Block = unsigned char __attribute__((vector_size(16)));
constexpr std::size_t kBlock = sizeof(Block);
constexpr std::size_t kReach = 9;  // the longest word

Block load(const char* at) {
  Block block;
  std::memcpy(&block, at, kBlock);
  return block;
}

Block all(char c) { return Block{} + static_cast<unsigned char>(c); }

bool any(Block block) {
  std::uint64_t half[2];
  std::memcpy(half, &block, sizeof half);
  return (half[0] | half[1]) != 0;
}

// Two bytes of each word that seldom stand so far apart in other text.
bool may_hold_word(const char* at) {
  const auto pair = [&](std::size_t first, char a, std::size_t second, char b) {
    return (load(at + first) == all(a)) & (load(at + second) == all(b));
  };
  const auto found = pair(1, 'u', 2, 'd') | pair(2, 'C', 3, 'C') | pair(1, 'm', 6, 'g') | pair(0, '\n', 5, '=');
  Block block;
  std::memcpy(&block, &found, sizeof block);
  return any(block);
}

// 0: no word here; else 1 + the offset of the place that counts.
std::size_t word_at(std::string_view text) {
  if (text.starts_with("audit") || text.starts_with("SECCOMP") || text.starts_with(" messages")) return 1;
  return text.starts_with("\ntype=") || text.starts_with("\nnode=") ? 2 : 0;
}

}  // namespace

std::size_t find_stamp(std::string_view text, std::size_t from) {
  constexpr std::string_view kStamp = "audit(";
  // A parenthesis behind a t seldom stands elsewhere in a record.
  std::size_t at = from + kStamp.size() - 2;
  for (; at + kBlock + 1 <= text.size(); at += kBlock) {
    const auto found = (load(text.data() + at) == all('t')) & (load(text.data() + at + 1) == all('('));
    Block block;
    std::memcpy(&block, &found, sizeof block);
    if (!any(block)) continue;
    const std::size_t first = text.substr(0, at + kBlock + 1).find(kStamp, at - (kStamp.size() - 2));
    if (first != std::string_view::npos) return first;
  }
  return at > text.size() ? std::string_view::npos : text.find(kStamp, at - (kStamp.size() - 2));
}

std::size_t next_word(std::string_view text, std::size_t from) {
  std::size_t at = from;
  while (at < text.size()) {
    if (at + kBlock + kReach <= text.size() && !may_hold_word(text.data() + at)) {
      at += kBlock;
      continue;
    }
    const std::size_t stop = at + kBlock < text.size() ? at + kBlock : text.size();
    for (; at < stop; ++at) {
      if (const std::size_t found = word_at(text.substr(at)); found != 0) return at + found - 1;
    }
  }
  return text.size();
}

}  // namespace medic::parsers::audit
