// A read-only map from short names to small numbers, for tables that parsers ask once per line: open addressing over two
// eight-byte loads. Built once; lookups allocate nothing.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace medic::kernel {

class NameIndex {
 public:
  static constexpr std::uint32_t kAbsent = 0xFFFFFFFF;

  explicit NameIndex(std::size_t expected_names) : slots_(slot_count(expected_names)), mask_(slots_.size() - 1) {}

  // name must outlive the index. The first value given for a name stays. At most `expected_names` different names.
  void add(std::string_view name, std::uint32_t value) {
    for (std::size_t at = hash(name) & mask_;; at = (at + 1) & mask_) {
      if (slots_[at].value == kAbsent) {
        slots_[at] = {name, value};
        return;
      }
      if (slots_[at].name == name) return;
    }
  }

  std::uint32_t find(std::string_view name) const {
    for (std::size_t at = hash(name) & mask_; slots_[at].value != kAbsent; at = (at + 1) & mask_) {
      if (slots_[at].name == name) return slots_[at].value;
    }
    return kAbsent;
  }

 private:
  struct Slot {
    std::string_view name;
    std::uint32_t value = kAbsent;
  };

  static std::size_t slot_count(std::size_t names) {
    std::size_t slots = 16;
    while (slots < names * 3) slots *= 2;
    return slots;
  }

  static std::size_t hash(std::string_view name) {
    std::uint64_t head = 0, tail = 0;
    if (name.size() >= 8) {
      std::memcpy(&head, name.data(), 8);
      std::memcpy(&tail, name.data() + name.size() - 8, 8);
    } else if (name.size() >= 4) {
      std::memcpy(&head, name.data(), 4);
      std::memcpy(&tail, name.data() + name.size() - 4, 4);
    } else {
      for (const char c : name) head = head << 8 | static_cast<unsigned char>(c);
    }
    // Odd constants of the golden ratio and of murmur3's finaliser; middle letters of long names do not count.
    std::uint64_t mixed = (head * 0x9E3779B97F4A7C15) ^ (tail * 0xFF51AFD7ED558CCD) ^ name.size();
    mixed ^= mixed >> 29;
    mixed *= 0xC4CEB9FE1A85EC53;
    return static_cast<std::size_t>(mixed >> 32);
  }

  std::vector<Slot> slots_;
  std::size_t mask_;
};

}  // namespace medic::kernel
