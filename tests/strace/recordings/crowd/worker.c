// Threads and a child that are at work when a tracer comes, and still when it leaves.
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

static void *work(void *name) {
  for (;;) {
    mkdir(name, 0700);
    usleep(20000);
  }
}

int main(void) {
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, work, "/nowhere/a");
  pthread_create(&threads[1], NULL, work, "/nowhere/b");
  if (fork() == 0) {
    for (int i = 0; i < 300; ++i) usleep(20000);
    _exit(0);
  }
  pause();
}
