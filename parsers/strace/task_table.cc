#include "parsers/strace/task_table.h"

namespace medic::parsers::strace {

std::size_t TaskTable::slot_of(std::int64_t tid) const {
  const std::size_t mask = index_.size() - 1;
  std::size_t at = (static_cast<std::uint64_t>(tid) * 0x9E3779B97F4A7C15 >> 32) & mask;
  while (index_[at].task != nullptr && index_[at].tid != tid) at = (at + 1) & mask;
  return at;
}

Task* TaskTable::find(std::int64_t tid) { return index_[slot_of(tid)].task; }

Task& TaskTable::lookup(std::int64_t tid) {
  std::size_t slot = slot_of(tid);
  if (index_[slot].task == nullptr) {
    if (tasks_.size() * 2 >= index_.size()) {
      grow();
      slot = slot_of(tid);
    }
    Task& task = tasks_.emplace_back();
    task.tid = tid;
    task.arch = arch_;
    index_[slot] = {tid, &task};
  }
  last_ = index_[slot].task;
  return *last_;
}

void TaskTable::grow() {
  index_.assign(index_.size() * 2, Slot{});
  for (Task& task : tasks_) index_[slot_of(task.tid)] = {task.tid, &task};
}

}  // namespace medic::parsers::strace
