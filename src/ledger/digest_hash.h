// A content hash that can be taken in pieces: the pieces' hashes add up to the whole's, wherever
// the cuts were.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace medic::ledger {

// The sum of word × key(position) over the text's 64-bit little-endian words. Says accidents and
// copies, not forgeries.
class ContentHash {
 public:
  // offset: of the text's first byte in the whole.
  void add(std::string_view text, std::uint64_t offset);
  void add(const ContentHash& other) { sum_ += other.sum_; }
  std::string hex() const;  // 32 digits
  static std::optional<ContentHash> from_hex(std::string_view text);
  friend bool operator==(const ContentHash&, const ContentHash&) = default;
  friend bool operator<(const ContentHash& a, const ContentHash& b) { return a.sum_ < b.sum_; }

 private:
  __extension__ using Sum = unsigned __int128;
  Sum sum_ = 0;
};

ContentHash hash_of(std::string_view text);

}  // namespace medic::ledger
