// Resolves a name through libc, asks for a system call by its number, and has a rare path.
#include <netdb.h>
#include <sys/syscall.h>
#include <sys/mount.h>
#include <unistd.h>

int main(int argc, char** argv) {
  struct addrinfo* found = nullptr;
  if (argc > 1) getaddrinfo(argv[1], nullptr, nullptr, &found);
  if (argc > 2) syscall(SYS_kexec_load, 0, 0, nullptr, 0);
  if (argc > 3) return umount("/nowhere");
  return 0;
}
