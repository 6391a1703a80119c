// seccomp-medic-capture: runs or attaches to programs and writes every system call with its raw arguments, and what the kernel says of
// each process. See man/seccomp-medic-capture.1; the format is man/seccomp-medic-capture.5. Needs Linux 5.3 and no library but libc.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "facts.h"
#include "launch.h"
#include "record.h"
#include "task.h"

#ifndef CAPTURE_VERSION
#define CAPTURE_VERSION "0"
#endif

enum { kFlushMilliseconds = 500, kExitUsage = 2, kExitCannot = 125, kMaxAttached = 1024 };

static const char kUsage[] =
    "usage: seccomp-medic-capture [-o FILE] [-p PID]... [--] [PROGRAM [ARGUMENT]...]\n"
    "Records the system calls of PROGRAM, or of running processes, with everything they start.\n"
    "  -o FILE  write the capture to FILE (default: standard error)\n"
    "  -p PID   attach to a running process and its threads; may be given again\n"
    "  -h       this text\n"
    "  -V       the version\n";

struct options {
  const char *output;
  int pids[kMaxAttached];
  int pid_count;
  char **program;  // ends in null; null when none is to be started
};

static pid_t program;            // our own child, 0: none
static int program_status;       // wait status, once it is dead
static volatile sig_atomic_t asked_to_end;
static int leaving;

static long trace_options(void) {
  const long always = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                      PTRACE_O_TRACEEXIT;
  return calls_can_skip() ? always | PTRACE_O_TRACESECCOMP : always;
}

static void complain(const char *what, int error) {
  fprintf(stderr, "seccomp-medic-capture: %s%s%s\n", what, error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
}

// Signals that are for the program, not for us. Those that a terminal sends have reached it already.
static void forward(int signal, siginfo_t *info, void *context) {
  (void)context;
  if (signal == SIGALRM) return;
  if (program == 0) asked_to_end = 1;
  else if (info->si_code != SI_KERNEL) kill(program, signal);
}

static void catch_signals(void) {
  static const int kForwarded[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH, SIGALRM};
  struct sigaction action = {.sa_sigaction = forward, .sa_flags = SA_SIGINFO};
  for (size_t i = 0; i < sizeof kForwarded / sizeof *kForwarded; ++i) sigaction(kForwarded[i], &action, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  const struct timeval period = {.tv_usec = kFlushMilliseconds * 1000};
  const struct itimerval timer = {period, period};
  setitimer(ITIMER_REAL, &timer, NULL);
}

static void write_header(void) {
  struct utsname system;
  uname(&system);
  record_begin("seccomp-medic-capture", record_now(), 0);
  record_decimal("version", 1);
  record_word("recorder", CAPTURE_VERSION);
  record_text("machine", system.machine, strlen(system.machine));
  record_text("kernel", system.release, strlen(system.release));
  record_end();
}

static void resume(struct task *task, int signal) {
  // A task killed meanwhile is gone (ESRCH); its end is still reported.
  if (!leaving) {
    ptrace(PTRACE_SYSCALL, task->tid, NULL, (void *)(long)signal);
    return;
  }
  ptrace(PTRACE_DETACH, task->tid, NULL, (void *)(long)signal);
  calls_death(task, 0);  // of the recording: what is open is written
  record_begin("detach", record_now(), task->tid);
  record_end();
  task_remove(task->tid);
}

static struct task *need_task(int tid) {
  struct task *task = task_add(tid);
  if (task == NULL) {
    record_loss("memory", tid, ENOMEM, 1);
    return NULL;
  }
  if (task->tgid < 0) task->tgid = facts_tgid(tid);
  if (!task->known && !task->hidden) calls_describe(task);
  return task;
}

static void forked(struct task *task) {
  unsigned long child = 0;
  if (ptrace(PTRACE_GETEVENTMSG, task->tid, 0, &child) != 0) return;
  task->call.forked = 1;
  struct task *added = task_add((int)child);
  if (added == NULL) {
    record_loss("memory", (int)child, ENOMEM, 1);
    return;
  }
  if (added->tgid < 0) added->tgid = facts_tgid((int)child);
  if (added->filters == NULL) added->filters = filter_set_share(task->filters);
  record_begin("fork", record_now(), task->tid);
  record_decimal("child", (int64_t)child);
  record_decimal("thread", added->tgid >= 0 && added->tgid == task->tgid);
  record_end();
  if (!added->known) calls_describe(added);
}

static void write_exit(int tid, int status) {
  record_begin("exit", record_now(), tid);
  if (WIFSIGNALED(status)) {
    record_decimal("sig", WTERMSIG(status));
    if (WCOREDUMP(status)) record_decimal("core", 1);
  } else {
    record_decimal("code", WEXITSTATUS(status));
  }
  record_end();
}

// The other threads are gone, and the task has its group leader's id, whoever it was before.
static struct task *executed(int tid) {
  unsigned long former = (unsigned long)tid;
  ptrace(PTRACE_GETEVENTMSG, tid, 0, &former);
  struct task *task = task_find((int)former);
  struct task *leader = task_find(tid);
  if (task != NULL && leader != NULL && task != leader) {
    calls_death(leader, 0);
    write_exit(tid, 0);
  }
  if (task == NULL) task = need_task(tid);
  if (task == NULL) return NULL;
  calls_exec(task, (int)former);
  task_rename(task, tid);
  task->tgid = tid;
  char text[kRecordText];
  record_begin("exec", record_now(), tid);
  if (former != (unsigned long)tid) record_decimal("former", (int64_t)former);
  int length = facts_exe(tid, text, sizeof text);
  if (length > 0) record_text("exe", text, (size_t)length);
  length = facts_argv0(tid, text, sizeof text);
  if (length > 0) record_text("argv0", text, (size_t)length);
  record_end();
  calls_describe(task);
  return task;
}

static void event_stop(struct task *task, int event, int signal) {
  unsigned long message = 0;
  switch (event) {
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE: forked(task); break;
    case PTRACE_EVENT_SECCOMP: calls_seccomp_stop(task); break;
    case PTRACE_EVENT_EXIT:
      if (ptrace(PTRACE_GETEVENTMSG, task->tid, 0, &message) == 0) calls_death(task, (int)message);
      break;
    case PTRACE_EVENT_STOP:
      if (signal != SIGTRAP && !leaving) {  // a group stop: stay stopped until SIGCONT
        if (ptrace(PTRACE_LISTEN, task->tid, NULL, NULL) == 0) return;
      }
      break;
    default: break;
  }
  resume(task, 0);
}

static void signal_stop(struct task *task, int signal) {
  siginfo_t info;
  if (ptrace(PTRACE_GETSIGINFO, task->tid, NULL, &info) == 0) calls_signal_stop(task, &info);
  resume(task, signal);
}

static void ended(int tid, int status) {
  struct task *task = task_find(tid);
  if (tid == program) program_status = status;
  if (task == NULL) return;  // an orphan that was never traced
  calls_death(task, status);
  if (!task->hidden) write_exit(tid, status);
  task_remove(tid);
}

static void stopped(int tid, int status) {
  const int signal = WSTOPSIG(status), event = status >> 16;
  struct task *task = event == PTRACE_EVENT_EXEC ? executed(tid) : need_task(tid);
  if (task == NULL) {
    ptrace(PTRACE_DETACH, tid, NULL, NULL);
  } else if (event != 0) {
    event_stop(task, event, signal);
  } else if (signal == (SIGTRAP | 0x80)) {
    calls_syscall_stop(task);
    resume(task, 0);
  } else {
    signal_stop(task, signal);
  }
}

static void interrupt(struct task *task, void *context) {
  (void)context;
  ptrace(PTRACE_INTERRUPT, task->tid, NULL, NULL);
}

static void trace(void) {
  while (task_count() > 0) {
    int status = 0;
    const pid_t tid = wait4(-1, &status, __WALL, NULL);
    if (tid < 0 && errno == ECHILD) break;
    if (tid < 0) {
      record_flush();
      if (asked_to_end && !leaving) {
        leaving = 1;
        task_each(interrupt, NULL);
      }
    } else if (WIFSTOPPED(status)) {
      stopped(tid, status);
    } else {
      ended(tid, status);
    }
  }
}

static int attach_task(int tid) {
  if (task_find(tid) != NULL) return 0;
  if (ptrace(PTRACE_SEIZE, tid, NULL, (void *)trace_options()) != 0) {
    record_loss("attach", tid, errno, 1);
    return errno;
  }
  ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
  need_task(tid);
  return 0;
}

// Every thread; again and again, until a round finds no new one.
static int attach_process(int pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  const int error = attach_task(pid);
  for (size_t before = 0; error == 0 && before != task_count();) {
    before = task_count();
    DIR *threads = opendir(path);
    if (threads == NULL) {
      record_loss("threads", pid, errno, 0);
      break;
    }
    for (struct dirent *entry; (entry = readdir(threads)) != NULL;) {
      if (entry->d_name[0] != '.') attach_task(atoi(entry->d_name));
    }
    closedir(threads);
  }
  return error;
}

static int read_pid(const char *text) {
  char *end;
  const long pid = strtol(text, &end, 10);
  return *text != 0 && *end == 0 && pid > 0 && pid < 1 << 22 ? (int)pid : -1;
}

// -1: go on; else the exit status.
static int read_options(int argc, char **argv, struct options *options) {
  for (int letter; (letter = getopt(argc, argv, "+o:p:hV")) != -1;) {
    switch (letter) {
      case 'o': options->output = optarg; break;
      case 'p':
        if (options->pid_count == kMaxAttached || (options->pids[options->pid_count++] = read_pid(optarg)) < 0) {
          complain("-p takes a process id", 0);
          return kExitUsage;
        }
        break;
      case 'h': fputs(kUsage, stdout); return 0;
      case 'V': puts("seccomp-medic-capture " CAPTURE_VERSION); return 0;
      default: fputs(kUsage, stderr); return kExitUsage;
    }
  }
  options->program = optind < argc ? argv + optind : NULL;
  if (options->program != NULL || options->pid_count > 0) return -1;
  fputs(kUsage, stderr);
  return kExitUsage;
}

static int open_output(const char *name) {
  if (name == NULL) return fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (strcmp(name, "-") == 0) return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  return open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static int start(char **arguments) {
  int error = 0;
  program = launch(arguments, trace_options(), &error);
  if (program < 0) {
    complain(arguments[0], error);
    return error == ENOENT ? 127 : error == EACCES ? 126 : kExitCannot;
  }
  struct task *task = task_add(program);
  if (task == NULL) return kExitCannot;
  task->tgid = program;
  task->hidden = 1;
  return 0;
}

// Ends as the program ended.
static int end_alike(void) {
  if (program == 0 || WIFEXITED(program_status)) return program == 0 ? 0 : WEXITSTATUS(program_status);
  const struct rlimit no_core = {0, 0};
  const int signal_number = WTERMSIG(program_status);
  setrlimit(RLIMIT_CORE, &no_core);
  signal(signal_number, SIG_DFL);
  raise(signal_number);
  return 128 + signal_number;  // the first process of a pid namespace does not die of it
}

static int write_trailer(void) {
  record_begin("end", record_now(), 0);
  record_decimal("records", (int64_t)record_count());
  record_decimal("losses", (int64_t)record_losses());
  record_end();
  return record_flush();
}

int main(int argc, char **argv) {
  static struct options options;
  const int early = read_options(argc, argv, &options);
  if (early >= 0) return early;
  const int fd = open_output(options.output);
  if (fd < 0) {
    complain(options.output, errno);
    return kExitCannot;
  }
  record_open(fd);
  write_header();
  const int without_facts = facts_open();
  if (without_facts != 0) record_loss("proc", 0, without_facts, 0);
  int refused = 0;
  for (int i = 0; i < options.pid_count; ++i) {
    const int error = attach_process(options.pids[i]);
    if (error != 0) complain("cannot attach", error);
    refused += error != 0;
  }
  const int failed = options.program != NULL ? start(options.program) : 0;
  catch_signals();
  trace();
  const int unwritten = write_trailer();
  if (unwritten != 0) complain("the end of the capture could not be written", unwritten);
  if (failed != 0) return failed;
  return options.program == NULL && refused == options.pid_count ? kExitCannot : end_alike();
}
