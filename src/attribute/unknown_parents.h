// Processes whose parent no record names: forks that did nothing which is recorded but to be
// denied. A SECCOMP record has no ppid=. What is left is the order of births: process numbers are
// given out one after another, and so are the lines of a log.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "attribute/known_tasks.h"
#include "attribute/process_table.h"

namespace medic::attribute {

// One that ran the same program: a process of the log, or a task of a side file.
struct SameProgram {
  std::int64_t pid = -1;
  ProcessIndex process = kNoProcess;
  const KnownTask* task = nullptr;
};

class UnknownParents {
 public:
  using ParentOf = std::function<ProcessIndex(ProcessIndex)>;
  // All must outlive this. parent: as far as records say.
  UnknownParents(const ProcessTable& table, const KnownTasks& tasks, const ParentOf& parent);

  // Of audit, with no parent said, and nothing executed.
  bool is_one(ProcessIndex index) const;

  // The processes of the same program, login and label one of whose clones can have been this
  // birth: one that made no child which is known, at a time that the numbers around agree with.
  // Empty where no such clone was recorded, and where there are too many. disorder: by how many
  // lines a child's first record may stand before its parent's clone.
  std::vector<ProcessIndex> possible_parents(ProcessIndex index, std::int64_t disorder) const;

  // Those that ran the same program by then: the nearest numbers first. complete is false where
  // there are too many to be sure that these are all.
  struct Close {
    std::vector<SameProgram> below, above;
    bool complete = true;
  };
  Close same_program(ProcessIndex index) const;

 private:
  // When something was, in lines of all inputs. What is written by several CPUs stands a little out
  // of order.
  using Clock = std::int64_t;
  struct Birth {
    std::int64_t pid = -1;
    Clock earliest = 0, latest = 0;  // where nothing stands out of order
  };
  struct Window {
    Clock from = 0, to = 0;
  };
  struct Family {
    std::vector<Clock> clones;
    std::vector<ProcessIndex> children;  // by number
    bool may_adopt = false;              // its children had children, whose orphans it may have got
  };
  using Epoch = std::vector<Birth>;  // by number

  static Clock clock_of(const model::Origin& origin);
  std::string program_of(const Process& process) const;
  void gather_families(const ParentOf& parent);
  void gather_births();
  void gather_same_program();
  std::vector<Window> windows_of(const Process& process, Clock disorder) const;
  bool could_be(const Process& child, ProcessIndex parent) const;

  const ProcessTable& table_;
  std::vector<bool> parent_known_;
  std::unordered_map<ProcessIndex, Family> families_;
  std::vector<Epoch> epochs_;
  struct Clone {
    Clock at = 0;
    ProcessIndex parent = kNoProcess;
  };
  std::unordered_map<std::string, std::vector<Clone>>
      clones_;  // by program, in the order of the log
  std::unordered_map<std::string, std::vector<SameProgram>> kin_;  // by program, by number
};

}  // namespace medic::attribute
