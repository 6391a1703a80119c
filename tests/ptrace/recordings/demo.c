// The program of the recordings: a file, a missing file, a refused directory, a socket, and a child that ends with status 3.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  const int file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  char byte;
  if (read(file, &byte, 1) != 1) return 1;
  close(file);
  open("/nonexistent/x", O_RDONLY);
  mkdir("/proc/nothing", 0755);
  close(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fork() == 0) {
    syscall(SYS_getpriority, 0, 0);
    _exit(3);
  }
  int status;
  wait(&status);
  return 0;
}
