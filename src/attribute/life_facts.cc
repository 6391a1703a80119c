#include "attribute/life_facts.h"

#include <utility>

namespace medic::attribute {
namespace {

void place(Life& life, const model::Label& label) {
  Placement now = life.place();
  bool is_told = false;
  for (const auto& [to, from] : {std::pair{&now.cgroup, label.cgroup},
                                 {&now.container_id, label.container_id},
                                 {&now.container_name, label.container_name},
                                 {&now.image, label.image},
                                 {&now.pod, label.pod},
                                 {&now.unit, label.unit},
                                 {&now.pid_namespace, label.pid_namespace}}) {
    is_told = set_if_told(*to, from) || is_told;
  }
  if (is_told) life.put(now);
}

bool places(const model::Label& label) {
  return !(label.cgroup.empty() && label.container_id.empty() && label.container_name.empty() && label.image.empty() &&
           label.pod.empty() && label.unit.empty() && label.pid_namespace.empty());
}

}  // namespace

bool set_if_told(std::string& to, std::string_view from) {
  constexpr std::size_t kMaxText = 4096;  // PATH_MAX; what is longer was not written by the kernel
  if (from.empty() || to == from) return false;
  to.assign(from.substr(0, kMaxText));
  return true;
}

void set_parent(Life& life, std::int64_t ppid) {
  life.ppid = ppid;
  if (life.first_ppid < 0) life.first_ppid = ppid;
}

void apply(Life& life, const model::Label& label) {
  if (label.ppid >= 0) set_parent(life, label.ppid);
  if (places(label)) place(life, label);
  if (label.has_caps) {
    life.has_caps = true;
    life.effective_caps = label.effective_caps;
    life.bounding_caps = label.bounding_caps;
  }
  if (label.no_new_privs >= 0) life.no_new_privs = label.no_new_privs;
  if (label.seccomp_mode >= 0) life.seccomp_mode = label.seccomp_mode;
  if (label.start_ticks >= 0) life.start_ticks = label.start_ticks;
  if (label.arch != kernel::Arch::Unknown && label.arch != life.arch) {
    life.arch = label.arch;
    ++life.changes;
  }
}

void continue_life(Life& life, const Life& later) {
  for (const auto& [to, from] : {std::pair{&life.comm, &later.comm}, {&life.exe, &later.exe}, {&life.subject, &later.subject}}) {
    set_if_told(*to, *from);
  }
  if (const Placement& told = later.place(); later.placement != nullptr) {
    model::Label label;
    label.cgroup = told.cgroup;
    label.container_id = told.container_id;
    label.container_name = told.container_name;
    label.image = told.image;
    label.pod = told.pod;
    label.unit = told.unit;
    label.pid_namespace = told.pid_namespace;
    place(life, label);
    if (!told.cgroup.empty()) life.cgroup_apart = later.cgroup_apart;
  }
  if (later.ppid >= 0) life.ppid = later.ppid;
  if (life.first_ppid < 0) life.first_ppid = later.first_ppid;
  if (life.first_comm.empty()) life.first_comm = later.first_comm;
  if (later.runtime != nullptr || later.execs > 0) life.runtime = later.runtime;
  if (later.execs > 0 || later.filter_seen) life.unfiltered = later.unfiltered;
  life.was_runtime_init = life.was_runtime_init || later.was_runtime_init;
  life.kernel_numbers = life.kernel_numbers || later.kernel_numbers;
  if (later.has_caps) {
    life.has_caps = true;
    life.effective_caps = later.effective_caps;
    life.bounding_caps = later.bounding_caps;
  }
  if (later.no_new_privs >= 0) life.no_new_privs = later.no_new_privs;
  if (later.seccomp_mode >= 0) life.seccomp_mode = later.seccomp_mode;
  if (later.start_ticks >= 0) life.start_ticks = later.start_ticks;
  if (later.arch != kernel::Arch::Unknown) life.arch = later.arch;
  if (later.uid >= 0) life.uid = later.uid;
  if (later.auid >= 0) life.auid = later.auid;
  if (later.session >= 0) life.session = later.session;
  life.death_seen = later.death_seen;
  life.last = later.last;
  life.last_time = later.last_time;
  life.execs += later.execs;
  life.phase = after(life.phase, later.phase);
  life.filter_seen = life.filter_seen || later.filter_seen;
  ++life.changes;
}

bool is_other_program(std::string_view before, std::string_view now) {
  constexpr std::string_view kDeleted = " (deleted)";
  for (std::string_view* each : {&before, &now}) {
    if (each->ends_with(kDeleted)) each->remove_suffix(kDeleted.size());
  }
  return !before.empty() && !now.empty() && now != "/" && !before.ends_with(now) && (before == "/" || !now.ends_with(before));
}

}  // namespace medic::attribute
