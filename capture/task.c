// A hash table by thread id with chains.
#include "task.h"

#include <stdlib.h>

enum { kBuckets = 4096 };

static struct task *buckets[kBuckets];
static size_t count;

static struct task **place(int tid) {
  struct task **at = &buckets[(unsigned)tid % kBuckets];
  while (*at != NULL && (*at)->tid != tid) at = &(*at)->next;
  return at;
}

struct task *task_find(int tid) { return *place(tid); }

struct task *task_add(int tid) {
  struct task **at = place(tid);
  if (*at != NULL) return *at;
  struct task *task = calloc(1, sizeof *task);
  if (task == NULL) return NULL;
  task->tid = tid;
  task->tgid = -1;
  *at = task;
  ++count;
  return task;
}

static struct task *unlink_task(int tid) {
  struct task **at = place(tid);
  struct task *task = *at;
  if (task == NULL) return NULL;
  *at = task->next;
  task->next = NULL;
  --count;
  return task;
}

void task_remove(int tid) {
  struct task *task = unlink_task(tid);
  if (task == NULL) return;
  filter_set_drop(task->filters);
  free(task);
}

void task_rename(struct task *task, int tid) {
  if (task->tid == tid) return;
  task_remove(tid);
  unlink_task(task->tid);
  task->tid = tid;
  *place(tid) = task;
  ++count;
}

size_t task_count(void) { return count; }

void task_each(void (*f)(struct task *task, void *context), void *context) {
  for (int i = 0; i < kBuckets; ++i) {
    for (struct task *task = buckets[i], *next; task != NULL; task = next) {
      next = task->next;
      f(task, context);
    }
  }
}
