// What files beside the log say: containers as engines describe them, and the tasks of a host at
// one moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attribute/runtime_command.h"
#include "base/result.h"

namespace medic::attribute {

// One container as `inspect`, a state file or a pod's description says it. Empty: not known.
struct ContainerFact {
  std::string id, name, image, engine;
  std::string pod, pod_uid;
  std::int64_t pid =
      -1;  // of its first process, in the engine's pid namespace; -1: none, or it does not run
  std::int64_t monitor_pid = -1;                        // conmon
  std::optional<std::int64_t> started_ns, finished_ns;  // since 1970
  bool start_is_creation =
      false;  // started_ns is when it was created: its process began at that time or after
  std::int64_t start_ticks = -1;  // of pid, as /proc/PID/stat has it
  std::string cgroup;
  std::string process_label;  // SELinux
  std::string apparmor;
  std::string command;  // the program's path or name
  std::string seccomp;  // a path, "unconfined", …
  std::vector<std::string> cap_add, cap_drop;
  std::vector<std::string> held_caps;  // the bounding set, where the engine names all of it
  std::string oci_runtime;             // "crun", "runc", …
  bool in_user_namespace =
      false;  // rootless, or with ids of its own: capabilities count in there alone
  bool privileged = false;
  bool no_new_privs = false;
  std::string pid_namespace;             // inode
  std::string source;                    // the file that said it
  std::optional<std::int64_t> taken_ns;  // when it was asked, where the file says
  std::string host;
};

struct TaskFact {
  std::int64_t pid = -1, ppid = -1;
  std::vector<std::int64_t>
      inner_pids;  // its numbers in inner pid namespaces, outermost first, without pid itself
  std::int64_t start_ticks = -1;
  std::int64_t start_ns = 0;  // since 1970, computed
  std::int64_t seen_ns = 0;   // it was alive from start_ns until at least then
  std::int64_t uid = -1;
  std::string comm, exe, cgroup, label;
  std::string pid_namespace, mount_namespace, user_namespace;
  bool has_caps = false;
  std::uint64_t effective_caps = 0, bounding_caps = 0;
  int no_new_privs = -1, seccomp_mode = -1;
  RuntimeCommand command;  // where it is a runtime or its helper
};

struct Snapshot {
  std::string source, host;
  std::int64_t taken_ns = 0;
  std::int64_t slack_ns = 0;    // how far start_ns may be too early
  std::string pid_namespace;    // of who took it: pids are numbers of it
  std::int64_t ended_ns = 0;    // 0: it is not whole; else what it does not show was gone by then
  std::vector<TaskFact> tasks;  // by pid, start
};

struct SideFacts {
  std::vector<ContainerFact> containers;
  std::vector<Snapshot> snapshots;
  bool empty() const { return containers.empty() && snapshots.empty(); }
};

// docker, podman, nerdctl and crictl inspect output, `runc list -f json`, runc's state.json, crun's
// status, an OCI config.json, kubectl's pods: one JSON value, several, or one a line. source names
// the file in reasons. Fails where there is no JSON, or none of it describes a container; what it
// could read before is kept then.
Result<void> read_inspect(std::string_view text, const std::string& source, SideFacts& facts);

// A file of scripts/snapshot-containers: seccomp-medic-snapshot(5). Fails where it is no such file,
// or holds no task.
Result<void> read_snapshot(std::string_view text, const std::string& source, SideFacts& facts);

// RFC 3339 and what `created` fields hold; nanoseconds since 1970. Nothing for the engines' zero
// time (year 1) and for what is no time.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

}  // namespace medic::attribute
