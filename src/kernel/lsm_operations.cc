#include "kernel/lsm_operations.h"

#include <algorithm>

#include "base/text.h"
#include "kernel/errno.h"

namespace medic::kernel {
namespace {

struct Row {
  std::string_view operation;
  std::string_view calls;  // beginnings of names, `|` between two; empty: any call
};

constexpr std::string_view kSocketCalls =
    "socket|bind|connect|listen|accept|send|recv|getsock|setsock|getpeer|shutdown|ioctl|read|write|"
    "fcntl|close|poll|epoll|splice";
constexpr std::string_view kMountCalls =
    "mount|umount|pivot_root|move_mount|open_tree|fsopen|fsmount|fsconfig|fspick|mount_setattr|"
    "chroot";
constexpr std::string_view kStatCalls =
    "stat|lstat|fstat|newfstat|oldstat|access|faccess|readlink|getxattr|lgetxattr|listxattr|"
    "llistxattr|open|name_to";

constexpr Row kRows[] = {
    // AppArmor
    {"open", "open|creat|uselib|quotactl|swapon|acct"},
    {"exec", "exec"},
    {"mknod", "mknod|open|creat|bind"},
    {"mkdir", "mkdir"},
    {"rmdir", "rmdir|unlinkat"},
    {"unlink", "unlink|rename"},
    {"rename_src", "rename"},
    {"rename_dest", "rename"},
    {"link", "link"},
    {"symlink", "symlink"},
    {"chmod", "chmod|fchmod|open|creat|mkdir|bind"},
    {"chown", "chown|fchown|lchown"},
    {"truncate", "truncate|ftruncate|open|creat"},
    {"getattr", kStatCalls},
    {"file_mmap", "mmap|exec|shmat|remap_file|uselib"},
    {"file_mprotect", "mprotect|pkey_mprotect"},
    {"file_lock", "flock|fcntl"},
    {"signal", "kill|tkill|tgkill|rt_sigqueueinfo|rt_tgsigqueueinfo|pidfd_send_signal"},
    {"mount", kMountCalls},
    {"umount", kMountCalls},
    {"remount", kMountCalls},
    {"pivotroot", "pivot_root"},
    {"create", "socket|bpf|perf_event_open"},
    {"bind", "bind|socketcall"},
    {"connect", "connect|socketcall|send"},
    {"listen", "listen|socketcall"},
    {"accept", "accept|socketcall"},
    {"sendmsg", kSocketCalls},
    {"recvmsg", kSocketCalls},
    {"getsockname", "getsockname|socketcall"},
    {"getpeername", "getpeername|socketcall"},
    {"getsockopt", "getsockopt|socketcall"},
    {"setsockopt", "setsockopt|socketcall"},
    {"socket_shutdown", "shutdown|socketcall"},
    {"userns_create", "unshare|clone"},
    // SELinux
    {"bpf", "bpf"},
    {"perf_event", "perf_event_open|ioctl|read|mmap"},
    {"user_namespace", "unshare|clone"},
    {"sem", "sem|ipc"},
    {"shm", "shm|ipc"},
    {"msgq", "msg|ipc"},
    {"key", "key|add_key|request_key"},
    {"io_uring", "io_uring"},
};

bool begins_with_one(std::string_view call, std::string_view list) {
  const auto names = split(list, '|');
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view each) { return call.starts_with(each); });
}

bool is_network_call(std::string_view call) {
  return begins_with_one(
      call,
      "socket|bind|connect|listen|accept|getsockname|getpeername|setsockopt|getsockopt|shutdown");
}

}  // namespace

bool operation_fits(std::string_view operation, std::string_view syscall) {
  for (const Row& row : kRows) {
    if (row.operation == operation) return row.calls.empty() || begins_with_one(syscall, row.calls);
  }
  if (operation.ends_with("_socket") || operation == "socket")
    return begins_with_one(syscall, kSocketCalls);
  const bool is_file = operation == "file" || operation == "dir" || operation == "lnk_file" ||
                       operation == "chr_file" || operation == "blk_file" ||
                       operation == "fifo_file" || operation == "filesystem";
  return !is_file || !is_network_call(syscall);
}

bool refusal_gives(std::string_view operation, bool is_capability, int error) {
  if (is_capability || operation == "capable") return error == kEPERM;
  if (operation == "userns_create" || operation == "user_namespace" || operation == "ptrace" ||
      operation == "signal" || operation == "process" || operation == "system")
    return error == kEPERM || error == kEACCES;
  return error == kEACCES;
}

}  // namespace medic::kernel
