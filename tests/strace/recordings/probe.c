// The program of the recordings: a few calls of every kind, a child, a signal, and a string that looks like a line of strace's.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void on_usr1(int number) { (void)number; }

int main(void) {
  const char fake[] = "7 mkdir(\"/x\", 0777) = -1 EPERM (Operation not permitted)\n";
  int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  write(null, fake, sizeof fake - 1);
  write(null, ") = 0\n+++ killed by SIGSYS +++\n", 31);
  mkdir("/nowhere/a)b = 3", 0755);
  close(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  socket(45, SOCK_DGRAM, 0);
  prctl(PR_SET_NAME, "probe (1) = 2");
  personality(0xffffffff);
  struct termios settings;
  ioctl(null, TCGETS, &settings);
  void* page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(page, 4096, PROT_READ);
  fchmod(-1, 0644);
  syscall(9999, 1, 2, 3);
  struct iovec parts[2] = {{(void*)"a", 1}, {(void*)"b", 1}};
  writev(null, parts, 2);
  signal(SIGUSR1, on_usr1);
  kill(getpid(), SIGUSR1);
  pid_t child = fork();
  if (child == 0) {
    unshare(CLONE_FILES);
    _exit(3);
  }
  int status;
  waitpid(child, &status, 0);
  return 0;
}
