#include "attribute/known_tasks.h"

#include <algorithm>
#include <limits>
#include <map>

namespace medic::attribute {
namespace {

// PROC_PID_INIT_INO, include/linux/proc_ns.h: the inode of the first pid namespace on every
// machine.
constexpr std::string_view kFirstPidNamespace = "4026531836";
// An engine notes the start when its runtime has returned: the process is a little older.
constexpr std::int64_t kEngineSlack = 2'000'000'000;
constexpr std::int64_t kCreationSlack = 50'000'000;
constexpr int kMaxClimb = 64;

bool same_host(std::string_view a, std::string_view b) { return a.empty() || b.empty() || a == b; }

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool has_host_numbers(const Snapshot& snapshot) {
  return snapshot.pid_namespace.empty() || snapshot.pid_namespace == kFirstPidNamespace;
}

KnownTask known_of(const TaskFact& task, const Snapshot& snapshot) {
  KnownTask out;
  out.pid = task.pid;
  out.ppid = task.ppid;
  out.from_ns = task.start_ns;
  out.until_ns = task.seen_ns;
  out.slack_ns = snapshot.slack_ns;
  out.start_ticks = task.start_ticks;
  out.uid = task.uid;
  out.host_numbers = has_host_numbers(snapshot);
  out.comm = task.comm;
  out.exe = task.exe;
  out.host = snapshot.host;
  out.source = snapshot.source;
  out.pid_namespace = task.pid_namespace;
  out.label = task.label;
  out.inner_pids = task.inner_pids;
  out.command = task.command;
  out.helps = ContainerBook::helped_by(task.cgroup);
  out.in_snapshot = true;
  return out;
}

}  // namespace

Fit fit(const KnownTask& task, const model::Time& first, const model::Time& last) {
  using Basis = model::Time::Basis;
  if (first.basis != Basis::Epoch || last.basis != Basis::Epoch) return Fit::Untimed;
  const std::int64_t born = task.from_ns - task.slack_ns;
  if (last.ns < born || first.ns >= task.gone_ns) return Fit::No;
  if (first.ns < born) return Fit::Partly;
  return last.ns <= task.until_ns ? Fit::Within : Fit::After;
}

KnownTasks::KnownTasks(const SideFacts& facts, const ContainerBook& book) {
  for (const Snapshot& snapshot : facts.snapshots) add_tasks(snapshot, book);
  for (const ContainerFact& fact : facts.containers) add_container(fact, book);
  find_gone(facts);
  find_owners();
  find_executed();
}

// A later snapshot of the same host does not show it.
void KnownTasks::find_gone(const SideFacts& facts) {
  std::map<std::pair<std::string, bool>, std::vector<std::pair<std::int64_t, std::int64_t>>>
      taken;  // begin and end
  for (const Snapshot& snapshot : facts.snapshots) {
    if (snapshot.ended_ns > 0)
      taken[{snapshot.host, has_host_numbers(snapshot)}].emplace_back(snapshot.taken_ns,
                                                                      snapshot.ended_ns);
  }
  for (auto& [where, times] : taken) std::sort(times.begin(), times.end());
  for (KnownTask& task : tasks_) {
    const auto times = taken.find({task.host, task.host_numbers});
    if (!task.in_snapshot || times == taken.end()) continue;
    const auto next = std::upper_bound(times->second.begin(), times->second.end(),
                                       std::pair(task.until_ns, INT64_MAX));
    if (next != times->second.end()) task.gone_ns = next->second;
  }
}

void KnownTasks::add_tasks(const Snapshot& snapshot, const ContainerBook& book) {
  std::unordered_map<std::string, Owner> owners;  // many tasks share a control group
  for (const TaskFact& task : snapshot.tasks) {
    // Seen again in a later snapshot: it lived all the time between.
    std::vector<std::size_t>& same_pid = by_pid_[task.pid];
    const auto again = std::find_if(same_pid.begin(), same_pid.end(), [&](std::size_t each) {
      return tasks_[each].start_ticks == task.start_ticks && tasks_[each].host == snapshot.host &&
             task.start_ticks >= 0;
    });
    auto owner = owners.find(task.cgroup);
    if (owner == owners.end())
      owner =
          owners.emplace(task.cgroup, task.cgroup.empty() ? Owner{} : book.by_cgroup(task.cgroup))
              .first;
    if (again != same_pid.end()) {
      KnownTask& known = tasks_[*again];
      known.until_ns = std::max(known.until_ns, task.seen_ns);
      known.comm = task.comm;                       // it may have executed another program
      if (!task.exe.empty()) known.exe = task.exe;  // a zombie has none
      // A process is moved into its container shortly after its birth.
      if (owner->second.is_container() && !owner->second.key.empty()) known.owner = owner->second;
      continue;
    }
    KnownTask known = known_of(task, snapshot);
    known.owner = owner->second;
    same_pid.push_back(tasks_.size());
    tasks_.push_back(std::move(known));
  }
}

void KnownTasks::add_container(const ContainerFact& fact, const ContainerBook& book) {
  const Owner owner = fact.id.empty() ? book.of(fact) : book.by_id(fact.id, fact.engine);
  for (const auto& [pid, monitor] : {std::pair{fact.pid, false}, {fact.monitor_pid, true}}) {
    if (pid <= 0 || owner.key.empty() || owner.key == "container ") continue;
    KnownTask known;
    known.pid = pid;
    known.partial = !fact.finished_ns && !fact.taken_ns;
    known.until_ns = fact.finished_ns ? *fact.finished_ns
                     : fact.taken_ns  ? *fact.taken_ns
                                      : std::numeric_limits<std::int64_t>::max();
    known.from_ns = fact.started_ns.value_or(0);
    known.slack_ns = fact.start_is_creation ? kCreationSlack : kEngineSlack;
    known.start_ticks = monitor ? -1 : fact.start_ticks;
    known.host = fact.host;
    known.source = fact.source;
    if (monitor) {
      known.helps = owner.id;
      known.slack_ns = 60 * kEngineSlack;  // older than what it watches
    } else {
      known.comm = base_name(fact.command).substr(0, 15);
      known.owner = owner;
    }
    // A task of a snapshot at that time says the same, and more.
    bool given = false;
    for (const std::size_t each : by_pid_[pid]) {
      KnownTask& other = tasks_[each];
      const bool same_time = other.from_ns >= known.from_ns - known.slack_ns - 1'000'000'000 &&
                             other.from_ns <= known.until_ns && same_host(other.host, known.host);
      if (other.source != known.source || !same_time) continue;
      if (other.owner.key.empty() || !other.owner.is_container()) other.owner = known.owner;
      if (other.helps.empty()) other.helps = known.helps;
      given = true;
    }
    if (given) continue;
    by_pid_[pid].push_back(tasks_.size());
    tasks_.push_back(std::move(known));
  }
}

// Many containers have a control group that names nobody: those of users without root, and of
// runtimes used by hand.
void KnownTasks::find_owners() {
  const auto is_told = [](const KnownTask& task) {
    return !task.owner.key.empty() && task.owner.is_container();
  };
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (is_told(tasks_[i]) && !tasks_[i].inner_pids.empty())
      by_namespace_[tasks_[i].pid_namespace].push_back(i);
  }
  std::vector<std::pair<std::size_t, Owner>> found;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    KnownTask& task = tasks_[i];
    if (is_told(task) || task.inner_pids.empty()) continue;
    if (Owner owner = by_namespace(task); !owner.key.empty()) {
      task.given = KnownTask::Source::Namespace;
      found.emplace_back(i, std::move(owner));
      continue;
    }
    const KnownTask* up = parent(task);
    for (int steps = 0; up != nullptr && !is_told(*up) && steps < kMaxClimb; ++steps)
      up = parent(*up);
    if (up == nullptr || !is_told(*up) || up->inner_pids.empty()) continue;
    task.given = KnownTask::Source::Descent;
    found.emplace_back(i, up->owner);
  }
  for (auto& [index, owner] : found) tasks_[index].owner = std::move(owner);
}

// The kernel uses a namespace's number again when it is gone: only those that lived at one time
// share it.
Owner KnownTasks::by_namespace(const KnownTask& task) const {
  Owner out;
  const auto found = by_namespace_.find(task.pid_namespace);
  if (found == by_namespace_.end() || task.pid_namespace.empty()) return out;
  std::size_t steps = 4096;
  for (const std::size_t each : found->second) {
    const KnownTask& other = tasks_[each];
    if (steps-- == 0) return {};
    if (!same_host(other.host, task.host) || other.until_ns < task.from_ns - task.slack_ns ||
        task.until_ns < other.from_ns - other.slack_ns)
      continue;
    if (!out.key.empty() && !same_owner(out, other.owner)) return {};
    out = other.owner;
  }
  return out;
}

// In a container, but its parents up to the border are not the container's first process.
void KnownTasks::find_executed() {
  for (KnownTask& task : tasks_) {
    if (task.owner.key.empty() || !task.owner.is_container() || task.inner_pids.empty()) continue;
    const KnownTask* top = &task;
    for (int i = 0; i < kMaxClimb; ++i) {
      const KnownTask* up = parent(*top);
      if (up == nullptr || !same_owner(up->owner, task.owner)) break;
      top = up;
    }
    // The first process of a pid namespace is 1 in it; the orphans of the container are its
    // children.
    task.executed =
        !top->inner_pids.empty() && top->inner_pids.back() != 1 && parent(*top) != nullptr;
  }
}

const KnownTask* KnownTasks::parent(const KnownTask& task) const {
  const auto found = by_pid_.find(task.ppid);
  if (task.ppid <= 0 || found == by_pid_.end()) return nullptr;
  const KnownTask* best = nullptr;
  for (const std::size_t each : found->second) {
    const KnownTask& other = tasks_[each];
    if (&other == &task || !same_host(other.host, task.host) ||
        other.from_ns - other.slack_ns > task.from_ns + task.slack_ns)
      continue;
    if (best == nullptr || other.from_ns > best->from_ns) best = &other;
  }
  return best;
}

std::vector<const KnownTask*> KnownTasks::with_pid(std::int64_t pid, std::string_view host) const {
  std::vector<const KnownTask*> out;
  const auto found = by_pid_.find(pid);
  if (found == by_pid_.end()) return out;
  for (const std::size_t each : found->second) {
    if (same_host(tasks_[each].host, host)) out.push_back(&tasks_[each]);
  }
  return out;
}

std::pair<const KnownTask*, Fit> KnownTasks::at(std::int64_t pid, std::string_view host,
                                                const model::Time& first,
                                                const model::Time& last) const {
  const KnownTask* best = nullptr;
  Fit best_fit = Fit::No;
  const auto tasks = with_pid(pid, host);
  for (const KnownTask* task : tasks) {
    Fit how = fit(*task, first, last);
    // Another process had the number in between: what came after its birth is not ours.
    const bool replaced = std::any_of(tasks.begin(), tasks.end(), [&](const KnownTask* other) {
      return other != task && other->from_ns > task->from_ns + task->slack_ns + other->slack_ns &&
             first.basis == model::Time::Basis::Epoch &&
             first.ns >= other->from_ns - other->slack_ns;
    });
    if (replaced) continue;
    // Of two that fit alike: the one of which it is known how long it lived, then the younger.
    const auto rank = [](const KnownTask& one) { return std::pair(!one.partial, one.from_ns); };
    if (how > best_fit || (how == best_fit && best != nullptr && rank(*task) > rank(*best))) {
      best = task;
      best_fit = how;
    }
  }
  return {best, best_fit};
}

}  // namespace medic::attribute
