#include "parsers/strace/task_table.h"

namespace medic::parsers::strace {

std::size_t TaskTable::slot_of(std::int64_t tid) const {
  const std::size_t mask = index_.size() - 1;
  std::size_t at = (static_cast<std::uint64_t>(tid) * 0x9E3779B97F4A7C15 >> 32) & mask;
  while (index_[at] != kFree && tasks_[index_[at]].tid != tid) at = (at + 1) & mask;
  return at;
}

Task* TaskTable::find(std::int64_t tid) {
  const std::uint32_t found = index_[slot_of(tid)];
  return found == kFree ? nullptr : &tasks_[found];
}

Task& TaskTable::lookup(std::int64_t tid) {
  std::size_t slot = slot_of(tid);
  if (index_[slot] == kFree) {
    if (tasks_.size() * 2 >= index_.size()) {
      grow();
      slot = slot_of(tid);
    }
    index_[slot] = static_cast<std::uint32_t>(tasks_.size());
    Task& task = tasks_.emplace_back();
    task.tid = tid;
    task.arch = arch_;
  }
  last_ = &tasks_[index_[slot]];
  return *last_;
}

void TaskTable::grow() {
  index_.assign(index_.size() * 2, kFree);
  for (std::size_t i = 0; i < tasks_.size(); ++i) index_[slot_of(tasks_[i].tid)] = static_cast<std::uint32_t>(i);
}

}  // namespace medic::parsers::strace
