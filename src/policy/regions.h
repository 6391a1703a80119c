// The values of a call's arguments, cut into regions that a set of conditions cannot say apart.
// Exact over all 64 bits, nothing is sampled.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernel/call.h"
#include "profile/profile.h"

namespace medic::profile {

// (x & mask) == value, where value has no bit outside mask.
struct MaskedValue {
  std::uint64_t mask = 0;
  std::uint64_t value = 0;
  friend auto operator<=>(const MaskedValue&, const MaskedValue&) = default;
};

// The smallest-looking x of [low, high] with every one of `equal` and none of `unequal`; nothing
// when there is none. `budget` counts the steps taken down; when it reaches 0 the search was given
// up and nothing means nothing.
std::optional<std::uint64_t> find_member(std::uint64_t low, std::uint64_t high,
                                         std::span<const MaskedValue> equal,
                                         std::span<const MaskedValue> unequal, std::size_t& budget);

// Whole: comparisons see the register as one number. Program: every word is distinguished by every
// operand of any of the conditions, as a program might that compares word by word. Needed where
// libseccomp's program, not a rule, is the judge: up to 2.6.0 it can be made to take a wrong
// branch, and to compare one argument's word with another's operand.
enum class Grain : std::uint8_t { Whole, Program };

// An argument, or one of its halves, and the kinds of values it can have.
struct Axis {
  struct Cell {
    std::size_t interval = 0;
    std::vector<std::uint8_t> truth;  // of each of masks
    std::uint64_t example = 0;        // of the part, not yet at its place
  };
  enum class Part : std::uint8_t { Whole, Lower, Upper };
  unsigned arg = 0;
  Part part = Part::Whole;
  unsigned bits = 64;
  std::vector<std::uint64_t> starts;  // of the intervals, ascending from 0
  std::vector<MaskedValue> masks;
  std::vector<Cell> cells;

  std::uint64_t last(std::size_t interval) const;  // an interval's largest value
  unsigned shift() const { return part == Part::Upper ? 32 : 0; }
};

// All combinations of the axes' counters.
class Partition {
 public:
  // bits: 64, or 32 where registers are compared by their lower word alone. Nothing when there are
  // too many regions.
  static std::optional<Partition> make(std::span<const Condition> conditions, unsigned bits,
                                       Grain grain);

  std::size_t size() const { return size_; }  // at least 1
  const std::vector<Axis>& axes() const { return axes_; }
  // Every argument is known; those that no condition looks at are 0.
  kernel::Args example(std::size_t region) const;
  // The regions [of `regions`, ascending] as boxes: a set of counters for each axis.
  using Box = std::vector<std::vector<std::size_t>>;
  std::vector<Box> boxes(const std::vector<std::size_t>& regions) const;
  std::size_t region_of(const Box& box) const;  // the first one in it
  // "arg0 = 40 and arg1 & 0xf = 3"; empty for the whole space.
  std::string describe(const Box& box) const;

 private:
  std::vector<std::size_t> cells_of(std::size_t region) const;
  std::vector<Axis> axes_;
  std::size_t size_ = 1;
};

// The aligned blocks of values that make up [low, high] of that many bits, ascending: at most 2 *
// bits.
std::vector<MaskedValue> blocks(std::uint64_t low, std::uint64_t high, unsigned bits);

// Does the condition hold for that register? bits as above.
bool holds(const Condition& condition, std::uint64_t value, unsigned bits);

}  // namespace medic::profile
