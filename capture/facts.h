// What /proc speaks of a task, written as `task` records.
#ifndef MEDIC_CAPTURE_FACTS_H
#define MEDIC_CAPTURE_FACTS_H

#include <stdint.h>

// Finds out whether /proc is there and is of the pid namespace that this program numbers tasks in,
// and whether user ids are the initial namespace's. 0, or the errno that speaks against it: then
// the functions below know nothing.
int facts_open(void);

// The thread group of a task; -1 when not known.
int facts_tgid(int tid);

// Writes a `task` record: of a whole process where tid leads its group, else the short form for
// threads. Returns the number of seccomp filters on the task (0 for none, 1 where the kernel says
// only that there are some); -1: not known.
int facts_record(int tid);

// Was the task ended by a signal that it was sent, and not by the kernel from within a system call?
// 1 yes, 0 no, -1 not known. Right only while the task stands in PTRACE_EVENT_EXIT.
int facts_died_of_signal(int tid);

// Path of the program, length of it; at most `room` bytes.
int facts_exe(int tid, char* path, int room);
// The first argument, without its end; at most `room` bytes.
int facts_argv0(int tid, char* text, int room);

#endif
