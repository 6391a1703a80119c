// The traced side of the recorder's tests: each verb is a behaviour that a recorder could spoil. `tracee VERB [ARGUMENT]`.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void pause_ms(long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  while (nanosleep(&time, &time) != 0 && errno == EINTR) {
  }
}

// getppid is answered with `action`; everything else is allowed.
static void install(unsigned action, unsigned flags) {
  struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                               BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1), BPF_STMT(BPF_RET | BPF_K, action),
                               BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) != 0) _exit(99);
}

static void *ask(void *unused) {
  syscall(SYS_getppid);
  return unused;
}

static void *ask_often(void *unused) {
  for (int i = 0; i < 20; ++i) syscall(SYS_getpgid, 0);
  return unused;
}

static void *become(void *name) {
  pause_ms(20);
  execl(name, name, "exit", "5", (char *)NULL);
  return NULL;
}

static volatile sig_atomic_t seen;
static void note(int signal) { seen = signal; }

static int filtered(const char *action) {
  signal(SIGSYS, strcmp(action, "trap-handled") == 0 ? note : SIG_DFL);
  if (strcmp(action, "kill_thread") == 0) {
    pthread_t thread;
    install(SECCOMP_RET_KILL_THREAD, 0);
    pthread_create(&thread, NULL, ask, NULL);
    pause_ms(100);
    return 4;
  }
  if (strcmp(action, "strict") == 0) {
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
    syscall(SYS_getppid);
    return 98;
  }
  if (strcmp(action, "tsync") == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, become, "/bin/true");
    install(SECCOMP_RET_ERRNO | EACCES, SECCOMP_FILTER_FLAG_TSYNC);
    return syscall(SYS_getppid) == -1 && errno == EACCES ? 0 : 97;
  }
  const struct {
    const char *name;
    unsigned action;
  } kActions[] = {{"kill_process", SECCOMP_RET_KILL_PROCESS}, {"trap", SECCOMP_RET_TRAP | 5},   {"trap-handled", SECCOMP_RET_TRAP | 5},
                  {"errno", SECCOMP_RET_ERRNO | EPERM},       {"errno0", SECCOMP_RET_ERRNO},   {"trace", SECCOMP_RET_TRACE | 9},
                  {"log", SECCOMP_RET_LOG}};
  for (size_t i = 0; i < sizeof kActions / sizeof *kActions; ++i) {
    if (strcmp(action, kActions[i].name) == 0) install(kActions[i].action, 0);
  }
  const long result = syscall(SYS_getppid);
  return result == -1 ? errno : 0;
}

static int threads(void) {
  for (int i = 0; i < 3; ++i) {
    pthread_t thread;
    pthread_create(&thread, NULL, ask_often, NULL);
    pthread_join(thread, NULL);
  }
  return 0;
}

static int stopped(void) {
  const pid_t parent = getpid();
  if (fork() == 0) {
    pause_ms(100);
    kill(parent, SIGCONT);
    _exit(0);
  }
  raise(SIGSTOP);
  wait(NULL);
  return 6;
}

static int untraced(void) {
  const long child = syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(0);
  waitpid((pid_t)child, NULL, 0);
  return 0;
}

int main(int count, char **words) {
  const char *verb = count > 1 ? words[1] : "", *argument = count > 2 ? words[2] : "";
  if (strcmp(verb, "exit") == 0) return atoi(argument);
  if (strcmp(verb, "die") == 0) raise(atoi(argument));
  if (strcmp(verb, "filter") == 0) return filtered(argument);
  if (strcmp(verb, "threads") == 0) return threads();
  if (strcmp(verb, "stop") == 0) return stopped();
  if (strcmp(verb, "untraced") == 0) return untraced();
  if (strcmp(verb, "calls") == 0) {
    for (int i = atoi(argument); i > 0; --i) syscall(SYS_getppid);
  }
  if (strcmp(verb, "fork") == 0) {
    if (fork() == 0) _exit(7);
    int status;
    wait(&status);
    return WEXITSTATUS(status);
  }
  if (strcmp(verb, "thread-exec") == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, become, words[0]);
    pthread_join(thread, NULL);
  }
  if (strcmp(verb, "await") == 0) {  // a signal; then says which
    signal(SIGUSR1, note);
    signal(SIGTERM, note);
    puts("ready");
    fflush(stdout);
    for (int i = 0; i < 500 && !seen; ++i) pause_ms(10);
    return seen;
  }
  return 0;
}
