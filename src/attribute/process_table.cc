#include "attribute/process_table.h"

#include <algorithm>

namespace medic::attribute {
namespace {

std::int64_t task_of(const model::Event& event) { return event.tid >= 0 ? event.tid : event.pid; }

void set_if_told(std::string& to, std::string_view from) {
  constexpr std::size_t kMaxText = 4096;  // PATH_MAX; what is longer was not written by the kernel
  if (!from.empty() && to != from) to.assign(from.substr(0, kMaxText));
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

void apply(Life& life, const model::Label& label) {
  if (label.ppid >= 0) life.ppid = label.ppid;
  set_if_told(life.cgroup, label.cgroup);
  set_if_told(life.container_id, label.container_id);
  set_if_told(life.container_name, label.container_name);
  set_if_told(life.image, label.image);
  set_if_told(life.pod, label.pod);
  set_if_told(life.unit, label.unit);
  set_if_told(life.pid_namespace, label.pid_namespace);
  if (label.has_caps) {
    life.has_caps = true;
    life.effective_caps = label.effective_caps;
    life.bounding_caps = label.bounding_caps;
  }
  if (label.no_new_privs >= 0) life.no_new_privs = label.no_new_privs;
  if (label.seccomp_mode >= 0) life.seccomp_mode = label.seccomp_mode;
  if (label.start_ticks >= 0) life.start_ticks = label.start_ticks;
}

Phase with_exec(Phase phase) {
  return phase == Phase::Start || phase == Phase::Exec ? Phase::Exec : Phase::FilteredExec;
}

// What the later stretch tells of a life replaces what we knew; what it does not tell stays.
void continue_life(Life& life, const Life& later) {
  for (const auto& [to, from] : {std::pair{&life.comm, &later.comm}, {&life.exe, &later.exe}, {&life.subject, &later.subject},
                                 {&life.cgroup, &later.cgroup}, {&life.container_id, &later.container_id},
                                 {&life.container_name, &later.container_name}, {&life.image, &later.image}, {&life.pod, &later.pod},
                                 {&life.unit, &later.unit}, {&life.pid_namespace, &later.pid_namespace}}) {
    set_if_told(*to, *from);
  }
  if (later.ppid >= 0) life.ppid = later.ppid;
  if (later.has_caps) {
    life.has_caps = true;
    life.effective_caps = later.effective_caps;
    life.bounding_caps = later.bounding_caps;
  }
  if (later.no_new_privs >= 0) life.no_new_privs = later.no_new_privs;
  if (later.seccomp_mode >= 0) life.seccomp_mode = later.seccomp_mode;
  if (later.start_ticks >= 0) life.start_ticks = later.start_ticks;
  if (later.uid >= 0) life.uid = later.uid;
  if (later.auid >= 0) life.auid = later.auid;
  if (later.session >= 0) life.session = later.session;
  life.death_seen = later.death_seen;
  life.last = later.last;
  life.last_time = later.last_time;
  life.execs += later.execs;
  life.phase = after(life.phase, later.phase);
  life.filter_seen = life.filter_seen || later.filter_seen;
}

}  // namespace

Phase after(Phase before, Phase later) {
  const bool filtered = before == Phase::Filtered || before == Phase::FilteredExec;
  switch (later) {
    case Phase::Start: return before;
    case Phase::Exec: return filtered ? Phase::FilteredExec : Phase::Exec;
    case Phase::Filtered: return before == Phase::FilteredExec ? Phase::FilteredExec : Phase::Filtered;
    case Phase::FilteredExec: return Phase::FilteredExec;
  }
  return later;
}

void ProcessTable::filter_installed(LifeIndex index) {
  Life& life = lives_[index];
  life.phase = after(life.phase, Phase::Filtered);
  life.filter_seen = true;
}

LifeIndex ProcessTable::begin(std::string_view host, std::int64_t pid, const model::Event& event) {
  if (lives_.size() >= kMaxLives) {
    ++overflowed_;
    return kNoLife;
  }
  Life life;
  life.host = std::string(host.substr(0, 256));
  life.pid = pid;
  life.first = life.last = event.origin;
  life.first_time = life.last_time = event.time;
  lives_.push_back(std::move(life));
  const auto index = static_cast<LifeIndex>(lives_.size() - 1);
  open_[key_of(host, pid)] = index;
  return index;
}

ProcessTable::Key ProcessTable::key_of(std::string_view host, std::int64_t pid) {
  constexpr std::size_t kMaxHosts = 1 << 20;
  if (last_host_ >= hosts_.size() || hosts_[last_host_] != host) {
    const auto found = std::find(hosts_.begin(), hosts_.end(), host);
    last_host_ = static_cast<std::uint64_t>(found - hosts_.begin());
    if (found == hosts_.end() && hosts_.size() < kMaxHosts) hosts_.emplace_back(host.substr(0, 256));
  }
  return (last_host_ << 40) | (static_cast<std::uint64_t>(pid) & 0xFFFFFFFFFFULL);
}

LifeIndex ProcessTable::current(std::string_view host, std::int64_t pid, const model::Event& event) {
  const Key key = key_of(host, pid);
  if (key == last_key_ && last_life_ != kNoLife && !lives_[last_life_].death_seen) return last_life_;
  const auto found = open_.find(key);
  LifeIndex index = found == open_.end() ? kNoLife : found->second;
  if (index == kNoLife || lives_[index].death_seen) index = begin(host, pid, event);
  last_key_ = key;
  last_life_ = index;
  return index;
}

void ProcessTable::note(Life& life, const model::Event& event) {
  life.last = event.origin;
  if (event.time.basis != model::Time::Basis::None) life.last_time = event.time;
  set_if_told(life.comm, event.comm);
  set_if_told(life.exe, event.exe);
  set_if_told(life.subject, event.subject);
  if (event.uid >= 0) life.uid = event.uid;
  if (event.auid >= 0) life.auid = event.auid;
  if (event.session >= 0) life.session = event.session;
}

void ProcessTable::born(LifeIndex parent, const model::Fork& fork, const model::Event& event) {
  if (fork.child < 0 || fork.child_in_inner_ns) return;
  const Key key = key_of(event.host, fork.child);
  last_life_ = kNoLife;
  if (fork.is_thread) {
    open_[key] = parent;
    return;
  }
  const auto found = open_.find(key);
  LifeIndex child = found == open_.end() ? kNoLife : found->second;
  // The child may have been heard of before its parent's clone returned; an old life without a parent is then that child.
  const bool is_new = child == kNoLife || lives_[child].death_seen || lives_[child].birth_seen;
  if (is_new) child = begin(event.host, fork.child, event);
  if (child == kNoLife) return;
  Life& life = lives_[child];
  life.birth_seen = true;
  life.parent = parent;
  life.ppid = lives_[parent].pid;
  if (life.comm.empty()) life.comm = lives_[parent].comm;
  if (life.exe.empty()) life.exe = lives_[parent].exe;
  life.phase = after(lives_[parent].phase, life.phase);  // a filter is inherited
}

LifeIndex ProcessTable::observe(const model::Event& event) {
  const std::int64_t task = task_of(event);
  if (task < 0) return kNoLife;
  const LifeIndex index = current(event.host, task, event);
  if (index == kNoLife) return kNoLife;
  note(lives_[index], event);
  if (const auto* fork = std::get_if<model::Fork>(&event.what)) {
    born(index, *fork, event);
  } else if (const auto* exec = std::get_if<model::Exec>(&event.what)) {
    Life& life = lives_[index];
    set_if_told(life.exe, exec->exe);
    if (event.comm.empty() && !exec->exe.empty()) life.comm = std::string(base_name(exec->exe).substr(0, 15));  // TASK_COMM_LEN - 1
    ++life.execs;
    life.phase = with_exec(life.phase);
  } else if (std::holds_alternative<model::Exit>(event.what)) {
    if (lives_[index].pid == task) lives_[index].death_seen = true;  // a thread's end is not its process's
    else open_.erase(key_of(event.host, task));
    last_life_ = kNoLife;
  } else if (const auto* label = std::get_if<model::Label>(&event.what)) {
    apply(lives_[index], *label);
  }
  return index;
}

std::vector<Joined> ProcessTable::append(const ProcessTable& later) {
  std::vector<Joined> map(later.lives_.size());
  last_life_ = kNoLife;
  for (std::size_t i = 0; i < later.lives_.size(); ++i) {
    const Life& life = later.lives_[i];
    const Key key = key_of(life.host, life.pid);
    const auto found = open_.find(key);
    if (!life.birth_seen && found != open_.end() && !lives_[found->second].death_seen) {
      Life& mine = lives_[found->second];
      map[i] = {found->second, mine.comm, mine.exe, mine.subject, mine.phase};
      continue_life(mine, life);
      continue;
    }
    if (lives_.size() >= kMaxLives) {
      ++overflowed_;
      continue;
    }
    lives_.push_back(life);
    map[i].index = static_cast<LifeIndex>(lives_.size() - 1);
    open_[key] = map[i].index;
  }
  for (std::size_t i = 0; i < later.lives_.size(); ++i) {
    const LifeIndex parent = later.lives_[i].parent;
    if (map[i].index == kNoLife || parent == kNoLife || map[parent].index == kNoLife) continue;
    Life& life = lives_[map[i].index];
    life.parent = map[parent].index;
    // The parent's program was not known in the later stretch: what we know of it is what the child began with.
    map[i].comm = map[parent].comm;
    map[i].exe = map[parent].exe;
    map[i].phase = map[parent].phase;
    life.phase = after(map[i].phase, life.phase);
    if (life.comm.empty()) life.comm = map[parent].comm;
    if (life.exe.empty()) life.exe = map[parent].exe;
  }
  for (const auto& [key, index] : later.open_) {
    if (map[index].index == kNoLife) continue;
    const Life& life = later.lives_[index];
    if (!(life.death_seen && life.pid == pid_of(key))) open_[key_of(life.host, pid_of(key))] = map[index].index;
  }
  overflowed_ += later.overflowed_;
  return map;
}

std::vector<Joined> ProcessTable::adopt(const ProcessTable& other) {
  open_.clear();
  last_life_ = kNoLife;
  return append(other);
}

}  // namespace medic::attribute
