// Whose child a process is, as far as the log's records say: by a birth that was seen, by number,
// or by what a runtime's clone returned.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "attribute/process_table.h"

namespace medic::attribute {

class Parents {
 public:
  explicit Parents(const ProcessTable& table);  // which must outlive this

  // By link, else by number: the youngest process with that number which was there when the child
  // was first heard of. kNoProcess: not in the log.
  ProcessIndex of(ProcessIndex index) const;

  // `runc create ID` has ended by the time that `runc start ID` lets the container's first process
  // execute its program, and so its parent is another. Its number still follows that of the first,
  // and its exec the second. kNoProcess: there is none such.
  ProcessIndex creator_of(ProcessIndex index) const;

 private:
  ProcessIndex claimed(const Process& process) const;
  bool could_be_child(const Process& process, const Process& from) const;

  const ProcessTable& table_;
  std::unordered_map<std::int64_t, std::vector<ProcessIndex>> by_pid_;
  std::unordered_map<std::int64_t, std::vector<const BirthClaim*>> claims_;
  std::map<std::int64_t, std::vector<ProcessIndex>> starts_;             // by number
  std::unordered_map<std::string, std::vector<ProcessIndex>> releases_;  // by container
  bool execs_recorded_ = false;                                          // in some audit log
};

}  // namespace medic::attribute
