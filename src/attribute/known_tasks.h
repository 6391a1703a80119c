// The processes that side files name, each with the time in which its number was surely its own.
#pragma once

#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "attribute/container_book.h"
#include "attribute/process_table.h"

namespace medic::attribute {

struct KnownTask {
  std::int64_t pid = -1, ppid = -1;
  std::int64_t from_ns = 0;   // its birth
  std::int64_t until_ns = 0;  // it lived at least until then
  std::int64_t slack_ns = 0;  // from_ns may be too late by that much
  std::int64_t start_ticks = -1;
  std::int64_t uid = -1;
  std::int64_t gone_ns =
      std::numeric_limits<std::int64_t>::max();  // from then on it is known to be no more
  bool partial = false;      // nothing says when it was seen last: until_ns is the end of time
  bool host_numbers = true;  // pid is of the first pid namespace, as audit's are
  bool in_snapshot = false;
  bool executed = false;  // from outside into its container
  std::string comm, exe, host, source;
  std::string pid_namespace, label;
  std::vector<std::int64_t> inner_pids;
  Owner owner;  // key empty: in no container or unit that is known
  // Its own control group, or an engine, names its owner; or it shares a pid namespace with a
  // process of it; or descends from one.
  enum class Source : unsigned char { Itself, Namespace, Descent };
  Source given = Source::Itself;
  RuntimeCommand command;
  std::string helps;  // conmon: the container's id
};

// How a segment of time lies to a task's.
enum class Fit : unsigned char {
  No,       // before its birth, or after another process got its number
  Untimed,  // the log has no absolute times
  Partly,   // it begins before the birth
  After,    // it ends after the task was last seen: the number may be another's by then
  Within
};

class KnownTasks {
 public:
  KnownTasks(const SideFacts& facts, const ContainerBook& book);

  // The tasks with this number on this host; an empty host on either side is any.
  std::vector<const KnownTask*> with_pid(std::int64_t pid, std::string_view host) const;
  // The one of them that fits best, and how.
  std::pair<const KnownTask*, Fit> at(std::int64_t pid, std::string_view host,
                                      const model::Time& first, const model::Time& last) const;
  const KnownTask* parent(const KnownTask& task) const;
  const std::vector<KnownTask>& all() const { return tasks_; }

 private:
  void add_tasks(const Snapshot& snapshot, const ContainerBook& book);
  void add_container(const ContainerFact& fact, const ContainerBook& book);
  void find_gone(const SideFacts& facts);
  void find_owners();
  void find_executed();
  Owner by_namespace(const KnownTask& task) const;

  std::vector<KnownTask> tasks_;
  std::unordered_map<std::int64_t, std::vector<std::size_t>> by_pid_;
  std::unordered_map<std::string, std::vector<std::size_t>>
      by_namespace_;  // those whose container is reported
};

// How first to last lies to the task's time. Only times since 1970 can be compared.
Fit fit(const KnownTask& task, const model::Time& first, const model::Time& last);

}  // namespace medic::attribute
