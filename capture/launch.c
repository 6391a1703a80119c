// The child keeps the signal dispositions and the mask that we were started with: it is forked before we change any.
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int is_program(const char *path, int *error) {
  struct stat file;
  if (stat(path, &file) != 0) {
    if (*error != EACCES) *error = errno;
    return 0;
  }
  if (S_ISREG(file.st_mode) && access(path, X_OK) == 0) return 1;
  *error = EACCES;
  return 0;
}

// The path that execve will get, so that its search leaves no failed calls in the capture.
static int find_program(const char *name, char *path, int *error) {
  *error = ENOENT;
  if (strchr(name, '/') != NULL) {
    snprintf(path, PATH_MAX, "%s", name);
    return is_program(path, error);
  }
  const char *at = getenv("PATH");
  if (at == NULL) at = "/usr/local/bin:/usr/bin:/bin";
  for (;;) {
    const size_t length = strcspn(at, ":");
    const char *folder = length == 0 ? "." : at;
    const int written = snprintf(path, PATH_MAX, "%.*s/%s", (int)(length == 0 ? 1 : length), folder, name);
    if (written < PATH_MAX && is_program(path, error)) return 1;
    if (at[length] == 0) return 0;
    at += length + 1;
  }
}

static void become(const char *path, char **arguments, const int gate[2]) {
  char byte;
  close(gate[1]);
  while (read(gate[0], &byte, 1) < 0 && errno == EINTR) {
  }
  close(gate[0]);
  execv(path, arguments);
  const int error = errno;
  fprintf(stderr, "seccomp-medic-capture: %s: %s\n", arguments[0], strerror(error));
  _exit(error == ENOENT ? 127 : 126);
}

pid_t launch(char **arguments, long options, int *error) {
  static char path[PATH_MAX];
  int gate[2];
  if (!find_program(arguments[0], path, error)) return -1;
  if (pipe(gate) != 0) {
    *error = errno;
    return -1;
  }
  const pid_t child = fork();
  if (child == 0) become(path, arguments, gate);
  close(gate[0]);
  if (child > 0 && ptrace(PTRACE_SEIZE, child, NULL, (void *)options) == 0) {
    // The stop turns on the reporting of calls before the child can make one that counts.
    ptrace(PTRACE_INTERRUPT, child, NULL, NULL);
    int status;
    waitpid(child, &status, __WALL);
    ptrace(PTRACE_SYSCALL, child, NULL, NULL);
    close(gate[1]);
    return child;
  }
  *error = errno;
  if (child > 0) {
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
  }
  close(gate[1]);
  return -1;
}
