/* Makes one named call with arguments that do no harm where they are permitted, and says how it went. Linked statically, so that it runs in an empty root. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static long sendbuffer(int option) {
  int size = 65536, s = socket(AF_UNIX, SOCK_DGRAM, 0);
  return setsockopt(s, SOL_SOCKET, option, &size, sizeof size);
}
static long low_port(void) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(80)};
  int s = socket(AF_INET, SOCK_STREAM, 0);
  return bind(s, (struct sockaddr *)&to, sizeof to);
}
static long raise_capability(void) {
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{0}};
  data[0].effective = data[0].permitted = 1u << CAP_SYS_ADMIN;
  return syscall(SYS_capset, &head, data);
}
static long set_hard_limit(void) {
  struct rlimit limit = {4096, RLIM_INFINITY};
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  limit.rlim_cur = 0, limit.rlim_max = 1;
  return setrlimit(RLIMIT_CORE, &limit);
}
static long forks(int most) {
  for (int i = 0; i < most; ++i) {
    pid_t child = fork();
    if (child < 0) return -1;
    if (child == 0) { pause(); _exit(0); }
  }
  return 0;
}
static long opens(const char *path) {
  for (int i = 0; i < 64; ++i) if (open(path, O_RDONLY) < 0) return -1;
  return 0;
}
static long set_file_capability(const char *path) {
  struct vfs_cap_data data = {.magic_etc = VFS_CAP_REVISION_2, .data = {{1u << CAP_NET_RAW, 0}}};
  return setxattr(path, "security.capability", &data, sizeof data, 0);
}
static long map_executable(const char *path) {
  int f = open(path, O_RDONLY);
  return mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, f, 0) == MAP_FAILED ? -1 : 0;
}
/* A macro, as the older call has to come after the newer one. */
#define with_fallback(newer, older) ((newer) < 0 ? (older) : 0)
static long interface_flags(void) {
  struct ifreq request = {.ifr_name = "lo"};
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  request.ifr_flags = IFF_UP;
  return ioctl(s, SIOCSIFFLAGS, &request);
}

static long try(const char *what, const char *path) {
  struct stat st;
  char buffer[256];
  struct { unsigned long a[16]; } zero = {{0}};
  if (!strcmp(what, "mount")) return mount("none", "/tmp", "tmpfs", 0, "");
  if (!strcmp(what, "umount2")) return umount2("/dev", MNT_DETACH);
  if (!strcmp(what, "fsopen")) return syscall(SYS_fsopen, "tmpfs", 0);
  if (!strcmp(what, "chroot")) return chroot("/tmp");
  if (!strcmp(what, "sethostname")) return sethostname("probe", 5);
  if (!strcmp(what, "settimeofday")) return syscall(SYS_settimeofday, 0, 0);
  if (!strcmp(what, "adjtimex")) { struct timex t = {.modes = ADJ_TICK, .tick = 10000}; return adjtimex(&t) < 0 ? -1 : 0; }
  if (!strcmp(what, "reboot")) return syscall(SYS_reboot, 1, 2, 3, 0);
  if (!strcmp(what, "delete_module")) return syscall(SYS_delete_module, "no_such_module", O_NONBLOCK);
  if (!strcmp(what, "swapon")) return syscall(SYS_swapon, "/no/such/file", 0);
  if (!strcmp(what, "acct")) return syscall(SYS_acct, "/no/such/file");
  if (!strcmp(what, "iopl")) return syscall(SYS_iopl, 3);
  if (!strcmp(what, "unshare-mount")) return unshare(CLONE_NEWNS);
  if (!strcmp(what, "unshare-uts")) return unshare(CLONE_NEWUTS);
  if (!strcmp(what, "unshare-user")) return unshare(CLONE_NEWUSER);
  if (!strcmp(what, "setns")) return setns(open("/proc/self/ns/uts", O_RDONLY), CLONE_NEWUTS);
  if (!strcmp(what, "open_by_handle_at")) return syscall(SYS_open_by_handle_at, AT_FDCWD, &zero, 0);
  if (!strcmp(what, "bpf")) return syscall(SYS_bpf, 5, &zero, sizeof zero);
  if (!strcmp(what, "perf_event_open")) { zero.a[0] = 0x7000000000UL << 0; return syscall(SYS_perf_event_open, &zero, -1, 0, -1, 0); }
  if (!strcmp(what, "ptrace-attach")) return ptrace(PTRACE_ATTACH, getppid(), 0, 0);
  if (!strcmp(what, "process_vm_readv")) return syscall(SYS_process_vm_readv, getppid(), 0, 0, 0, 0, 0);
  if (!strcmp(what, "kill")) return kill(getppid(), 0);
  if (!strcmp(what, "chown")) return chown(path, 1234, 1234);
  if (!strcmp(what, "chmod")) return chmod(path, 0700);
  if (!strcmp(what, "utimensat")) return utimensat(AT_FDCWD, path, (struct timespec[2]){{1, 0}, {1, 0}}, 0);
  if (!strcmp(what, "mknod-device")) return mknod(path, S_IFCHR | 0600, makedev(1, 3));
  if (!strcmp(what, "setuid")) return setuid(4321);
  if (!strcmp(what, "setgroups")) return syscall(SYS_setgroups, 1, (gid_t[1]){77});
  if (!strcmp(what, "capset")) return raise_capability();
  if (!strcmp(what, "capbset")) return prctl(PR_CAPBSET_DROP, CAP_SYSLOG, 0, 0, 0);
  if (!strcmp(what, "setxattr")) return set_file_capability(path);
  if (!strcmp(what, "socket-raw")) return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  if (!strcmp(what, "socket-packet")) return socket(AF_PACKET, SOCK_RAW, 0);
  if (!strcmp(what, "socket-unix")) return socket(AF_UNIX, SOCK_STREAM, 0);
  if (!strcmp(what, "bind")) return low_port();
  if (!strcmp(what, "sndbufforce")) return sendbuffer(SO_SNDBUFFORCE);
  if (!strcmp(what, "siocsifflags")) return interface_flags();
  if (!strcmp(what, "setpriority")) return setpriority(PRIO_PROCESS, 0, -5);
  if (!strcmp(what, "sched_setscheduler")) return sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){1});
  if (!strcmp(what, "hard-limit")) return set_hard_limit();
  if (!strcmp(what, "mlock")) return mlock(malloc(1 << 20), 1 << 20);
  if (!strcmp(what, "fork")) return forks(64);
  if (!strcmp(what, "nofile")) return opens("/proc/self/status");
  if (!strcmp(what, "syslog")) return syscall(SYS_syslog, 10, 0, 0);
  if (!strcmp(what, "fanotify_init")) return syscall(SYS_fanotify_init, 4, 0);
  if (!strcmp(what, "io_uring_setup")) return syscall(SYS_io_uring_setup, 2, &zero);
  if (!strcmp(what, "userfaultfd")) return syscall(SYS_userfaultfd, 0);
  if (!strcmp(what, "keyctl")) return syscall(SYS_keyctl, 0, -3, 0);
  if (!strcmp(what, "personality")) return syscall(SYS_personality, 0x0040000);
  if (!strcmp(what, "getppid")) return syscall(SYS_getppid);
  if (!strcmp(what, "statx")) return syscall(SYS_statx, AT_FDCWD, "/", 0, 0x7ff, &zero);
  if (!strcmp(what, "mkdir")) return mkdir(path, 0755);
  if (!strcmp(what, "create")) return open(path, O_CREAT | O_WRONLY, 0644);
  if (!strcmp(what, "open-read")) return open(path, O_RDONLY);
  if (!strcmp(what, "open-noatime")) return open(path, O_RDONLY | O_NOATIME);
  if (!strcmp(what, "unlink")) return unlink(path);
  if (!strcmp(what, "link")) return link(path, "/tmp/linked");
  if (!strcmp(what, "truncate")) return truncate(path, 0);
  if (!strcmp(what, "exec")) return execl(path, path, (char *)0);
  if (!strcmp(what, "mmap-exec")) return map_executable(path);
  if (!strcmp(what, "oom_score_adj")) { int f = open("/proc/self/oom_score_adj", O_WRONLY); return write(f, "-900", 4); }
  if (!strcmp(what, "faccessat2")) return with_fallback(syscall(SYS_faccessat2, AT_FDCWD, "/", R_OK, 0x200), access("/", R_OK));
  if (!strcmp(what, "statx-then-stat")) return with_fallback(syscall(SYS_statx, AT_FDCWD, "/", 0, 0x7ff, &zero), syscall(SYS_newfstatat, AT_FDCWD, "/", &st, 0));
  if (!strcmp(what, "openat2-then-openat")) { struct { unsigned long a, b, c; } how = {0}; return with_fallback(syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how), open("/", O_RDONLY)); }
  if (!strcmp(what, "close_range-then-close")) return with_fallback(syscall(SYS_close_range, 50, 60, 0), fcntl(0, F_GETFD));
  if (!strcmp(what, "getrandom-then-open")) return with_fallback(syscall(SYS_getrandom, buffer, 16, 0), open("/proc/self/status", O_RDONLY));
  if (!strcmp(what, "epoll-file")) { int e = syscall(SYS_epoll_create1, 0); return syscall(SYS_epoll_ctl, e, 1, open("/bin/probe", O_RDONLY), &zero); }
  if (!strcmp(what, "setsid")) { setpgid(0, 0); return setsid() < 0 ? 0 : 0; }
  fprintf(stderr, "unknown attempt %s\n", what);
  exit(2);
}

int main(int count, char **words) {
  if (count < 2) return 2;
  long result = try(words[1], count > 2 ? words[2] : "/tmp/probe");
  printf("%s: %s\n", words[1], result < 0 ? strerror(errno) : "done");
  fflush(stdout);
  signal(SIGTERM, SIG_IGN);
  kill(strcmp(words[1], "fork") ? getpid() : 0, SIGTERM);
  return result < 0;
}
