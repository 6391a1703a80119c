/* Forks many times, so that numbers come round, and tries one call in the parent and in every tenth child. */
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void try_call(const char *name) {
  if (strcmp(name, "mkdir") == 0) mkdir("/srv/data", 0777);
  if (strcmp(name, "rmdir") == 0) rmdir("/srv/data");
  if (strcmp(name, "chmod") == 0) chmod("/srv", 0755);
  if (strcmp(name, "link") == 0) link("/bin/sh", "/srv/sh");
  if (strcmp(name, "symlink") == 0) symlink("sh", "/srv/sh");
}

int main(int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : "";
  if (argc > 2) {
    try_call(name);
    return 0;
  }
  for (int i = 0; i < 30; ++i) {
    if (fork() == 0) {
      if (i % 10 == 0) try_call(name);
      if (i % 10 == 5) execl("/bin/worker", "worker", name, "child", (char *)0);
      _exit(0);
    }
    wait(0);
  }
  try_call(name);
  return 0;
}
