// A process as the log says it: from birth to death, as far as the log says either.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "attribute/runtime_command.h"
#include "model/event.h"

namespace medic::attribute {

using ProcessIndex = std::uint32_t;
inline constexpr ProcessIndex kNoProcess = 0xFFFFFFFF;

// Where a process stands towards its filter. A trace shows calls that no filter saw yet, then the
// runtime's own between loading the filter and executing the program, then the program's.
enum class Phase : std::uint8_t {
  Start,        // no filter and no exec seen yet
  Exec,         // an exec seen, no filter
  Filtered,     // a filter was installed: the runtime's own calls, where a runtime it is
  FilteredExec  // and a program executed under it
};
// The phase of something that was in phase `later` of a segment which began when the process was in
// phase `before`.
Phase after(Phase before, Phase later);

// Where a process was put, in the words of those who put it there. Few processes are reported of
// so.
struct Placement {
  std::string cgroup, container_id, container_name, image, pod, unit, pid_namespace;
  model::Provenance provenance = model::Provenance::Kernel;  // of all of it
  bool empty() const {
    return cgroup.empty() && container_id.empty() && container_name.empty() && image.empty() &&
           pod.empty() && unit.empty() && pid_namespace.empty();
  }
};

struct Process {
  // What every event looks at or changes stands together.
  std::int64_t pid = -1;  // as the log numbers it; a thread's calls belong to its process where the
                          // log speaks of it
  std::int64_t uid = -1, auid = -1, session = -1;
  model::Origin last;
  model::Time last_time;
  std::uint32_t changes = 0;  // how often its program, label, phase or architecture changed
  Phase phase = Phase::Start;
  kernel::Arch arch = kernel::Arch::Unknown;  // of its calls that name none, where strace has
                                              // reported of its personality
  bool birth_seen = false;
  bool death_seen = false;
  bool kernel_numbers = false;  // pid is the kernel's own, of the first pid namespace: audit
  std::string comm, exe;        // the last ones said
  std::string subj;

  std::string host;
  model::Origin first;
  model::Time first_time;
  ProcessIndex parent = kNoProcess;  // where the parent's process is in the log
  bool parent_guessed = false;       // of several that could be it
  bool parent_paired = false;        // by the order of births, not by number
  std::int64_t first_ppid = -1;      // before any reparenting
  std::int64_t ppid = -1;            // the last one said
  std::string first_comm;
  std::shared_ptr<const RuntimeCommand>
      runtime;  // the container runtime that it executed last, unless another program came after
  bool was_runtime_init = false;  // runc's init stage ran in it: it is the first process of a
                                  // container, or one executed into it
  const Placement& place() const {
    static const Placement kNone;
    return placement == nullptr ? kNone : *placement;
  }
  void put(const Placement& there) { placement = std::make_shared<const Placement>(there); }
  std::shared_ptr<const Placement> placement;  // null: nothing is reported
  bool cgroup_apart = false;  // an entry of its own said it, not the record of what was done: maybe
                              // of another one with that number
  bool has_caps = false;
  std::uint64_t effective_caps = 0, bounding_caps = 0;
  int no_new_privs = -1, seccomp_mode = -1;
  std::int64_t start_ticks = -1;
  std::uint32_t execs = 0;
  std::vector<std::int64_t> threads;  // of a trace: numbers of threads seen, the first few
  std::vector<std::int64_t>
      unfiltered;  // those that were there when another thread installed its filter
  bool filter_seen =
      false;  // its installation stands in the log: calls of earlier phases were not filtered
  bool is_hosts =
      false;  // a host's trace shows it, and no filter of a container over it (host_processes.h)
};

}  // namespace medic::attribute
