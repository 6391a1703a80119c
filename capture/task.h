// The traced tasks, found by thread id, and the call that each is in.
#ifndef MEDIC_CAPTURE_TASK_H
#define MEDIC_CAPTURE_TASK_H

#include <stddef.h>
#include <stdint.h>

#include "filter.h"

enum call_state {
  kNoCall,
  kInCall,   // entered, not yet left
  kWritten,  // its record is written, its exit is still to come
  kHeld  // left with a result that could be seccomp's doing; its record waits for what comes next
};

struct call {
  enum call_state state;
  uint32_t arch;
  int64_t number;
  uint64_t args[6];
  int64_t entered;   // nanoseconds since 1970
  int64_t result;    // where held
  uint32_t answer;   // of the filters; SECCOMP_RET_ALLOW also where they are not known
  int asked_tracer;  // a filter said SECCOMP_RET_TRACE: data is trace_data
  uint16_t trace_data;
  int forked;  // PTRACE_EVENT_FORK or the like came within the call
};

struct task {
  int tid;
  int tgid;    // -1: not known
  int known;   // its `task` record was written
  int hidden;  // our own child, before it becomes the program
  int group_stopped;
  struct filter_set* filters;  // null: none, or not readable
  struct call call;
  struct task* next;
};

struct task* task_find(int tid);
struct task* task_add(int tid);  // or the one that is there; null without memory
void task_remove(int tid);
// Gives a task another id; a task that had that id before is removed.
void task_rename(struct task* task, int tid);
size_t task_count(void);

// All tasks, in no order. f may remove only the task that it is given.
void task_each(void (*f)(struct task* task, void* context), void* context);

#endif
