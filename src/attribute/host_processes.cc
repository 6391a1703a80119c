#include "attribute/host_processes.h"

#include <algorithm>
#include <set>

namespace medic::attribute {
namespace {

constexpr int kMaxClimb = 64;
constexpr int kModeFilter = 2;  // SECCOMP_MODE_FILTER

bool is_engine_name(std::string_view name) {
  constexpr std::string_view kEngines[] = {"containerd", "dockerd", "podman", "crio",
                                           "kubelet",    "buildah", "docker"};
  return is_runtime_name(name) ||
         std::find(std::begin(kEngines), std::end(kEngines), name) != std::end(kEngines);
}

bool is_runtime_now(const Process& process) {
  return process.runtime != nullptr || is_runtime_name(process.comm);
}

// The program that the process was born with: that of the nearest ancestor which executed one.
bool was_born_as_runtime(const Processes& all, const Process& process) {
  ProcessIndex at = process.parent;
  for (int step = 0; step < kMaxClimb && at != kNoProcess; ++step, at = all[at].parent) {
    if (is_runtime_now(all[at])) return true;
    if (all[at].execs > 0) return false;
  }
  return is_runtime_name(process.first_comm);
}

// runc's init loads the filter itself, or a child's child of it; crun's is a child of `crun
// create`. What loads one after the container's program was executed is a sandbox of that program's
// own.
bool loads_container_filter(const Processes& all, const Process& process) {
  if (!process.filter_seen) return false;
  if (is_runtime_now(process)) return true;
  if (process.phase != Phase::FilteredExec) return false;
  return process.was_runtime_init || was_born_as_runtime(all, process);
}

}  // namespace

void mark_host_processes(ProcessTable& table) {
  const Processes& all = table.processes();
  std::set<std::uint32_t> inputs;
  std::set<ProcessIndex> engines;  // those that the loaders come from
  for (ProcessIndex i = 0; i < all.size(); ++i) {
    if (!loads_container_filter(all, all[i])) continue;
    inputs.insert(all[i].first.input);
    ProcessIndex at = i;
    for (int step = 0; step < kMaxClimb && at != kNoProcess; ++step, at = all[at].parent)
      engines.insert(at);
  }
  if (inputs.empty()) return;
  for (ProcessIndex i = 0; i < all.size(); ++i) {
    if (!inputs.contains(all[i].first.input) || all[i].seccomp_mode == kModeFilter) continue;
    ProcessIndex root = i;
    for (int step = 0; step < kMaxClimb && all[root].parent != kNoProcess; ++step)
      root = all[root].parent;
    const Process& first = all[root];
    // The tracer was attached to it, and it is another program: a container's that ran already, for
    // all that is known.
    const std::string& name = first.first_comm.empty() ? first.comm : first.first_comm;
    const bool unknown_program =
        !first.birth_seen && first.seccomp_mode < 0 && !name.empty() && !is_engine_name(name);
    if (unknown_program && !engines.contains(root)) continue;
    table.process(i).is_hosts = true;
  }
}

}  // namespace medic::attribute
