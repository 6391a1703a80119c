// One record a call, written when it is left. Where seccomp may have had a hand in the result, the record waits for the task's next
// stop: a SIGSYS with SYS_SECCOMP, or death without a signal having been delivered.
#define _GNU_SOURCE
#include "calls.h"

#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "facts.h"
#include "record.h"

#if defined(__x86_64__)
static const uint32_t kNative = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
static const uint32_t kNative = AUDIT_ARCH_AARCH64;
#elif defined(__riscv) && __riscv_xlen == 64
static const uint32_t kNative = AUDIT_ARCH_RISCV64;
#elif defined(__i386__)
static const uint32_t kNative = AUDIT_ARCH_I386;
#elif defined(__arm__)
static const uint32_t kNative = AUDIT_ARCH_ARM;
#elif defined(__s390x__)
static const uint32_t kNative = AUDIT_ARCH_S390X;
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
static const uint32_t kNative = AUDIT_ARCH_PPC64LE;
#else
static const uint32_t kNative = 0;  // no call of this architecture is known by its number
#endif

enum { kSeccompTrapCode = 1 };  // SYS_SECCOMP, include/uapi/asm-generic/siginfo.h

static int is_native(const struct call *call, long number) { return call->arch == kNative && call->number == number; }

// The 32-bit architecture whose programs this kernel runs too. The numbers that matter are the same on both that there are, but three.
#if defined(__x86_64__)
static const uint32_t kCompat = AUDIT_ARCH_I386;
enum { kCompatSeccomp = 354, kCompatSetns = 346, kCompatUnshare = 310 };
#elif defined(__aarch64__)
static const uint32_t kCompat = AUDIT_ARCH_ARM;
enum { kCompatSeccomp = 383, kCompatSetns = 375, kCompatUnshare = 337 };
#else
static const uint32_t kCompat = 0;
enum { kCompatSeccomp = -1, kCompatSetns = -1, kCompatUnshare = -1 };
#endif

static int is_one_of(const struct call *call, const long *numbers, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (call->number == numbers[i]) return 1;
  }
  return 0;
}

// Calls after which the facts of a task may differ.
static int changes_facts(const struct call *call) {
  static const long kNumbers[] = {SYS_seccomp, SYS_prctl,  SYS_setns,    SYS_unshare, SYS_capset,
                                  SYS_setuid,  SYS_setreuid, SYS_setresuid};
  // prctl, capset, setuid, setreuid and setresuid of 16 and of 32 bits
  static const long kCompatNumbers[] = {kCompatSeccomp, 172, kCompatSetns, kCompatUnshare, 185, 23, 213, 70, 203, 164, 208};
  if (call->arch == kNative) return is_one_of(call, kNumbers, sizeof kNumbers / sizeof *kNumbers);
  return kCompat != 0 && call->arch == kCompat && is_one_of(call, kCompatNumbers, sizeof kCompatNumbers / sizeof *kCompatNumbers);
}

static int loads_filter(const struct call *call) {
  return is_native(call, SYS_seccomp) || (kCompat != 0 && call->arch == kCompat && call->number == kCompatSeccomp);
}

static int makes_task(const struct call *call) {
  static const long kCompatNumbers[] = {2, 190, 120, 435};  // fork, vfork, clone, clone3
  if (kCompat != 0 && call->arch == kCompat) return is_one_of(call, kCompatNumbers, sizeof kCompatNumbers / sizeof *kCompatNumbers);
#ifdef SYS_fork
  if (is_native(call, SYS_fork) || is_native(call, SYS_vfork)) return 1;
#endif
#ifdef SYS_clone3
  if (is_native(call, SYS_clone3)) return 1;
#endif
  return is_native(call, SYS_clone);
}

static void begin_call(const struct call *call, int tid) {
  record_begin("call", call->entered, tid);
  record_hex("arch", call->arch);
  record_decimal("nr", call->number);
  record_hex_list("args", call->args, 6);
}

// The end of a call that gave a result, as the filters are known to have meant it.
static void end_with_answer(const struct call *call) {
  const uint32_t data = call->answer & SECCOMP_RET_DATA;
  const char *word = NULL;
  switch (call->answer & SECCOMP_RET_ACTION_FULL) {
    // A result that contradicts the answer was made by somebody else, and is left unexplained.
    case SECCOMP_RET_ERRNO: word = call->result == -(int64_t)(data > 4095 ? 4095 : data) ? "errno" : NULL; break;
    case SECCOMP_RET_USER_NOTIF: word = "notify"; break;
    case SECCOMP_RET_LOG: word = "log"; break;
    default: break;
  }
  if (call->asked_tracer) word = "trace";
  if (word == NULL) return;
  record_word("seccomp", word);
  record_decimal("data", call->asked_tracer ? call->trace_data : (int64_t)data);
}

static void write_result(struct task *task) {
  struct call *call = &task->call;
  begin_call(call, task->tid);
  if (call->result < 0 && call->result >= -4095) record_decimal("err", -call->result);
  else record_decimal("ret", call->result);
  end_with_answer(call);
  record_end();
  call->state = kNoCall;
}

// A call without a result of its own. word: seccomp's action, or null. data: its data, -1 not known.
static void write_without_result(struct task *task, const char *word, int data) {
  begin_call(&task->call, task->tid);
  record_word("ret", "?");
  if (word != NULL) record_word("seccomp", word);
  if (data >= 0) record_decimal("data", data);
  record_end();
  task->call.state = kNoCall;
}

static void settle(struct task *task) {
  if (task->call.state == kHeld) write_result(task);
}

static void entered(struct task *task, const struct __ptrace_syscall_info *info) {
  settle(task);
  if (task->call.state == kInCall) write_without_result(task, NULL, -1);
  struct call *call = &task->call;
  *call = (struct call){.state = kInCall, .arch = info->arch, .number = (int64_t)info->entry.nr, .answer = SECCOMP_RET_ALLOW};
  call->entered = record_now();
  for (int i = 0; i < 6; ++i) call->args[i] = info->entry.args[i];
  if (task->hidden && is_native(call, SYS_execve)) task->hidden = 0;
  if (task->filters == NULL) return;
  struct seccomp_data data = {.nr = (int)call->number, .arch = call->arch, .instruction_pointer = info->instruction_pointer};
  for (int i = 0; i < 6; ++i) data.args[i] = call->args[i];
  call->answer = filter_set_answer(task->filters, &data);
}

struct sharing {
  struct task *from;
};
static void share_filters(struct task *task, void *context) {
  struct task *from = ((struct sharing *)context)->from;
  if (task == from || task->tgid != from->tgid || task->filters == from->filters) return;
  filter_set_drop(task->filters);
  task->filters = filter_set_share(from->filters);
}

static void after_success(struct task *task) {
  const struct call call = task->call;
  if (makes_task(&call) && call.result > 0 && !call.forked) record_loss("untraced", task->tid, 0, 1);
  if (!changes_facts(&call)) return;
  calls_describe(task);
  if (loads_filter(&call) && (call.args[1] & SECCOMP_FILTER_FLAG_TSYNC) != 0) {
    struct sharing sharing = {task};
    task_each(share_filters, &sharing);
  }
}

// After TRAP and KILL the kernel puts back the registers that it found: on x86 the call's own number stands in the result, elsewhere
// its first argument (kernel/seccomp.c syscall_rollback).
static int may_be_rolled_back(const struct call *call) {
  return call->result == call->number || call->result == (int64_t)call->args[0];
}

static void left(struct task *task, const struct __ptrace_syscall_info *info) {
  if (task->hidden) {
    task->call.state = kNoCall;
    return;
  }
  if (task->call.state != kInCall) {
    if (task->call.state == kNoCall) record_loss("entry", task->tid, 0, 1);
    if (task->call.state == kWritten) task->call.state = kNoCall;
    return;
  }
  task->call.result = info->exit.rval;
  if (task->call.result >= 0) after_success(task);
  if (may_be_rolled_back(&task->call)) task->call.state = kHeld;
  else write_result(task);
}

void calls_syscall_stop(struct task *task) {
  struct __ptrace_syscall_info info;
  const long size = ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, (void *)sizeof info, &info);
  if (size < 0) {
    if (errno != ESRCH) record_loss("syscall-info", task->tid, errno, 1);
    return;
  }
  if (info.op == PTRACE_SYSCALL_INFO_ENTRY) entered(task, &info);
  else if (info.op == PTRACE_SYSCALL_INFO_EXIT) left(task, &info);
}

int calls_can_skip(void) {
#if defined(__x86_64__)
  return 1;
#else
  return 0;
#endif
}

void calls_seccomp_stop(struct task *task) {
  unsigned long data = 0;
  ptrace(PTRACE_GETEVENTMSG, task->tid, 0, &data);
  task->call.asked_tracer = 1;
  task->call.trace_data = (uint16_t)data;
#if defined(__x86_64__)
  // Number -1 is skipped, and the result register already holds -ENOSYS (arch/x86/entry).
  ptrace(PTRACE_POKEUSER, task->tid, (void *)offsetof(struct user, regs.orig_rax), (void *)-1L);
#endif
}

void calls_signal_stop(struct task *task, const siginfo_t *info) {
  const int from_seccomp = info->si_signo == SIGSYS && info->si_code == kSeccompTrapCode;
  if (task->call.state == kHeld && from_seccomp) write_without_result(task, "trap", info->si_errno & 0xFFFF);
  settle(task);
  if (task->hidden) return;
  record_begin("signal", record_now(), task->tid);
  record_decimal("sig", info->si_signo);
  record_decimal("code", info->si_code);
  if (from_seccomp) {
    record_hex("arch", (uint32_t)info->si_arch);
    record_decimal("nr", info->si_syscall);
    record_decimal("data", info->si_errno & 0xFFFF);
    record_hex("addr", (uint64_t)(uintptr_t)info->si_call_addr);
  } else if (info->si_code <= 0) {
    record_decimal("from", info->si_pid);
  }
  record_end();
}

// seen: the action that the manner of death speaks for. A readable filter knows better.
static const char *kill_word(const struct call *call, const char *seen) {
  switch (call->answer & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_KILL_PROCESS: return "kill_process";
    case SECCOMP_RET_KILL_THREAD: return "kill_thread";
    default: return seen;
  }
}

void calls_death(struct task *task, int status) {
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  const int killed = signal == SIGSYS || signal == SIGKILL;
  if (task->hidden) return;
  if (task->call.state == kHeld && signal == SIGSYS) {
    write_without_result(task, kill_word(&task->call, "kill_process"), -1);
  }
  settle(task);
  if (task->call.state != kInCall) return;
  // The kernel ended the task from within the call, without sending it a signal: seccomp's thread kill, or strict mode's.
  const int from_within = killed && facts_died_of_signal(task->tid) == 0;
  const char *word = signal == SIGSYS ? kill_word(&task->call, "kill_thread") : "strict";
  write_without_result(task, from_within ? word : NULL, -1);
}

void calls_exec(struct task *task, int former) {
  settle(task);
  if (task->call.state != kInCall || task->hidden) return;
  task->call.result = 0;
  begin_call(&task->call, former);
  record_decimal("ret", 0);
  end_with_answer(&task->call);
  record_end();
  task->call.state = kWritten;
}

void calls_describe(struct task *task) {
  static int refused;
  const int filters = facts_record(task->tid);
  task->known = 1;
  if (filters < 0 || filters == (task->filters == NULL ? 0 : filter_set_count(task->filters))) return;
  filter_set_drop(task->filters);
  task->filters = filters == 0 || refused ? NULL : filter_set_read(task->tid);
  const int error = task->filters == NULL ? errno : 0;
  if (filters == 0 || refused) return;
  record_begin("filters", record_now(), task->tid);
  if (task->filters == NULL) {
    refused = error == EACCES || error == EPERM;
    record_decimal("errno", error);
  } else {
    record_decimal("count", filter_set_count(task->filters));
    record_decimal("insns", filter_set_length(task->filters));
  }
  record_end();
}
