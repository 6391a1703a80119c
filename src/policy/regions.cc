// Intervals come from the comparisons, and within an interval the masks are tried in every
// combination that some value has.
#include "policy/regions.h"

#include <algorithm>
#include <map>
#include <set>

namespace medic::profile {
namespace {

// More regions than this of one call are not looked through.
constexpr std::size_t kMaxRegions = 200000;
// Steps of one search for a value, and counters of one axis.
constexpr std::size_t kSearchBudget = 20000;

std::uint64_t all_ones(unsigned bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

// Bits already decided, and their values.
struct Fixed {
  std::uint64_t mask = 0;
  std::uint64_t value = 0;
};

// The first of `unequal` that the decided bits do not yet contradict; its size when all are
// resolved.
std::size_t first_open(const Fixed& fixed, std::span<const MaskedValue> unequal) {
  for (std::size_t i = 0; i < unequal.size(); ++i) {
    if (((fixed.value ^ unequal[i].value) & unequal[i].mask & fixed.mask) == 0) return i;
  }
  return unequal.size();
}

// Undecided bits are 0 in the answer. Every level decides at least one bit, so there are at
// most 64.
std::optional<std::uint64_t> resolve(Fixed fixed, std::span<const MaskedValue> unequal,
                                     std::size_t& budget) {
  const auto contradicts_all = [&](std::uint64_t x) {
    return std::none_of(unequal.begin(), unequal.end(),
                        [&](const MaskedValue& m) { return (x & m.mask) == m.value; });
  };
  if (contradicts_all(fixed.value)) return fixed.value;
  if (budget == 0) return std::nullopt;
  --budget;
  const std::size_t open = first_open(fixed, unequal);
  if (open == unequal.size()) return fixed.value;
  // One of its free bits must differ: the lowest that does, those below agreeing.
  for (std::uint64_t free = unequal[open].mask & ~fixed.mask; free != 0; free &= free - 1) {
    const std::uint64_t bit = free & (~free + 1);
    Fixed next = fixed;
    next.mask |= bit;
    next.value |= ~unequal[open].value & bit;
    if (const auto found = resolve(next, unequal, budget)) return found;
    fixed.mask |= bit;
    fixed.value |= unequal[open].value & bit;
  }
  return std::nullopt;
}

// What one argument or half is compared with.
struct Questions {
  std::set<std::uint64_t> starts{0};
  std::set<MaskedValue> masks;

  // A new interval begins at `value`.
  void cut(std::uint64_t value) { starts.insert(value); }
  void cut_after(std::uint64_t value, unsigned bits) {
    if (value < all_ones(bits)) starts.insert(value + 1);
  }
  void mask(std::uint64_t mask, std::uint64_t value) {
    if (mask != 0) masks.insert({mask, value & mask});
  }
};

void ask(Questions& questions, Op op, const MaskedValue& operand, unsigned bits) {
  switch (op) {
    case Op::MaskedEq: return questions.mask(operand.mask, operand.value);
    case Op::Lt:
    case Op::Ge: return questions.cut(operand.value);
    case Op::Le:
    case Op::Gt: return questions.cut_after(operand.value, bits);
    case Op::Eq:
    case Op::Ne: questions.cut(operand.value); return questions.cut_after(operand.value, bits);
  }
}

using AxisKey = std::pair<unsigned, Axis::Part>;

void ask(std::map<AxisKey, Questions>& axes, const Condition& condition, unsigned bits) {
  const bool masked = condition.op == Op::MaskedEq;
  const std::uint64_t ones = all_ones(bits);
  ask(axes[{condition.index, Axis::Part::Whole}], condition.op,
      {masked ? condition.value & ones : 0,
       (masked ? condition.value_two : condition.value) & ones},
      bits);
}

// Each word of every argument that is looked at, with all words of all operands.
std::map<AxisKey, Questions> ask_of_words(std::span<const Condition> conditions, unsigned bits) {
  Questions all;
  std::map<AxisKey, Questions> axes;
  for (const Condition& condition : conditions) {
    if (condition.index >= kernel::kArgCount) continue;
    axes[{condition.index, bits == 64 ? Axis::Part::Lower : Axis::Part::Whole}];
    if (bits == 64) axes[{condition.index, Axis::Part::Upper}];
    const bool masked = condition.op == Op::MaskedEq;
    for (unsigned shift = 0; shift < bits; shift += 32) {
      const std::uint64_t mask = condition.value >> shift & all_ones(32),
                          value = condition.value_two >> shift & all_ones(32);
      ask(all, masked ? Op::MaskedEq : Op::Eq,
          masked ? MaskedValue{mask, value} : MaskedValue{0, mask}, 32);
      if (masked) ask(all, Op::Eq, {0, value & mask}, 32);
    }
  }
  for (auto& [key, questions] : axes) questions = all;
  return axes;
}

// Adds the interval's counters: a depth-first walk over the masks that keeps a value with the
// answers given so far.
bool add_cells(Axis& axis, std::size_t interval) {
  struct Open {
    std::vector<std::uint8_t> truth;
    std::uint64_t witness;
  };
  std::vector<Open> open{{{}, axis.starts[interval]}};
  const std::uint64_t low = axis.starts[interval], high = axis.last(interval);
  while (!open.empty()) {
    Open now = std::move(open.back());
    open.pop_back();
    if (now.truth.size() == axis.masks.size()) {
      axis.cells.push_back({interval, std::move(now.truth), now.witness});
      if (axis.cells.size() > kMaxRegions) return false;
      continue;
    }
    const MaskedValue& asked = axis.masks[now.truth.size()];
    const bool answer = (now.witness & asked.mask) == asked.value;
    Open other = now;
    now.truth.push_back(answer ? 1 : 0);
    other.truth.push_back(answer ? 0 : 1);
    if (low < high) {
      std::vector<MaskedValue> equal, unequal;
      for (std::size_t i = 0; i < other.truth.size(); ++i)
        (other.truth[i] != 0 ? equal : unequal).push_back(axis.masks[i]);
      std::size_t budget = kSearchBudget;
      const auto witness = find_member(low, high, equal, unequal, budget);
      if (!witness && budget == 0) return false;
      if (witness) {
        other.witness = *witness;
        open.push_back(std::move(other));
      }
    }
    open.push_back(std::move(now));
  }
  return true;
}

std::optional<Axis> make_axis(AxisKey key, const Questions& questions, unsigned bits) {
  Axis axis;
  axis.arg = key.first;
  axis.part = key.second;
  axis.bits = bits;
  axis.starts.assign(questions.starts.begin(), questions.starts.end());
  axis.masks.assign(questions.masks.begin(), questions.masks.end());
  for (std::size_t interval = 0; interval < axis.starts.size(); ++interval) {
    if (!add_cells(axis, interval)) return std::nullopt;
  }
  return axis;
}

}  // namespace

std::uint64_t Axis::last(std::size_t interval) const {
  return interval + 1 < starts.size() ? starts[interval + 1] - 1 : all_ones(bits);
}

std::optional<std::uint64_t> find_member(std::uint64_t low, std::uint64_t high,
                                         std::span<const MaskedValue> equal,
                                         std::span<const MaskedValue> unequal,
                                         std::size_t& budget) {
  Fixed asked;
  for (const MaskedValue& m : equal) {
    if (((asked.value ^ m.value) & asked.mask & m.mask) != 0) return std::nullopt;
    asked.mask |= m.mask;
    asked.value |= m.value;
  }
  for (const MaskedValue& block : blocks(low, high, 64)) {
    if (((asked.value ^ block.value) & asked.mask & block.mask) != 0) continue;
    if (const auto found =
            resolve({asked.mask | block.mask, asked.value | block.value}, unequal, budget))
      return found;
    if (budget == 0) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Partition> Partition::make(std::span<const Condition> conditions, unsigned bits,
                                         Grain grain) {
  std::map<AxisKey, Questions> questions;
  if (grain == Grain::Program) {
    questions = ask_of_words(conditions, bits);
  } else {
    for (const Condition& condition : conditions) {
      if (condition.index < kernel::kArgCount) ask(questions, condition, bits);
    }
  }
  Partition out;
  for (const auto& [key, asked] : questions) {
    auto axis = make_axis(key, asked, key.second == Axis::Part::Whole ? bits : 32);
    if (!axis || axis->cells.size() > kMaxRegions / out.size_) return std::nullopt;
    out.size_ *= axis->cells.size();
    out.axes_.push_back(std::move(*axis));
  }
  return out;
}

std::vector<std::size_t> Partition::cells_of(std::size_t region) const {
  std::vector<std::size_t> cells;
  for (const Axis& axis : axes_) {
    cells.push_back(region % axis.cells.size());
    region /= axis.cells.size();
  }
  return cells;
}

kernel::Args Partition::example(std::size_t region) const {
  kernel::Args args;
  args.known = (1u << kernel::kArgCount) - 1;
  const std::vector<std::size_t> cells = cells_of(region);
  for (std::size_t i = 0; i < axes_.size(); ++i)
    args.value[axes_[i].arg] |= axes_[i].cells[cells[i]].example << axes_[i].shift();
  return args;
}

std::vector<Partition::Box> Partition::boxes(const std::vector<std::size_t>& regions) const {
  std::vector<Box> boxes;
  for (const std::size_t region : regions) {
    Box box;
    for (const std::size_t cell : cells_of(region)) box.push_back({cell});
    boxes.push_back(std::move(box));
  }
  // Boxes that differ along one axis only become one.
  for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
    std::map<Box, std::vector<std::size_t>> joined;
    for (Box& box : boxes) {
      std::vector<std::size_t> own = std::move(box[axis]);
      box[axis].clear();
      auto& cells = joined[box];
      cells.insert(cells.end(), own.begin(), own.end());
    }
    boxes.clear();
    for (auto& [box, cells] : joined) {
      std::sort(cells.begin(), cells.end());
      boxes.push_back(box);
      boxes.back()[axis] = cells;
    }
  }
  std::sort(boxes.begin(), boxes.end());
  return boxes;
}

std::size_t Partition::region_of(const Box& box) const {
  std::size_t region = 0;
  for (std::size_t i = axes_.size(); i-- > 0;)
    region = region * axes_[i].cells.size() + box[i].front();
  return region;
}

std::vector<MaskedValue> blocks(std::uint64_t low, std::uint64_t high, unsigned bits) {
  std::vector<MaskedValue> out;
  const std::uint64_t ones = all_ones(bits);
  while (true) {
    std::uint64_t span =
        low == 0 ? ones : (low & (~low + 1)) - 1;  // the lower bits that may run free
    while (span > high - low) span >>= 1;
    out.push_back({ones & ~span, low});
    if (high - low == span) return out;
    low += span + 1;
  }
}

bool holds(const Condition& condition, std::uint64_t value, unsigned bits) {
  const std::uint64_t ones = all_ones(bits), operand = condition.value & ones;
  value &= ones;
  switch (condition.op) {
    case Op::Ne: return value != operand;
    case Op::Lt: return value < operand;
    case Op::Le: return value <= operand;
    case Op::Eq: return value == operand;
    case Op::Ge: return value >= operand;
    case Op::Gt: return value > operand;
    case Op::MaskedEq: return (value & operand) == (condition.value_two & operand);
  }
  return false;
}

}  // namespace medic::profile
