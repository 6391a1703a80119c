// Calls with every constant that a filter may ask for. Nothing of it succeeds in changing anything: descriptors are -1, pointers
// null.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static long bad = -1;
static void each(long number, int position, long from, long to) {
  for (long value = from; value <= to; ++value) {
    long args[6] = {bad, 0, 0, 0, 0, 0};
    args[position] = value;
    if (position != 0 && number != SYS_socket) args[0] = bad;
    syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]);
  }
}
static void bits(long number, int position, long always) {
  for (int bit = 0; bit < 32; ++bit) {
    long args[6] = {bad, 0, 0, 0, 0, 0};
    args[position] = (long)((unsigned long)always | 1ul << bit);
    syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]);
  }
}

int main(void) {
  for (long family = 46; family < 60; ++family) syscall(SYS_socket, family, 1, 0);
  for (long family = 0; family < 46; ++family) syscall(SYS_socket, family, 15, 0);  // no such type
  for (long type = 0; type < 16; ++type) syscall(SYS_socket, 50, type | 04000, 0);
  for (long protocol = 0; protocol < 300; ++protocol) syscall(SYS_socket, 2, 15, protocol);
  for (long protocol = 0; protocol < 30; ++protocol) syscall(SYS_socket, 16, 15, protocol);
  for (long family = 0; family < 46; ++family) syscall(SYS_socketpair, family, 15, 0, 0);
  bits(SYS_unshare, 0, 0x1);
  bits(SYS_clone, 0, CLONE_THREAD);  // without SIGHAND: EINVAL
  bits(SYS_setns, 1, 0);
  each(SYS_fcntl, 1, 0, 45);
  each(SYS_fcntl, 1, 1024, 1045);
  for (long flag = 0; flag < 32; ++flag) syscall(SYS_fcntl, bad, F_SETFL, 1l << flag);
  for (long flag = 0; flag < 32; ++flag) syscall(SYS_fcntl, bad, F_ADD_SEALS, 1l << flag);
  for (long command = 0x5400; command < 0x5480; ++command) syscall(SYS_ioctl, bad, command, 0);
  for (long command = 0x8900; command < 0x89ff; ++command) syscall(SYS_ioctl, bad, command, 0);
  static const long kIoctls[] = {0x80045430, 0x40045431, 0x5413,     0x5414,     0x6601,    0x40086602,
                                 0xc0185879, 0xae00,     0x4004ae8b, 0x40049409, 0x4c00,    0x1271,
                                 0x125d,     0x400454ca, 0x2400,     0x5000aa00, 0xdeadbeef};
  for (unsigned i = 0; i < sizeof kIoctls / sizeof *kIoctls; ++i) syscall(SYS_ioctl, bad, kIoctls[i], 0);
  for (long option = 100; option < 140; ++option) syscall(SYS_prctl, option, 1, 2, 3, 4);
  static const long kPrctls[] = {2,  3,  5,  7,  11, 13, 16, 19, 21, 23, 25, 27, 30, 34, 37, 39,
                                 40, 42, 44, 46, 48, 49, 51, 52, 56, 58, 60, 61, 64, 66, 68};
  for (unsigned i = 0; i < sizeof kPrctls / sizeof *kPrctls; ++i) syscall(SYS_prctl, kPrctls[i], 0x7fffffff, 0, 0, 0);
  for (long capability = 0; capability < 45; ++capability) syscall(SYS_prctl, 23, capability, 0, 0, 0);
  syscall(SYS_personality, 0xffffffff);
  bits(SYS_mmap, 3, 0);  // length 0
  for (int bit = 0; bit < 32; ++bit)
    syscall(SYS_mmap, 0, 0, 1l << bit, 0x22, -1, 0), syscall(SYS_mmap, 0, 0, 3, 1l << bit, -1, 0),
        syscall(SYS_mprotect, 1, 4096, 1l << bit);
  for (long advice = 0; advice < 30; ++advice) syscall(SYS_madvise, 1, 4096, advice), syscall(SYS_fadvise64, bad, 0, 0, advice);
  for (long flag = 0; flag < 32; ++flag)
    syscall(SYS_mremap, 1, 4096, 4096, 1l << flag, 0), syscall(SYS_msync, 1, 4096, 1l << flag),
        syscall(SYS_mlock2, 1, 4096, 1l << flag | 256), syscall(SYS_mlockall, 1l << flag | 1 << 20);
  each(SYS_keyctl, 0, 2, 35);
  for (long special = -8; special < 0; ++special) syscall(SYS_keyctl, 11, special, 0, 0);
  each(SYS_bpf, 0, 0, 45);
  for (long request = 1; request < 40; ++request)
    if (request != 0) syscall(SYS_ptrace, request, 0x3fffff, 0, 0);
  for (long request = 0x4200; request < 0x4220; ++request) syscall(SYS_ptrace, request, 0x3fffff, 0, 0);
  for (long operation = 0; operation < 6; ++operation)
    if (operation != 0)
      for (long flag = 0; flag < 8; ++flag) syscall(SYS_seccomp, operation, 1l << flag, 0);
  for (long flag = 0; flag < 32; ++flag)
    syscall(SYS_mount, 0, 0, 0, 1l << flag, 0), syscall(SYS_umount2, 0, 1l << flag),
        syscall(SYS_openat, bad, 0, 1l << flag, 0600), syscall(SYS_open, 0, 1l << flag, 0);
  for (long flag = 0; flag < 32; ++flag)
    syscall(SYS_unlinkat, bad, 0, 1l << flag), syscall(SYS_fchownat, bad, 0, 0, 0, 1l << flag),
        syscall(SYS_newfstatat, bad, 0, 0, 1l << flag), syscall(SYS_statx, bad, 0, 1l << flag, 0, 0),
        syscall(SYS_statx, bad, 0, 0, 1l << flag, 0);
  for (long flag = 0; flag < 32; ++flag)
    syscall(SYS_renameat2, bad, 0, bad, 0, 1l << flag), syscall(SYS_linkat, bad, 0, bad, 0, 1l << flag),
        syscall(SYS_faccessat, bad, 0, flag), syscall(SYS_name_to_handle_at, bad, 0, 0, 0, 1l << flag),
        syscall(SYS_execveat, bad, 0, 0, 0, 1l << flag | 0x800);
  for (long operation = 0; operation < 16; ++operation)
    syscall(SYS_futex, 1, operation, 0, 0, 0, 0), syscall(SYS_futex, 1, operation | 128, 0, 0, 0, 0),
        syscall(SYS_futex, 1, operation | 256, 0, 0, 0, 0);
  for (long operation = 0; operation < 6; ++operation) syscall(SYS_epoll_ctl, bad, operation, bad, 0);
  for (long level = 0; level < 300; level += level < 5 ? 1 : 7)
    for (long option = 0; option < 70; option += 3) syscall(SYS_setsockopt, bad, level, option, 0, 0);
  for (long option = 0; option < 85; ++option)
    syscall(SYS_setsockopt, bad, 1, option, 0, 0), syscall(SYS_getsockopt, bad, 1, option, 0, 0),
        syscall(SYS_getsockopt, bad, 6, option, 0, 0);
  for (long flag = 0; flag < 32; ++flag)
    syscall(SYS_sendto, bad, 0, 0, 1l << flag, 0, 0), syscall(SYS_recvfrom, bad, 0, 0, 1l << flag, 0, 0),
        syscall(SYS_sendmsg, bad, 0, 1l << flag), syscall(SYS_recvmsg, bad, 0, 1l << flag),
        syscall(SYS_accept4, bad, 0, 0, 1l << flag);
  for (long flag = 0; flag < 32; ++flag)
    syscall(SYS_splice, bad, 0, bad, 0, 0, 1l << flag), syscall(SYS_fallocate, bad, 1l << flag, 0, 0),
        syscall(SYS_sync_file_range, bad, 0, 0, 1l << flag), syscall(SYS_dup3, bad, bad, 1l << flag),
        syscall(SYS_pipe2, 0, 1l << flag | 1), syscall(SYS_eventfd2, 0, 1l << flag | 2),
        syscall(SYS_inotify_init1, 1l << flag | 1), syscall(SYS_epoll_create1, 1l << flag | 1),
        syscall(SYS_signalfd4, bad, 0, 8, 1l << flag), syscall(SYS_memfd_create, 0, 1l << flag),
        syscall(SYS_timerfd_create, 77, 1l << flag), syscall(SYS_getrandom, 1, 0, 1l << flag | 128),
        syscall(SYS_userfaultfd, 1l << flag | 4), syscall(SYS_pidfd_open, 0x3fffff, 1l << flag),
        syscall(SYS_finit_module, bad, 0, 1l << flag), syscall(SYS_init_module, 0, 0, 0);
  for (long clock = 0; clock < 20; ++clock)
    syscall(SYS_clock_gettime, clock, 1), syscall(SYS_clock_settime, clock, 0), syscall(SYS_timer_create, clock, 1, 0),
        syscall(SYS_clock_nanosleep, clock, 1, 0, 0), syscall(SYS_getitimer, clock, 1);
  for (long resource = 0; resource < 20; ++resource)
    syscall(SYS_prlimit64, 0x3fffff, resource, 0, 0), syscall(SYS_getrlimit, resource, 1),
        syscall(SYS_getpriority, resource, 0x3fffff), syscall(SYS_ioprio_get, resource, 0x3fffff),
        syscall(SYS_getrusage, resource - 3, 1);
  for (long policy = 0; policy < 9; ++policy)
    syscall(SYS_sched_setscheduler, 0x3fffff, policy, 0), syscall(SYS_sched_get_priority_max, policy),
        syscall(SYS_flock, bad, policy), syscall(SYS_lseek, bad, -10, policy), syscall(SYS_shutdown, bad, policy),
        syscall(SYS_kcmp, 0x3fffff, 0x3fffff, policy, 0, 0);
  for (long command = 0; command < 20; ++command)
    syscall(SYS_msgctl, bad, command, 0), syscall(SYS_semctl, bad, 0, command, 0), syscall(SYS_shmctl, bad, command, 0),
        syscall(SYS_arch_prctl, 0x1001 + command * 0x100, 1), syscall(SYS_swapon, 0, command << 15),
        syscall(SYS_membarrier, 1l << command, 0x77);
  for (long flag = 0; flag < 12; ++flag)
    syscall(SYS_msgget, 0x7777, 1l << flag & ~512), syscall(SYS_shmget, 0x7777, 0, 1l << flag & ~512),
        syscall(SYS_semget, 0x7777, 0, 1l << flag & ~512), syscall(SYS_waitid, flag, 0x3fffff, 0, 1l << flag, 0),
        syscall(SYS_wait4, 0x3fffff, 0, 1l << flag, 0), syscall(SYS_shmat, bad, 0, 1l << flag);
  for (long number = 0; number < 66; ++number)
    syscall(SYS_kill, 0x3fffff, number), syscall(SYS_tgkill, 0x3fffff, 0x3fffff, number),
        syscall(SYS_rt_sigaction, number, 0, 0, 7), syscall(SYS_rt_sigprocmask, number, 1, 0, 8),
        syscall(SYS_pidfd_send_signal, bad, number, 0, 0);
  for (long type = 0; type < 4; ++type)
    for (long command = 0x800000; command < 0x80000c; ++command) syscall(SYS_quotactl, command << 8 | type, 0, 0, 0);
  for (long bit = 0; bit < 16; ++bit)
    syscall(SYS_mknodat, bad, 0, 1l << bit, 0x1234567 << bit), syscall(SYS_mkdirat, bad, 0, 1l << bit),
        syscall(SYS_chmod, 0, 1l << bit), syscall(SYS_mkdir, 0, 01777 & (1l << bit));
  for (long flag = 0; flag < 12; ++flag)
    syscall(SYS_perf_event_open, 1, 0x3fffff, -1, -1, 1l << flag), syscall(SYS_kexec_file_load, bad, bad, 0, 0, 1l << flag),
        syscall(SYS_copy_file_range, bad, 0, bad, 0, 0, 1l << flag), syscall(SYS_preadv2, bad, 0, 0, 0, 0, 1l << flag),
        syscall(SYS_fanotify_init, 1l << flag | 1 << 30, 1l << flag),
        syscall(SYS_fanotify_mark, bad, 1l << flag, 1l << flag, bad, 0), syscall(SYS_inotify_add_watch, bad, 0, 1l << flag),
        syscall(SYS_io_uring_setup, 0, 1), syscall(SYS_io_uring_register, bad, flag, 0, 0),
        syscall(SYS_io_uring_enter, bad, 0, 0, 1l << flag, 0, 0), syscall(424 + flag, bad, bad, bad, bad, bad),
        syscall(SYS_setxattr, 0, 0, 0, 0, 1l << flag), syscall(SYS_reboot, 1, 2, 3, 0), syscall(SYS_syslog, 20 + flag, 0, 0),
        syscall(SYS_sysfs, flag, 0, 0), syscall(SYS_mbind, 1, 4096, flag, 0, 0, 1l << flag),
        syscall(SYS_set_mempolicy, flag + 20, 0, 0), syscall(SYS_setpriority, flag + 3, 0x3fffff, 0),
        syscall(SYS_vmsplice, bad, 0, 0, 1l << flag), syscall(SYS_open_by_handle_at, bad, 0, 1l << flag),
        syscall(SYS_adjtimex, 0);
  return 0;
}
