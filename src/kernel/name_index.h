// A read-only map from short names to small numbers, for tables that parsers ask once per line:
// open addressing over two eight-byte loads. Built once; lookups allocate nothing.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace medic::kernel {

class NameIndex {
 public:
  static constexpr std::uint32_t kAbsent = 0xFFFFFFFF;

  explicit NameIndex(std::size_t expected_names)
      : slots_(slot_count(expected_names)), mask_(slots_.size() - 1) {}

  // name must outlive the index. The first value given for a name stays. At most `expected_names`
  // different names.
  void add(std::string_view name, std::uint32_t value) {
    const Ends ends = ends_of(name);
    for (std::size_t at = hash(ends) & mask_;; at = (at + 1) & mask_) {
      Slot& slot = slots_[at];
      if (slot.value == kAbsent) {
        slot = {ends, name.data(), value};
        return;
      }
      if (is_same(slot, ends, name)) return;
    }
  }

  std::uint32_t find(std::string_view name) const {
    const Ends ends = ends_of(name);
    for (std::size_t at = hash(ends) & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.value == kAbsent || is_same(slot, ends, name)) return slot.value;
    }
  }

 private:
  // The first and the last eight bytes: the whole of a name of up to sixteen.
  struct Ends {
    std::uint64_t head = 0, tail = 0;
    std::uint64_t size = 0;
    friend bool operator==(const Ends&, const Ends&) = default;
  };
  struct Slot {
    Ends ends;
    const char* text = nullptr;
    std::uint32_t value = kAbsent;
  };

  static std::size_t slot_count(std::size_t names) {
    std::size_t slots = 16;
    while (slots < names * 3) slots *= 2;
    return slots;
  }

  static bool is_same(const Slot& slot, const Ends& ends, std::string_view name) {
    return slot.ends == ends && (name.size() <= 16 || std::memcmp(slot.text + 8, name.data() + 8,
                                                                  name.size() - 16) == 0);
  }

  static Ends ends_of(std::string_view name) {
    Ends ends{0, 0, name.size()};
    if (name.size() >= 8) {
      std::memcpy(&ends.head, name.data(), 8);
      std::memcpy(&ends.tail, name.data() + name.size() - 8, 8);
    } else if (name.size() >= 4) {
      std::memcpy(&ends.head, name.data(), 4);
      std::memcpy(&ends.tail, name.data() + name.size() - 4, 4);
    } else {
      for (const char c : name) ends.head = ends.head << 8 | static_cast<unsigned char>(c);
    }
    return ends;
  }

  static std::size_t hash(const Ends& ends) {
    // Odd constants of the golden ratio and of murmur3's finaliser; middle letters of long names do
    // not count.
    std::uint64_t mixed =
        (ends.head * 0x9E3779B97F4A7C15) ^ (ends.tail * 0xFF51AFD7ED558CCD) ^ ends.size;
    mixed ^= mixed >> 29;
    mixed *= 0xC4CEB9FE1A85EC53;
    return static_cast<std::size_t>(mixed >> 32);
  }

  std::vector<Slot> slots_;
  std::size_t mask_;
};

}  // namespace medic::kernel
