// Regions in words: "arg0 = 40", "arg0 >= 41", "arg0 & 0x7e020000 != 0".
#include <algorithm>
#include <fmt/format.h>
#include <map>

#include "policy/regions.h"

namespace medic::profile {
namespace {

std::string number(std::uint64_t value) {
  return value < 0x10000 ? fmt::format("{}", value) : fmt::format("0x{:x}", value);
}

std::string subject(const Axis& axis) {
  if (axis.part == Axis::Part::Whole) return fmt::format("arg{}", axis.arg);
  return fmt::format("{} half of arg{}", axis.part == Axis::Part::Upper ? "upper" : "lower",
                     axis.arg);
}

using Intervals =
    std::vector<std::pair<std::size_t, std::size_t>>;  // first and last interval of a run

std::string run_text(const Axis& axis, std::size_t first, std::size_t last) {
  const std::uint64_t low = axis.starts[first], high = axis.last(last);
  if (low == high) return fmt::format("{} = {}", subject(axis), number(low));
  if (low == 0) return fmt::format("{} < {}", subject(axis), number(high + 1));
  if (last + 1 == axis.starts.size()) return fmt::format("{} >= {}", subject(axis), number(low));
  return fmt::format("{} from {} to {}", subject(axis), number(low), number(high));
}

std::string alternatives(const std::vector<std::string>& texts) {
  if (texts.size() == 1) return texts.front();
  return fmt::format("({})", fmt::join(texts, " or "));
}

// Runs of neighbouring intervals; all but one value is said as such.
std::string intervals_text(const Axis& axis, const std::vector<std::size_t>& intervals) {
  Intervals runs;
  for (const std::size_t i : intervals) {
    if (!runs.empty() && runs.back().second + 1 == i) {
      runs.back().second = i;
    } else {
      runs.emplace_back(i, i);
    }
  }
  if (intervals.size() == axis.starts.size()) return {};
  if (runs.size() == 2 && runs[0].first == 0 && runs[1].second + 1 == axis.starts.size()) {
    const std::uint64_t low = axis.last(runs[0].second) + 1, high = axis.starts[runs[1].first] - 1;
    if (low == high) return fmt::format("{} != {}", subject(axis), number(low));
  }
  std::vector<std::string> texts;
  for (const auto& [first, last] : runs) texts.push_back(run_text(axis, first, last));
  return alternatives(texts);
}

std::string masks_text(const Axis& axis, const std::vector<std::uint8_t>& truth) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    texts.push_back(fmt::format("{} & 0x{:x} {} {}", subject(axis), axis.masks[i].mask,
                                truth[i] != 0 ? "=" : "!=", number(axis.masks[i].value)));
  }
  return fmt::format("{}", fmt::join(texts, " and "));
}

// The intervals in which a combination of answers is among the counters, grouped by combination.
// Where an interval is in with all its counters, the masks say nothing.
std::string axis_text(const Axis& axis, const std::vector<std::size_t>& cells) {
  if (cells.size() == axis.cells.size()) return {};
  std::vector<std::size_t> cells_in(axis.starts.size()), chosen_in(axis.starts.size());
  for (const Axis::Cell& cell : axis.cells) ++cells_in[cell.interval];
  for (const std::size_t cell : cells) ++chosen_in[axis.cells[cell].interval];
  std::map<std::vector<std::uint8_t>, std::vector<std::size_t>> groups;
  for (const std::size_t cell : cells) {
    const std::size_t interval = axis.cells[cell].interval;
    auto& group = groups[cells_in[interval] == chosen_in[interval] ? std::vector<std::uint8_t>{}
                                                                   : axis.cells[cell].truth];
    if (group.empty() || group.back() != interval) group.push_back(interval);
  }
  std::vector<std::string> texts;
  for (const auto& [truth, intervals] : groups) {
    const std::string where = intervals_text(axis, intervals), masks = masks_text(axis, truth);
    texts.push_back(where.empty() ? masks : masks.empty() ? where : where + " and " + masks);
  }
  return alternatives(texts);
}

}  // namespace

std::string Partition::describe(const Box& box) const {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    if (std::string text = axis_text(axes_[i], box[i]); !text.empty())
      texts.push_back(std::move(text));
  }
  return fmt::format("{}", fmt::join(texts, " and "));
}

}  // namespace medic::profile
