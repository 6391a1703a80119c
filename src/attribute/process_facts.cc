#include "attribute/process_facts.h"

#include <utility>

namespace medic::attribute {
namespace {

// What a worse source says never replaces a better one's word.
void place(Process& process, const model::Label& label, model::Provenance provenance) {
  Placement now = process.place();
  if (!now.empty() && provenance > now.provenance) return;
  if (!now.empty() && provenance < now.provenance) now = Placement{};
  now.provenance = provenance;
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
  if (is_told) process.put(now);
}

bool places(const model::Label& label) {
  return !(label.cgroup.empty() && label.container_id.empty() && label.container_name.empty() &&
           label.image.empty() && label.pod.empty() && label.unit.empty() &&
           label.pid_namespace.empty());
}

}  // namespace

bool set_if_told(std::string& to, std::string_view from) {
  constexpr std::size_t kMaxText = 4096;  // PATH_MAX; what is longer was not written by the kernel
  if (from.empty() || to == from) return false;
  to.assign(from.substr(0, kMaxText));
  return true;
}

void set_parent(Process& process, std::int64_t ppid) {
  process.ppid = ppid;
  if (process.first_ppid < 0) process.first_ppid = ppid;
}

void apply(Process& process, const model::Label& label, model::Provenance provenance) {
  if (label.ppid >= 0) set_parent(process, label.ppid);
  if (places(label)) place(process, label, provenance);
  if (label.has_caps) {
    process.has_caps = true;
    process.effective_caps = label.effective_caps;
    process.bounding_caps = label.bounding_caps;
  }
  if (label.no_new_privs >= 0) process.no_new_privs = label.no_new_privs;
  if (label.seccomp_mode >= 0) process.seccomp_mode = label.seccomp_mode;
  if (label.start_ticks >= 0) process.start_ticks = label.start_ticks;
  if (label.arch != kernel::Arch::Unknown && label.arch != process.arch) {
    process.arch = label.arch;
    ++process.changes;
  }
}

void continue_process(Process& process, const Process& later) {
  for (const auto& [to, from] : {std::pair{&process.comm, &later.comm},
                                 {&process.exe, &later.exe},
                                 {&process.subj, &later.subj}}) {
    set_if_told(*to, *from);
  }
  if (const Placement& given = later.place(); later.placement != nullptr) {
    model::Label label;
    label.cgroup = given.cgroup;
    label.container_id = given.container_id;
    label.container_name = given.container_name;
    label.image = given.image;
    label.pod = given.pod;
    label.unit = given.unit;
    label.pid_namespace = given.pid_namespace;
    place(process, label, given.provenance);
    if (!given.cgroup.empty()) process.cgroup_apart = later.cgroup_apart;
  }
  if (later.ppid >= 0) process.ppid = later.ppid;
  if (process.first_ppid < 0) process.first_ppid = later.first_ppid;
  if (process.first_comm.empty()) process.first_comm = later.first_comm;
  if (later.runtime != nullptr || later.execs > 0) process.runtime = later.runtime;
  if (later.execs > 0 || later.filter_seen) process.unfiltered = later.unfiltered;
  process.was_runtime_init = process.was_runtime_init || later.was_runtime_init;
  process.kernel_numbers = process.kernel_numbers || later.kernel_numbers;
  if (later.has_caps) {
    process.has_caps = true;
    process.effective_caps = later.effective_caps;
    process.bounding_caps = later.bounding_caps;
  }
  if (later.no_new_privs >= 0) process.no_new_privs = later.no_new_privs;
  if (later.seccomp_mode >= 0) process.seccomp_mode = later.seccomp_mode;
  if (later.start_ticks >= 0) process.start_ticks = later.start_ticks;
  if (later.arch != kernel::Arch::Unknown) process.arch = later.arch;
  if (later.uid >= 0) process.uid = later.uid;
  if (later.auid >= 0) process.auid = later.auid;
  if (later.session >= 0) process.session = later.session;
  process.death_seen = later.death_seen;
  process.last = later.last;
  process.last_time = later.last_time;
  process.execs += later.execs;
  process.phase = after(process.phase, later.phase);
  process.filter_seen = process.filter_seen || later.filter_seen;
  ++process.changes;
}

bool is_other_program(std::string_view before, std::string_view now) {
  constexpr std::string_view kDeleted = " (deleted)";
  for (std::string_view* each : {&before, &now}) {
    if (each->ends_with(kDeleted)) each->remove_suffix(kDeleted.size());
  }
  return !before.empty() && !now.empty() && now != "/" && !before.ends_with(now) &&
         (before == "/" || !now.ends_with(before));
}

}  // namespace medic::attribute
