#include "attribute/foster.h"

#include <fmt/format.h>

#include <algorithm>

#include "attribute/claims.h"

namespace medic::attribute {

using model::Certainty;

Fosters::Fosters(const ProcessTable& table, const KnownTasks& tasks, const Foundlings::ParentOf& parent)
    : table_(table), foundlings_(table, tasks, parent) {}

void Fosters::ask(OwnerOf owner_of, IsExecuted is_executed, IsKnown is_known) {
  owner_of_ = std::move(owner_of);
  is_executed_ = std::move(is_executed);
  is_known_ = std::move(is_known);
}

const Fostered& Fosters::of(LifeIndex index) {
  const auto [at, is_new] = known_.try_emplace(index);
  if (!is_new) return at->second;
  Fostered out = from_births(index);
  if (!is_some(out.owner)) out = from_kindred(index);
  return known_[index] = std::move(out);
}

Fosters::Common Fosters::common_owner(const std::vector<Kin>& kin, const model::Time& when) {
  Common out;
  for (const Kin& each : kin) {
    const auto told = each.life != kNoLife ? owner_of_(each.life, when) : std::optional(each.task->owner);
    if (!told || !is_some(*told) || !told->is_container() || (is_some(out.owner) && !same_owner(out.owner, *told))) return {};
    if (!is_some(out.owner)) {
      out.owner = *told;
      out.pid = each.pid;
    }
    out.executed = out.executed && (each.life != kNoLife ? is_executed_(each.life) : each.task->executed);
  }
  return out;
}

// Where several could be it when every CPU's records come as late as they may, the one of those that come at once is suspected.
Fostered Fosters::from_births(LifeIndex index) {
  constexpr std::int64_t kLate = 64, kAtOnce = 8;
  const Life& life = table_.lives()[index];
  for (const std::int64_t disorder : {kLate, kAtOnce}) {
    std::vector<Kin> parents;
    for (const LifeIndex each : foundlings_.possible_parents(index, disorder))
      parents.push_back({table_.lives()[each].pid, each, nullptr});
    const Common common = common_owner(parents, life.first_time);
    if (!is_some(common.owner)) continue;
    Fostered out;
    out.executed = common.executed;
    out.owner = with(
        common.owner, disorder == kLate ? Certainty::Inferred : Certainty::Suspected,
        fmt::format("by program, login and the order of births it is {}a fork of process {} or of one related to it, of which {}",
                    disorder == kLate ? "" : "most likely ", common.pid, common.owner.reason));
    return out;
  }
  return {};
}

Fostered Fosters::from_kindred(LifeIndex index) {
  const Life& life = table_.lives()[index];
  // A side file knows it, and in no container that has a name: so it is none of those that have one.
  if (is_known_(index)) return {};
  Foundlings::Kindred kindred = foundlings_.kindred(index);
  keep_same_user(life, kindred);
  std::vector<Kin> all = kindred.below;
  all.insert(all.end(), kindred.above.begin(), kindred.above.end());
  Common common = kindred.complete ? common_owner(all, life.first_time) : Common{};
  std::string reason = fmt::format("all that is known to have run {} for this user is in this container", life.exe);
  if (!is_some(common.owner)) {
    const std::vector<Kin> nearest = nearest_of(life, kindred);
    common = common_owner(nearest, life.first_time);
    reason =
        nearest.size() == 2
            ? fmt::format("its number stands between those of processes {} and {} of this container, which run the same program",
                          nearest[0].pid, nearest[1].pid)
            : fmt::format("its number is close to that of process {} of this container, which runs the same program", common.pid);
  }
  if (!is_some(common.owner)) return {};
  Fostered out;
  out.executed = common.executed;
  out.owner = with(common.owner, Certainty::Suspected, std::move(reason));
  return out;
}

// The next number below and above; the one alone that is by far the nearer, where they are in different containers.
std::vector<Kin> Fosters::nearest_of(const Life& life, const Foundlings::Kindred& kindred) {
  constexpr std::int64_t kFar = 4, kClose = 64;
  if (kindred.below.empty() || kindred.above.empty()) return {};
  const Kin &below = kindred.below.front(), &above = kindred.above.front();
  const std::int64_t down = life.pid - below.pid, up = above.pid - life.pid;
  if (down <= kClose && up <= kClose && is_some(common_owner({below, above}, life.first_time).owner)) return {below, above};
  if (down * kFar <= up && down <= kClose) return {below};
  if (up * kFar <= down && up <= kClose) return {above};
  return {};
}

void Fosters::keep_same_user(const Life& life, Foundlings::Kindred& kindred) const {
  const auto uid_of = [&](const Kin& kin) { return kin.life != kNoLife ? table_.lives()[kin.life].uid : kin.task->uid; };
  const auto differs = [&](const Kin& kin) { return uid_of(kin) != life.uid; };
  std::erase_if(kindred.below, differs);
  std::erase_if(kindred.above, differs);
}

}  // namespace medic::attribute
