/* A program whose processes are denied calls in every way that a process can come to be in a container. */
#define _GNU_SOURCE
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void leaf(void) {
  sleep(5); /* long enough for a timer to see it */
  mkdir("/srv/data", 0777);
  _exit(0);
}

static void run_leaf(void) {
  execl("/bin/worker", "worker", "leaf", (char *)0);
  _exit(1);
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "leaf") == 0) leaf();
  chmod("/srv", 0755);
  if (fork() == 0) run_leaf();      /* a child that runs a program */
  if (fork() == 0) leaf();          /* a child that does not */
  if (fork() == 0) {                /* an orphan */
    if (fork() == 0) run_leaf();
    _exit(0);
  }
  if (argc > 1 && strcmp(argv[1], "nested") == 0 && unshare(CLONE_NEWPID) == 0 && fork() == 0) {
    if (fork() == 0) run_leaf();    /* in a pid namespace within the container's */
    wait(0);
    _exit(0);
  }
  sleep(6);
  chmod("/srv", 0755);
  while (wait(0) > 0) continue;
  return 0;
}
