// Classic BPF as seccomp runs it (kernel/seccomp.c seccomp_check_filter: what else there is in BPF, the kernel has refused).
#include "filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>

enum { kMaxFilters = 4096 };  // the kernel's limit on the sum of lengths is lower

struct program {
  struct sock_filter *code;
  int length;
};

struct filter_set {
  struct program *programs;  // oldest first, as PTRACE_SECCOMP_GET_FILTER counts
  int count;
  int length;
  int users;
};

static void free_set(struct filter_set *set) {
  for (int i = 0; i < set->count; ++i) free(set->programs[i].code);
  free(set->programs);
  free(set);
}

// 1: read; 0: there is no such filter; -1 with errno.
static int read_program(int tid, int index, struct program *program) {
  const long length = ptrace(PTRACE_SECCOMP_GET_FILTER, tid, (void *)(long)index, NULL);
  if (length < 0) return errno == ENOENT ? 0 : -1;
  program->code = calloc((size_t)length + 1, sizeof *program->code);
  if (program->code == NULL) return -1;
  if (ptrace(PTRACE_SECCOMP_GET_FILTER, tid, (void *)(long)index, program->code) != length) {
    free(program->code);
    return -1;
  }
  program->length = (int)length;
  return 1;
}

struct filter_set *filter_set_read(int tid) {
  struct filter_set *set = calloc(1, sizeof *set);
  if (set == NULL) return NULL;
  set->users = 1;
  int more = 1;
  while (set->count < kMaxFilters) {
    struct program program;
    more = read_program(tid, set->count, &program);
    if (more <= 0) break;
    struct program *programs = realloc(set->programs, (size_t)(set->count + 1) * sizeof *programs);
    if (programs == NULL) {
      free(program.code);
      more = -1;
      break;
    }
    set->programs = programs;
    set->programs[set->count++] = program;
    set->length += program.length;
  }
  if (more == 0 && set->count > 0) return set;
  const int error = more == 0 ? ENOENT : errno;
  free_set(set);
  errno = error;
  return NULL;
}

struct filter_set *filter_set_share(struct filter_set *set) {
  if (set != NULL) ++set->users;
  return set;
}

void filter_set_drop(struct filter_set *set) {
  if (set != NULL && --set->users == 0) free_set(set);
}

int filter_set_count(const struct filter_set *set) { return set->count; }
int filter_set_length(const struct filter_set *set) { return set->length; }

static uint32_t compute(uint16_t operation, uint32_t a, uint32_t operand) {
  switch (operation) {
    case BPF_ADD: return a + operand;
    case BPF_SUB: return a - operand;
    case BPF_MUL: return a * operand;
    case BPF_DIV: return operand == 0 ? 0 : a / operand;
    case BPF_AND: return a & operand;
    case BPF_OR: return a | operand;
    case BPF_XOR: return a ^ operand;
    case BPF_LSH: return operand > 31 ? 0 : a << operand;
    case BPF_RSH: return operand > 31 ? 0 : a >> operand;
    case BPF_NEG: return 0 - a;
    default: return a;
  }
}

static int jumps(uint16_t operation, uint32_t a, uint32_t operand) {
  switch (operation) {
    case BPF_JEQ: return a == operand;
    case BPF_JGT: return a > operand;
    case BPF_JGE: return a >= operand;
    default: return (a & operand) != 0;  // BPF_JSET
  }
}

static uint32_t load(const struct sock_filter *step, const struct seccomp_data *data, const uint32_t *memory) {
  uint32_t word = 0;
  switch (BPF_MODE(step->code)) {
    case BPF_IMM: return step->k;
    case BPF_LEN: return sizeof *data;
    case BPF_MEM: return memory[step->k % BPF_MEMWORDS];
    default:
      if (step->k <= sizeof *data - sizeof word) memcpy(&word, (const char *)data + step->k, sizeof word);
      return word;
  }
}

static uint32_t run(const struct program *program, const struct seccomp_data *data) {
  uint32_t a = 0, x = 0, memory[BPF_MEMWORDS] = {0};
  for (int at = 0; at < program->length; ++at) {  // jumps only go forward
    const struct sock_filter *step = &program->code[at];
    const uint32_t operand = BPF_SRC(step->code) == BPF_X ? x : step->k;
    switch (BPF_CLASS(step->code)) {
      case BPF_LD: a = load(step, data, memory); break;
      case BPF_LDX: x = load(step, data, memory); break;
      case BPF_ST: memory[step->k % BPF_MEMWORDS] = a; break;
      case BPF_STX: memory[step->k % BPF_MEMWORDS] = x; break;
      case BPF_ALU: a = compute(BPF_OP(step->code), a, operand); break;
      case BPF_JMP:
        if (BPF_OP(step->code) == BPF_JA) at += (int)step->k;
        else at += jumps(BPF_OP(step->code), a, operand) ? step->jt : step->jf;
        break;
      case BPF_RET: return BPF_RVAL(step->code) == BPF_A ? a : step->k;
      default:  // BPF_MISC
        if (BPF_MISCOP(step->code) == BPF_TAX) x = a;
        else a = x;
    }
  }
  return SECCOMP_RET_KILL_PROCESS;
}

uint32_t filter_set_answer(const struct filter_set *set, const struct seccomp_data *data) {
  uint32_t strongest = SECCOMP_RET_ALLOW;
  for (int i = set->count - 1; i >= 0; --i) {  // of equal actions the newest filter's data counts
    const uint32_t answer = run(&set->programs[i], data);
    if ((int32_t)(answer & SECCOMP_RET_ACTION_FULL) < (int32_t)(strongest & SECCOMP_RET_ACTION_FULL)) strongest = answer;
  }
  return strongest;
}
