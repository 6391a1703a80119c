// Loads a filter as a container runtime does (no_new_privs, SECCOMP_FILTER_FLAG_LOG) and makes calls
// under it, in one of two ways:
//   reality_launch run FILTER CALL...    loads the filter, executes itself, makes the calls in a row
//   reality_launch probe FILTER CALL...  makes each in a child of its own, prints `CALL ANSWER` a line
// FILTER is a program as the kernel takes it, `-` for none; CALL is NUMBER:ARG:...:ARG in hex. An
// answer is an errno, 0, or `killed`.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sock_filter program[4096];

static int load(const char *path) {
  if (strcmp(path, "-") == 0) return 0;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t size = file < 0 ? -1 : read(file, program, sizeof program);
  if (size <= 0) return -1;
  close(file);
  const struct sock_fprog filter = {(unsigned short)((size_t)size / sizeof program[0]), program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &filter);
}

static long make(const char *text) {
  unsigned long value[7] = {0};
  char *end = NULL;
  for (int i = 0; i < 7; ++i) {
    value[i] = strtoul(text, &end, 16);
    if (*end != ':') break;
    text = end + 1;
  }
  errno = 0;
  return syscall((long)value[0], value[1], value[2], value[3], value[4], value[5], value[6]);
}

static int probe(const char *filter, const char *call) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    if (load(filter) != 0) _exit(255);
    const long result = make(call);
    _exit(result == -1 ? errno : 0);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return 1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 255) return 1;
  if (WIFEXITED(status))
    printf("%s %d\n", call, WEXITSTATUS(status));
  else
    printf("%s killed\n", call);
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  if (strcmp(argv[1], "probe") == 0) {
    for (int i = 3; i < argc; ++i) {
      if (probe(argv[2], argv[i]) != 0) return 1;
    }
    return 0;
  }
  if (strcmp(argv[1], "run") == 0) {
    char *calls = argv[0];
    argv[1] = "calls";
    if (load(argv[2]) != 0) return 1;
    execv(calls, argv);
    return 1;
  }
  for (int i = 3; i < argc; ++i) make(argv[i]);
  return 0;
}
