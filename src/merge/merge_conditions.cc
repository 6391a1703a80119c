// A comparison says what it can; the rest is said by masks: an interval is a union of aligned
// blocks, "not this masked value" a union over its bits.
#include "merge/merge_conditions.h"

#include <algorithm>

namespace medic::profile {
namespace {

// Rules of one call: libseccomp's tree of those on several arguments grows faster than their
// number.
constexpr std::size_t kMaxLists = 256;
constexpr std::size_t kMaxWideLists = 32;
// Steps of the search for a cover by the known comparisons.
constexpr std::size_t kMaxCoverSteps = 4000000;
// A run of so few values is written out one by one, as people do.
constexpr std::uint64_t kFewValues = 8;

std::uint64_t all_ones(unsigned bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

Condition compare(unsigned arg, Op op, std::uint64_t value) { return {arg, op, value, 0, {}}; }

Condition masked(unsigned arg, const MaskedValue& m, unsigned bits) {
  if (m.mask == all_ones(bits)) return compare(arg, Op::Eq, m.value);
  return {arg, Op::MaskedEq, m.mask, m.value, {}};
}

// Values from low to high.
void add_run(const Axis& axis, std::uint64_t low, std::uint64_t high, std::vector<Condition>& out) {
  if (low == high) return out.push_back(compare(axis.arg, Op::Eq, low));
  if (low == 0) return out.push_back(compare(axis.arg, Op::Le, high));
  if (high == all_ones(axis.bits)) return out.push_back(compare(axis.arg, Op::Ge, low));
  if (high - low < kFewValues) {
    for (std::uint64_t value = low; value <= high; ++value)
      out.push_back(compare(axis.arg, Op::Eq, value));
    return;
  }
  for (const MaskedValue& block : blocks(low, high, axis.bits))
    out.push_back(masked(axis.arg, block, axis.bits));
}

std::optional<MaskedValue> both(const MaskedValue& a, const MaskedValue& b) {
  if (((a.value ^ b.value) & a.mask & b.mask) != 0) return std::nullopt;
  return MaskedValue{a.mask | b.mask, a.value | b.value};
}

// The parts of `terms` where (x & m.mask) != m.value: one for each bit that may be the first to
// differ.
std::vector<MaskedValue> without(const std::vector<MaskedValue>& terms, const MaskedValue& m) {
  std::vector<MaskedValue> out;
  for (MaskedValue term : terms) {
    if (!both(term, m)) {
      out.push_back(term);
      continue;
    }
    for (std::uint64_t free = m.mask & ~term.mask; free != 0; free &= free - 1) {
      const std::uint64_t bit = free & (~free + 1);
      out.push_back({term.mask | bit, term.value | (~m.value & bit)});
      term.mask |= bit;
      term.value |= m.value & bit;
    }
  }
  return out;
}

// A counter by its interval's blocks and the answers to its masks.
bool add_cell(const Axis& axis, const Axis::Cell& cell, std::vector<Condition>& out) {
  std::vector<MaskedValue> terms =
      blocks(axis.starts[cell.interval], axis.last(cell.interval), axis.bits);
  for (std::size_t i = 0; i < axis.masks.size(); ++i) {
    if (cell.truth[i] == 0) {
      terms = without(terms, axis.masks[i]);
    } else {
      std::vector<MaskedValue> kept;
      for (const MaskedValue& term : terms) {
        if (const auto joined = both(term, axis.masks[i])) kept.push_back(*joined);
      }
      terms = std::move(kept);
    }
    if (terms.size() > kMaxLists) return false;
  }
  for (const MaskedValue& term : terms) out.push_back(masked(axis.arg, term, axis.bits));
  return true;
}

// Alternatives for one axis; nothing said where all its counters are in.
std::optional<std::vector<Condition>> alternatives(const Axis& axis,
                                                   const std::vector<std::size_t>& cells) {
  std::vector<Condition> out;
  std::vector<std::size_t> cells_in(axis.starts.size()), chosen_in(axis.starts.size());
  for (const Axis::Cell& cell : axis.cells) ++cells_in[cell.interval];
  for (const std::size_t cell : cells) ++chosen_in[axis.cells[cell].interval];
  const auto full = [&](std::size_t i) { return cells_in[i] == chosen_in[i]; };
  // All but one value.
  const std::size_t last = axis.starts.size() - 1;
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i <= last; ++i) {
    if (!full(i)) missing.push_back(i);
  }
  if (missing.size() == 1 && chosen_in[missing[0]] == 0 && missing[0] != 0 && missing[0] != last &&
      axis.starts[missing[0]] == axis.last(missing[0])) {
    return std::vector{compare(axis.arg, Op::Ne, axis.starts[missing[0]])};
  }
  for (std::size_t i = 0; i <= last; ++i) {
    if (!full(i)) continue;
    std::size_t end = i;
    while (end < last && full(end + 1)) ++end;
    add_run(axis, axis.starts[i], axis.last(end), out);
    i = end;
  }
  for (const std::size_t cell : cells) {
    if (!full(axis.cells[cell].interval) && !add_cell(axis, axis.cells[cell], out))
      return std::nullopt;
  }
  return out;
}

// What can be said of one axis in one condition, and in which counters that holds. The first says
// nothing.
struct Saying {
  std::optional<Condition> condition;
  std::vector<std::size_t> cells;
};

std::vector<Condition> negations(const Condition& c, unsigned bits) {
  switch (c.op) {
    case Op::Ne: return {compare(c.index, Op::Eq, c.value)};
    case Op::Eq: return {compare(c.index, Op::Ne, c.value)};
    case Op::Lt: return {compare(c.index, Op::Ge, c.value)};
    case Op::Ge: return {compare(c.index, Op::Lt, c.value)};
    case Op::Le: return {compare(c.index, Op::Gt, c.value)};
    case Op::Gt: return {compare(c.index, Op::Le, c.value)};
    case Op::MaskedEq: break;
  }
  std::vector<Condition> out;
  for (std::uint64_t free = c.value & all_ones(bits); free != 0; free &= free - 1) {
    const std::uint64_t bit = free & (~free + 1);
    out.push_back({c.index, Op::MaskedEq, bit, ~c.value_two & bit, {}});
  }
  return out;
}

std::vector<Saying> sayings(const Axis& axis, std::span<const Condition> known) {
  std::vector<Condition> conditions;
  for (const Condition& c : known) {
    if (c.index != axis.arg) continue;
    conditions.push_back(c);
    conditions.back().place = {};
    for (Condition& negated : negations(c, axis.bits)) conditions.push_back(negated);
  }
  for (std::size_t i = 0; i < axis.starts.size(); ++i) {
    if (axis.starts[i] == axis.last(i))
      conditions.push_back(compare(axis.arg, Op::Eq, axis.starts[i]));
  }
  std::vector<Saying> out(1);
  for (std::size_t cell = 0; cell < axis.cells.size(); ++cell) out[0].cells.push_back(cell);
  for (const Condition& c : conditions) {
    Saying saying{c, {}};
    for (std::size_t cell = 0; cell < axis.cells.size(); ++cell) {
      if (holds(c, axis.cells[cell].example, axis.bits)) saying.cells.push_back(cell);
    }
    const bool news = std::none_of(
        out.begin(), out.end(), [&](const Saying& other) { return other.cells == saying.cells; });
    // A single bit of a wider mask can split a counter; then its example does not speak for all of
    // it.
    const bool exact = c.op != Op::MaskedEq ||
                       std::any_of(axis.masks.begin(), axis.masks.end(), [&](const MaskedValue& m) {
                         return m.mask == (c.value & all_ones(axis.bits));
                       });
    if (news && exact && !saying.cells.empty()) out.push_back(std::move(saying));
  }
  return out;
}

// One condition at most for each axis.
class Cover {
 public:
  Cover(const Partition& partition, const std::vector<std::size_t>& regions,
        std::span<const Condition> known)
      : partition_(partition), wanted_(partition.size()), open_(partition.size()) {
    for (const std::size_t region : regions) wanted_[region] = open_[region] = true;
    for (const Axis& axis : partition.axes()) sayings_.push_back(sayings(axis, known));
  }

  // What it covers; `open()` is what it could not.
  ConditionLists run() {
    ConditionLists out;
    collect();
    while (true) {
      const Candidate* best = nullptr;
      std::size_t most = 0;
      for (const Candidate& candidate : candidates_) {
        const auto gain = static_cast<std::size_t>(
            std::count_if(candidate.regions.begin(), candidate.regions.end(),
                          [&](std::size_t r) { return open_[r]; }));
        if (gain > most) {
          most = gain;
          best = &candidate;
        }
      }
      if (best == nullptr) return out;
      for (const std::size_t region : best->regions) open_[region] = false;
      out.push_back(best->conditions);
      if (out.size() > kMaxLists) return out;
    }
  }

  std::vector<std::size_t> open() const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (open_[i]) out.push_back(i);
    }
    return out;
  }

 private:
  struct Candidate {
    std::vector<Condition> conditions;
    std::vector<std::size_t> regions;
  };

  // All combinations of sayings that hold in wanted regions only, those with few conditions first.
  void collect() {
    std::vector<std::size_t> pick(sayings_.size(), 0);
    while (true) {
      if (!consider(pick)) return;
      std::size_t i = 0;
      while (i < pick.size() && ++pick[i] == sayings_[i].size()) pick[i++] = 0;
      if (i == pick.size()) break;
    }
    std::stable_sort(candidates_.begin(), candidates_.end(),
                     [](const Candidate& a, const Candidate& b) {
                       return a.conditions.size() < b.conditions.size();
                     });
  }

  bool consider(const std::vector<std::size_t>& pick) {
    Candidate candidate;
    candidate.regions = {0};
    std::size_t stride = 1;
    for (std::size_t i = 0; i < pick.size(); ++i) {
      const Saying& saying = sayings_[i][pick[i]];
      if (saying.condition) candidate.conditions.push_back(*saying.condition);
      std::vector<std::size_t> wider;
      for (const std::size_t cell : saying.cells) {
        for (const std::size_t region : candidate.regions) wider.push_back(region + cell * stride);
      }
      candidate.regions = std::move(wider);
      stride *= partition_.axes()[i].cells.size();
    }
    steps_ += candidate.regions.size() + 1;
    if (steps_ > kMaxCoverSteps) return false;
    if (std::all_of(candidate.regions.begin(), candidate.regions.end(),
                    [&](std::size_t r) { return wanted_[r]; }))
      candidates_.push_back(std::move(candidate));
    return true;
  }

  const Partition& partition_;
  std::vector<bool> wanted_, open_;
  std::vector<std::vector<Saying>> sayings_;
  std::vector<Candidate> candidates_;
  std::size_t steps_ = 0;
};

}  // namespace

std::optional<ConditionLists> conditions_for(const Partition& partition,
                                             const Partition::Box& box) {
  ConditionLists out{{}};
  for (std::size_t i = 0; i < partition.axes().size(); ++i) {
    const Axis& axis = partition.axes()[i];
    if (box[i].size() == axis.cells.size()) continue;
    const auto choices = alternatives(axis, box[i]);
    if (!choices || out.size() * choices->size() > kMaxLists) return std::nullopt;
    ConditionLists longer;
    for (const auto& list : out) {
      for (const Condition& choice : *choices) {
        longer.push_back(list);
        longer.back().push_back(choice);
      }
    }
    out = std::move(longer);
  }
  return out;
}

std::optional<ConditionLists> conditions_for(const Partition& partition,
                                             const std::vector<std::size_t>& regions,
                                             std::span<const Condition> known) {
  Cover cover(partition, regions, known);
  ConditionLists out = cover.run();
  for (const Partition::Box& box : partition.boxes(cover.open())) {
    const auto lists = conditions_for(partition, box);
    if (!lists) return std::nullopt;
    out.insert(out.end(), lists->begin(), lists->end());
  }
  const bool wide =
      std::any_of(out.begin(), out.end(), [](const auto& list) { return list.size() > 1; });
  if (out.size() > (wide ? kMaxWideLists : kMaxLists)) return std::nullopt;
  return out;
}

}  // namespace medic::profile
