// The program of this folder's recordings: several tasks at once. A child and its child in a pid namespace of their own, a thread that
// executes a new program over its leader, a sleep that is stopped and continued, connected sockets, calls by int 0x80 out of a
// 64-bit program, and strings that look like lines of strace's. Its calls are the same in every run, but for futex.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int null;

static void fool(void) {
  static const char *const kFakes[] = {"\", 7) = -1 EPERM (Operation not permitted)\n", " <unfinished ...>\n", "<... mkdir resumed>) = -1 EPERM (Operation not permitted)\n",
                                       "[pid 1] mkdir(\"/x\", 0777) = -1 EPERM (Operation not permitted)\n", "--- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP} ---\n",
                                       "[ Process PID=1 runs in 32 bit mode. ]\n", "strace: Process 7 attached\n", "\\", "\303\244</etc/passwd>) = 3\1\2\377", "\"...", "(((({{{{[[[["};
  for (unsigned i = 0; i < sizeof kFakes / sizeof *kFakes; ++i) write(null, kFakes[i], strlen(kFakes[i]));
  prctl(PR_SET_NAME, ") = 1> [pid 2");
  mkdir("/nowhere/x\", 0777) = -1 EPERM (Operation not permitted)", 0);
  rmdir("/nowhere/ <unfinished ...>");
  access("/nowhere/a>b<c(d, \"e\") = 0", R_OK | W_OK);
  int odd = open("/tmp/crowd) = -1 EPERM (x)> <1.5>", O_RDWR | O_CREAT | O_TRUNC, 0600);
  write(odd, "0123456789abcdef) = 3\n", 22);
  lseek(odd, -5, SEEK_END);
  char buffer[64];
  read(odd, buffer, sizeof buffer);
  unlink("/tmp/crowd) = -1 EPERM (x)> <1.5>");
  fchmod(odd, 0640);  // -y says (deleted)
  close(odd);
}

static void network(void) {
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof here;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP), caller = socket(AF_INET, SOCK_STREAM, 0), pair[2], one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  bind(listener, (struct sockaddr *)&here, size);
  listen(listener, 4);
  getsockname(listener, (struct sockaddr *)&here, &size);
  connect(caller, (struct sockaddr *)&here, size);
  int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  sendto(caller, "hello", 5, MSG_NOSIGNAL, NULL, 0);
  recvfrom(accepted, &one, 4, MSG_PEEK, NULL, NULL);
  shutdown(caller, SHUT_RDWR);
  socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
  struct msghdr message = {0};
  sendmsg(pair[0], &message, MSG_DONTWAIT);
  close(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 15));
  socket(AF_VSOCK, SOCK_RAW, 77);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {EPOLLIN, {0}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, null, &event);
  epoll_ctl(epoll, EPOLL_CTL_ADD, caller, &event);
  struct pollfd polled = {accepted, POLLIN, 0};
  poll(&polled, 1, 1000);
}

// mkdir(0, 0) and socketcall(SYS_SOCKET, {AF_UNIX, SOCK_STREAM, 0}), i386's numbers.
static void in_32_bit(void) {
#ifdef __x86_64__
  static unsigned words[3] = {1, 1, 0};
  unsigned *low = (unsigned *)(unsigned long)words;
  long result;
  asm volatile("int $0x80" : "=a"(result) : "a"(39), "b"(0), "c"(0) : "memory", "r8", "r9", "r10", "r11");
  asm volatile("int $0x80" : "=a"(result) : "a"(102), "b"(1), "c"(low) : "memory", "r8", "r9", "r10", "r11");
  close((int)result);
#endif
}

static int grandchild(void *unused) {
  (void)unused;
  syscall(SYS_getpid);
  if (fork() == 0) {
    syscall(SYS_getppid);
    _exit(4);
  }
  int status;
  wait4(-1, &status, __WALL, NULL);
  kill(getpid(), 0);
  return 2;
}

static void namespaces(void) {
  static char stack[65536] __attribute__((aligned(16)));
  int status;
  pid_t child = clone(grandchild, stack + sizeof stack, CLONE_NEWPID | SIGCHLD, NULL);
  waitpid(child, &status, 0);
  struct clone_args how = {.flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
  long third = syscall(SYS_clone3, &how, sizeof how);
  if (third == 0) {
    unshare(CLONE_NEWUTS | CLONE_FS);
    _exit(5);
  }
  waitpid((pid_t)third, &status, 0);
  if (vfork() == 0) _exit(6);
  wait(&status);
}

// A sleep of the child is interrupted by a stop; the kernel goes on with it as restart_syscall.
static void stop_and_continue(void) {
  pid_t sleeper = fork();
  if (sleeper == 0) {
    struct timespec time = {0, 300000000};
    nanosleep(&time, NULL);
    _exit(7);
  }
  int status;
  struct timespec time = {0, 100000000};
  nanosleep(&time, NULL);
  kill(sleeper, SIGSTOP);
  waitpid(sleeper, &status, WUNTRACED);
  kill(sleeper, SIGCONT);
  waitpid(sleeper, &status, 0);
}

static void *become(void *name) {
  struct timespec time = {0, 50000000};
  nanosleep(&time, NULL);
  execl(name, name, "second", (char *)NULL);
  return NULL;
}

int main(int count, char **words) {
  null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (count > 1) return 3;
  signal(SIGCHLD, SIG_DFL);
  fool();
  network();
  mknod("/nowhere/device", S_IFCHR | 0666, makedev(1, 3));
  in_32_bit();
  namespaces();
  stop_and_continue();
  pthread_t thread;
  pthread_create(&thread, NULL, become, words[0]);
  for (;;) pause();
}
