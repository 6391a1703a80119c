// The container of a process whose parent no record names: by the order of births, else by those
// that are most like it.
#pragma once

#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "attribute/unknown_parents.h"
#include "attribute/owner.h"

namespace medic::attribute {

struct InferredParented {
  Owner owner;  // key empty: nothing says
  bool executed = false;
};

class InferredParents {
 public:
  // What evidence speaks of a process at a time, without any guess of this kind.
  using OwnerOf = std::function<std::optional<Owner>(ProcessIndex, const model::Time&)>;
  using IsExecuted = std::function<bool(ProcessIndex)>;
  // Does a side file know the process at its first time?
  using IsKnown = std::function<bool(ProcessIndex)>;

  InferredParents(const ProcessTable& table, const KnownTasks& tasks,
                  const UnknownParents::ParentOf& parent);
  void ask(OwnerOf owner_of, IsExecuted is_executed, IsKnown is_known);

  bool has_unknown_parent(ProcessIndex index) const { return unknown_parents_.is_one(index); }
  const InferredParented& of(ProcessIndex index);

 private:
  // The one container that all these are in; key empty when they are in several, or one is in none
  // that is known.
  struct Common {
    Owner owner;
    bool executed = true;
    std::int64_t pid = -1;  // of one of them
  };
  Common common_owner(const std::vector<SameProgram>& same_program, const model::Time& when);
  InferredParented from_births(ProcessIndex index);
  InferredParented from_same_program(ProcessIndex index);
  std::vector<SameProgram> nearest_of(const Process& process,
                                      const UnknownParents::Close& same_program);
  void keep_same_user(const Process& process, UnknownParents::Close& same_program) const;

  const ProcessTable& table_;
  UnknownParents unknown_parents_;
  OwnerOf owner_of_;
  IsExecuted is_executed_;
  IsKnown is_known_;
  std::unordered_map<ProcessIndex, InferredParented> known_;
};

}  // namespace medic::attribute
