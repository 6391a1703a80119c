/* Writes the programs that one of systemd's own functions installs: the filters of a unit's directive.

   usage: unit_filters LIBSYSTEMD-SHARED PREFIX FUNCTION [NUMBER]

   The function runs in a child, which is then asked for its filters (PTRACE_SECCOMP_GET_FILTER, as root): PREFIX.0.bpf is
   the newest. Exit codes: 0 written, 1 the function failed, 77 it, or asking, is not to be had here. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PTRACE_SECCOMP_GET_FILTER
#define PTRACE_SECCOMP_GET_FILTER 0x420c
#endif

static void install(void *function, const char *number) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ptrace(PTRACE_TRACEME, 0, 0, 0);
  raise(SIGSTOP);
  int result = number ? ((int (*)(unsigned long))function)(strtoul(number, NULL, 0)) : ((int (*)(void))function)();
  if (result < 0) _exit(1);
  raise(SIGSTOP);
  _exit(0);
}

int main(int count, char **words) {
  if (count < 4) return 2;
  void *library = dlopen(words[1], RTLD_NOW);
  void *function = library ? dlsym(library, words[3]) : NULL;
  if (!function) return 77;
  pid_t child = fork();
  if (child == 0) install(function, count > 4 ? words[4] : NULL);
  int status = 0;
  waitpid(child, &status, 0);
  ptrace(PTRACE_CONT, child, 0, 0);
  waitpid(child, &status, 0);
  if (!WIFSTOPPED(status)) return 1;
  static struct sock_filter program[65536];
  int written = 0;
  for (;; ++written) {
    char name[4096];
    long length = ptrace(PTRACE_SECCOMP_GET_FILTER, child, (void *)(long)written, program);
    if (length < 0) break;
    snprintf(name, sizeof name, "%s.%d.bpf", words[2], written);
    FILE *out = fopen(name, "w");
    if (!out || fwrite(program, sizeof *program, length, out) != (size_t)length || fclose(out)) return 1;
  }
  kill(child, SIGKILL);
  return written > 0 ? 0 : 77;
}
