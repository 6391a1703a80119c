// Boxes of argument values as lists of conditions that runtimes take: never two conditions on one
// argument in one rule.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "policy/regions.h"

namespace medic::profile {

using ConditionLists = std::vector<std::vector<Condition>>;

// Any of the lists holds exactly in those regions (ascending, not empty); as few lists as a greedy
// search finds, and from the authors' own comparisons where they do. An empty list among them:
// whatever the arguments. Nothing when it would take too many.
std::optional<ConditionLists> conditions_for(const Partition& partition,
                                             const std::vector<std::size_t>& regions,
                                             std::span<const Condition> known);
// The same for one box, spelt out axis by axis.
std::optional<ConditionLists> conditions_for(const Partition& partition, const Partition::Box& box);

}  // namespace medic::profile
