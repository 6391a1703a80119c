#include "ledger/digest_hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace medic::ledger {
namespace {

// SplitMix64's finisher: an odd number that has nothing to do with its neighbours'.
std::uint64_t key_at(std::uint64_t word) {
  std::uint64_t z = (word + 1) * 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  return (z ^ (z >> 27)) | 1;
}

// bytes: at most 8, which stand from `shift` on in their word. Little-endian whatever the machine.
std::uint64_t word_of(std::string_view bytes, unsigned shift) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    out |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * (i + shift));
  return out;
}

}  // namespace

void ContentHash::add(std::string_view text, std::uint64_t offset) {
  std::uint64_t word = offset / 8;
  if (const auto shift = static_cast<unsigned>(offset % 8); shift != 0) {
    const std::string_view front = text.substr(0, 8 - shift);
    sum_ += Sum{word_of(front, shift)} * key_at(word++);
    text.remove_prefix(front.size());
  }
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::uint64_t value = 0;
    std::memcpy(&value, text.data(), 8);
    if constexpr (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) value = __builtin_bswap64(value);
    sum_ += Sum{value} * key_at(word++);
  }
  if (!text.empty()) sum_ += Sum{word_of(text, 0)} * key_at(word);
}

std::string ContentHash::hex() const {
  return fmt::format("{:016x}{:016x}", static_cast<std::uint64_t>(sum_ >> 64),
                     static_cast<std::uint64_t>(sum_));
}

std::optional<ContentHash> ContentHash::from_hex(std::string_view text) {
  if (text.size() != 32) return std::nullopt;
  const auto high = parse_hex(text.substr(0, 16)), low = parse_hex(text.substr(16));
  if (!high || !low) return std::nullopt;
  ContentHash out;
  out.sum_ = Sum{*high} << 64 | *low;
  return out;
}

ContentHash hash_of(std::string_view text) {
  ContentHash out;
  out.add(text, 0);
  return out;
}

}  // namespace medic::ledger
