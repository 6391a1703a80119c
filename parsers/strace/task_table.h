// Per task, within one chunk: the call whose fate the next lines decide. Views into the chunk;
// nothing is copied per line.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "parsers/strace/call_cache.h"
#include "parsers/strace/call_state.h"
#include "parsers/strace/partial.h"

namespace medic::parsers::strace {

// Of a Held call that the cache knows: what is reported of it when its task goes on.
struct HeldCall {
  KnownCall* known = nullptr;   // null: it is not known
  std::uint64_t repeat_id = 0;  // another one there: the cache has put another call in its place
  kernel::Arch arch =
      kernel::Arch::Unknown;  // its task's; another one now: it was a call of that one
  std::int64_t value = 0;
  model::Time time;
  std::size_t text_at = 0, text_size = 0;  // the call without its result, in the whole line
};

struct Task {
  std::int64_t tid = -1;
  CallState state = CallState::Incoming;
  bool death_explained = false;  // a SIGSYS line explained what comes: no death to infer
  bool was_resumed = false;
  bool announced = false;  // strace's own message or prefix shows this number
  kernel::Arch arch = kernel::Arch::Unknown;
  std::uint32_t alive_epoch = 0;
  int rejoins = 0;              // how often the open call was resumed and left again
  bool fragment_given = false;  // Incoming, and one resumed line was handed to the joiner
  std::int64_t child = -1;      // of the open fork, by strace's message
  std::string_view name;        // of an Entered call
  std::string_view head;        // its first half without the mark
  std::string_view line;        // the open call's, or its first half
  std::string_view rest;        // its second half, when was_resumed: all behind `resumed>`
  Prefix prefix;  // of an Entered call that was known by its name; length 0: read it again
  HeldCall pending;
  model::Origin origin;
};

class TaskTable {
 public:
  explicit TaskTable(kernel::Arch arch) : arch_(arch), index_(64) {}

  // References stay good for the table's process.
  Task& at(std::int64_t tid) {
    return last_ != nullptr && last_->tid == tid ? *last_ : lookup(tid);
  }
  Task* find(std::int64_t tid);
  std::deque<Task>& all() { return tasks_; }
  const std::deque<Task>& all() const { return tasks_; }

 private:
  struct Slot {
    std::int64_t tid = 0;
    Task* task = nullptr;  // null: the slot is free
  };

  std::size_t slot_of(std::int64_t tid) const;
  Task& lookup(std::int64_t tid);
  void grow();

  kernel::Arch arch_;
  std::deque<Task> tasks_;
  std::vector<Slot> index_;  // open addressing
  Task* last_ = nullptr;
};

}  // namespace medic::parsers::strace
