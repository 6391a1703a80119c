#include "attribute/parent_inference.h"

#include <fmt/format.h>

#include <algorithm>

#include "attribute/claims.h"

namespace medic::attribute {

using model::Certainty;

InferredParents::InferredParents(const ProcessTable& table, const KnownTasks& tasks,
                                 const UnknownParents::ParentOf& parent)
    : table_(table), unknown_parents_(table, tasks, parent) {}

void InferredParents::ask(OwnerOf owner_of, IsExecuted is_executed, IsKnown is_known) {
  owner_of_ = std::move(owner_of);
  is_executed_ = std::move(is_executed);
  is_known_ = std::move(is_known);
}

const InferredParented& InferredParents::of(ProcessIndex index) {
  const auto [at, is_new] = known_.try_emplace(index);
  if (!is_new) return at->second;
  InferredParented out = from_births(index);
  if (!is_some(out.owner)) out = from_same_program(index);
  return known_[index] = std::move(out);
}

InferredParents::Common InferredParents::common_owner(const std::vector<SameProgram>& same_program,
                                                      const model::Time& when) {
  Common out;
  for (const SameProgram& each : same_program) {
    const auto given = each.process != kNoProcess ? owner_of_(each.process, when)
                                                  : std::optional(each.task->owner);
    if (!given || !is_some(*given) || !given->is_container() ||
        (is_some(out.owner) && !same_owner(out.owner, *given)))
      return {};
    if (!is_some(out.owner)) {
      out.owner = *given;
      out.pid = each.pid;
    }
    out.executed = out.executed &&
                   (each.process != kNoProcess ? is_executed_(each.process) : each.task->executed);
  }
  return out;
}

// Where several could be it when every CPU's records come as late as they may, the one of those
// that come at once is suspected.
InferredParented InferredParents::from_births(ProcessIndex index) {
  constexpr std::int64_t kLate = 64, kAtOnce = 8;
  const Process& process = table_.processes()[index];
  for (const std::int64_t disorder : {kLate, kAtOnce}) {
    std::vector<SameProgram> parents;
    for (const ProcessIndex each : unknown_parents_.possible_parents(index, disorder))
      parents.push_back({table_.processes()[each].pid, each, nullptr});
    const Common common = common_owner(parents, process.first_time);
    if (!is_some(common.owner)) continue;
    InferredParented out;
    out.executed = common.executed;
    out.owner =
        with(common.owner, disorder == kLate ? Certainty::Inferred : Certainty::Suspected,
             fmt::format("by program, login and the order of births it is {}a fork of process {} "
                         "or of one related to it, of which {}",
                         disorder == kLate ? "" : "most likely ", common.pid, common.owner.reason));
    return out;
  }
  return {};
}

InferredParented InferredParents::from_same_program(ProcessIndex index) {
  const Process& process = table_.processes()[index];
  // A side file knows it, and in no container that has a name: so it is none of those that have
  // one.
  if (is_known_(index)) return {};
  UnknownParents::Close same_program = unknown_parents_.same_program(index);
  keep_same_user(process, same_program);
  std::vector<SameProgram> all = same_program.below;
  all.insert(all.end(), same_program.above.begin(), same_program.above.end());
  Common common = same_program.complete ? common_owner(all, process.first_time) : Common{};
  std::string reason = fmt::format(
      "all that is known to have run {} for this user is in this container", process.exe);
  if (!is_some(common.owner)) {
    const std::vector<SameProgram> nearest = nearest_of(process, same_program);
    common = common_owner(nearest, process.first_time);
    reason = nearest.size() == 2 ? fmt::format(
                                       "its number stands between those of processes {} and {} of "
                                       "this container, which run the same program",
                                       nearest[0].pid, nearest[1].pid)
                                 : fmt::format(
                                       "its number is close to that of process {} of this "
                                       "container, which runs the same program",
                                       common.pid);
  }
  if (!is_some(common.owner)) return {};
  InferredParented out;
  out.executed = common.executed;
  out.owner = with(common.owner, Certainty::Suspected, std::move(reason));
  return out;
}

// The next number below and above; the one alone that is by far the nearer, where they are in
// different containers.
std::vector<SameProgram> InferredParents::nearest_of(const Process& process,
                                                     const UnknownParents::Close& same_program) {
  constexpr std::int64_t kFar = 4, kClose = 64;
  if (same_program.below.empty() || same_program.above.empty()) return {};
  const SameProgram &below = same_program.below.front(), &above = same_program.above.front();
  const std::int64_t down = process.pid - below.pid, up = above.pid - process.pid;
  if (down <= kClose && up <= kClose &&
      is_some(common_owner({below, above}, process.first_time).owner))
    return {below, above};
  if (down * kFar <= up && down <= kClose) return {below};
  if (up * kFar <= down && up <= kClose) return {above};
  return {};
}

void InferredParents::keep_same_user(const Process& process,
                                     UnknownParents::Close& same_program) const {
  const auto uid_of = [&](const SameProgram& each) {
    return each.process != kNoProcess ? table_.processes()[each.process].uid : each.task->uid;
  };
  const auto differs = [&](const SameProgram& each) { return uid_of(each) != process.uid; };
  std::erase_if(same_program.below, differs);
  std::erase_if(same_program.above, differs);
}

}  // namespace medic::attribute
