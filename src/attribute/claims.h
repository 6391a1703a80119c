// What evidence says of one process itself: the log's own fields, side files that name it, labels
// that are one container's alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "attribute/known_tasks.h"

namespace medic::attribute {

Owner with(Owner owner, model::Certainty certainty, std::string reason);
bool is_some(const Owner& owner);

// The surest claim, made fuller by those that agree, with those that do not beside it. Nothing
// where there is none.
std::optional<Owner> resolve(std::vector<Owner> claims);

class Claims {
 public:
  using Windowed = std::pair<const KnownTask*, Fit>;

  // All must outlive this.
  Claims(const ProcessTable& table, const ContainerBook& book, const KnownTasks& tasks);

  // The task of a side file that this process was then, and how the times fit.
  Windowed at_that_time(const Process& process, const model::Time& first,
                        const model::Time& last) const;
  // What the log itself says of this very process.
  std::vector<Owner> own(const Process& process) const;
  std::vector<Owner> told_by_log(const Process& process) const;
  // What a side file says of it. Key empty: nothing.
  static Owner timed(const Process& process, const KnownTask* task, Fit how);
  void add_label(const Process& process, std::vector<Owner>& claims) const;
  void add_weak(const Process& process, std::vector<Owner>& claims) const;

 private:
  void find_labels();
  bool has_stopped_since(const KnownTask& task, const std::string& host,
                         const model::Time& at) const;
  void add_only_container(std::vector<Owner>& claims) const;
  void add_inner_number(const Process& process, std::vector<Owner>& claims) const;

  const ProcessTable& table_;
  const ContainerBook& book_;
  const KnownTasks& tasks_;
  bool may_be_inner_trace_ =
      false;  // one container is described, and no process of the trace has a number that is known
  std::unordered_map<std::int64_t, std::vector<const KnownTask*>> by_inner_number_;
  std::map<std::string, Owner, std::less<>> by_categories_, by_namespace_;
  std::map<std::string, std::vector<const UnitMoment*>, std::less<>> stops_;  // by unit
};

}  // namespace medic::attribute
