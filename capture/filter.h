// The seccomp filters of a task, where the kernel shows them (CAP_SYS_ADMIN, and no filter on this
// program itself), and what they answer to a call: so that a refusal by errno is stated and not
// guessed.
#ifndef MEDIC_CAPTURE_FILTER_H
#define MEDIC_CAPTURE_FILTER_H

#include <linux/seccomp.h>
#include <stdint.h>

struct filter_set;  // shared by the tasks that inherited it

// Reads the filters of a stopped task. Null, and errno, where they cannot be read.
struct filter_set* filter_set_read(int tid);
struct filter_set* filter_set_share(struct filter_set* set);  // set may be null
void filter_set_drop(struct filter_set* set);                 // set may be null
int filter_set_count(const struct filter_set* set);
int filter_set_length(const struct filter_set* set);  // instructions of all filters

// The kernel's answer: SECCOMP_RET_* with its data. set must not be null.
uint32_t filter_set_answer(const struct filter_set* set, const struct seccomp_data* data);

#endif
