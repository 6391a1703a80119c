// The container of a process whose parent no record names: by the order of births, else by those that are most like it.
#pragma once

#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "attribute/foundlings.h"
#include "attribute/owner.h"

namespace medic::attribute {

struct Fostered {
  Owner owner;  // key empty: nothing tells
  bool executed = false;
};

class Fosters {
 public:
  // What evidence tells of a life at a time, without any guess of this kind.
  using OwnerOf = std::function<std::optional<Owner>(LifeIndex, const model::Time&)>;
  using IsExecuted = std::function<bool(LifeIndex)>;
  // Does a side file know the life at its first time?
  using IsKnown = std::function<bool(LifeIndex)>;

  Fosters(const ProcessTable& table, const KnownTasks& tasks, const Foundlings::ParentOf& parent);
  void ask(OwnerOf owner_of, IsExecuted is_executed, IsKnown is_known);

  bool is_foundling(LifeIndex index) const { return foundlings_.is_one(index); }
  const Fostered& of(LifeIndex index);

 private:
  // The one container that all these are in; key empty when they are in several, or one is in none that is known.
  struct Common {
    Owner owner;
    bool executed = true;
    std::int64_t pid = -1;  // of one of them
  };
  Common common_owner(const std::vector<Kin>& kin, const model::Time& when);
  Fostered from_births(LifeIndex index);
  Fostered from_kindred(LifeIndex index);
  std::vector<Kin> nearest_of(const Life& life, const Foundlings::Kindred& kindred);
  void keep_same_user(const Life& life, Foundlings::Kindred& kindred) const;

  const ProcessTable& table_;
  Foundlings foundlings_;
  OwnerOf owner_of_;
  IsExecuted is_executed_;
  IsKnown is_known_;
  std::unordered_map<LifeIndex, Fostered> known_;
};

}  // namespace medic::attribute
