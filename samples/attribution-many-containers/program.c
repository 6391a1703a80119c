/* Makes one call from processes that came into the container in every way: by exec, by fork alone, as orphans, as threads, under
   another name, for a moment only, in an inner pid namespace.

   worker CALL START MODE: at START (seconds since 1970) all containers begin to fork at once. worker CALL leaf: a program of its
   own. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *call, *self;

static void try_call(void) {
  if (strcmp(call, "mkdir") == 0) syscall(SYS_mkdir, "/srv/data", 0777);
  if (strcmp(call, "rmdir") == 0) syscall(SYS_rmdir, "/srv/data");
  if (strcmp(call, "chmod") == 0) syscall(SYS_chmod, "/srv", 0755);
  if (strcmp(call, "link") == 0) syscall(SYS_link, "/bin/sh", "/srv/sh");
  if (strcmp(call, "symlink") == 0) syscall(SYS_symlink, "sh", "/srv/sh");
  if (strcmp(call, "rename") == 0) syscall(SYS_rename, "/srv/a", "/srv/b");
  if (strcmp(call, "truncate") == 0) syscall(SYS_truncate, "/srv/a", 0L);
  if (strcmp(call, "mknod") == 0) syscall(SYS_mknod, "/srv/a", 0L, 0L);
}

static void *in_thread(void *unused) {
  try_call();
  return unused;
}

static void slow(void) {
  sleep(3); /* long enough for a timer to see it */
  try_call();
  _exit(0);
}

static void moment(void) {
  try_call();
  _exit(0);
}

static void run(const char *what) {
  execl(self, self, call, what, (char *)0);
  _exit(1);
}

static void wait_until(long second) {
  struct timespec until = {second, 0};
  clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, 0);
}

static void burst(void) {
  if (fork() == 0) run("leaf");
  if (fork() == 0) run("moment");
  if (fork() == 0) slow();
  if (fork() == 0) moment();
  if (fork() == 0) {
    if (fork() == 0) slow(); /* an orphan */
    _exit(0);
  }
  if (fork() == 0) {
    prctl(PR_SET_NAME, "renamed");
    moment();
  }
  if (vfork() == 0) run("moment");
  pthread_t thread;
  if (pthread_create(&thread, 0, in_thread, 0) == 0) pthread_join(thread, 0);
}

int main(int argc, char **argv) {
  self = argv[0];
  call = argc > 1 ? argv[1] : "";
  if (argc > 2 && strcmp(argv[2], "leaf") == 0) slow();
  if (argc > 2 && strcmp(argv[2], "moment") == 0) moment();
  wait_until(argc > 2 ? atol(argv[2]) : 0);
  try_call();
  burst();
  if (argc > 3 && strcmp(argv[3], "nested") == 0 && unshare(CLONE_NEWPID) == 0 && fork() == 0) {
    if (fork() == 0) run("leaf"); /* in a pid namespace within the container's */
    if (fork() == 0) moment();
    while (wait(0) > 0) continue;
    _exit(0);
  }
  sleep(4);
  try_call();
  while (wait(0) > 0) continue;
  return 0;
}
