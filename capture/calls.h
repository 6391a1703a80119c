// System calls of stopped tasks: from PTRACE_GET_SYSCALL_INFO to `call` records, with seccomp's
// part in them.
#ifndef MEDIC_CAPTURE_CALLS_H
#define MEDIC_CAPTURE_CALLS_H

#include <signal.h>

#include "task.h"

// The task stands at the entry or the exit of a call.
void calls_syscall_stop(struct task* task);

// The task stands in PTRACE_EVENT_SECCOMP: a filter asked its tracer. This program answers as if
// there were none: the call gives ENOSYS.
void calls_seccomp_stop(struct task* task);
// May PTRACE_O_TRACESECCOMP be set? Only where this program knows how to skip a call.
int calls_can_skip(void);

// A signal is about to reach the task: writes a held call (trapped, where the signal says so) and
// the `signal` record.
void calls_signal_stop(struct task* task, const siginfo_t* info);

// The task is about to die with this wait status (PTRACE_EVENT_EXIT), or is dead: writes what was
// open.
void calls_death(struct task* task, int status);

// execve has succeeded: its call record is written, as made by `former`.
void calls_exec(struct task* task, int former);

// Writes the `task` record, and reads the filters if their number has changed.
void calls_describe(struct task* task);

#endif
