#include "attribute/process_table.h"

#include <algorithm>

#include "attribute/life_facts.h"

namespace medic::attribute {
namespace {

constexpr std::size_t kMaxClaims = 65536;  // as many as there may be lives
constexpr std::size_t kMaxUnits = 16384;
constexpr std::size_t kMaxUnmatched = 64;    // births under way at one time: more than that are too far apart to belong together
constexpr std::size_t kMaxSteps = 4096;      // back through lives: more than begin during one call, where no attack is under way
constexpr std::int64_t kUnset = 4294967295;  // of auid and ses

std::int64_t task_of(const model::Event& event) { return event.tid >= 0 ? event.tid : event.pid; }

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

Phase with_exec(Phase phase) { return phase == Phase::Start || phase == Phase::Exec ? Phase::Exec : Phase::FilteredExec; }

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

void ProcessTable::filter_installed(LifeIndex index, const model::Event& event, Threads threads) {
  Life& life = lives_[index];
  if (threads == Threads::Caller && !life.filter_seen && event.serial < 0 && life.phase != Phase::Filtered) {
    life.unfiltered = life.threads;
    life.unfiltered.push_back(life.pid);
    std::erase(life.unfiltered, task_of(event));
  }
  life.phase = after(life.phase, Phase::Filtered);
  life.filter_seen = true;
  ++life.changes;
}

Phase ProcessTable::phase_at(LifeIndex index, const model::Event& event) const {
  const Life& life = lives_[index];
  const bool outside = life.phase == Phase::Filtered &&
                       std::find(life.unfiltered.begin(), life.unfiltered.end(), task_of(event)) != life.unfiltered.end();
  return !outside ? life.phase : life.execs > 0 ? Phase::Exec : Phase::Start;
}

LifeIndex ProcessTable::begin(std::string_view host, std::int64_t pid, const model::Event& event) {
  if (lives_.size() >= kMaxLives) {
    ++overflowed_;
    return kNoLife;
  }
  Life& life = lives_.emplace_back();
  life.host = std::string(host.substr(0, 256));
  life.pid = pid;
  life.first = life.last = event.origin;
  life.first_time = life.last_time = event.time;
  const auto index = static_cast<LifeIndex>(lives_.size() - 1);
  open_[key_of(host, pid)] = index;
  return index;
}

bool ProcessTable::is_ancestor(std::int64_t pid, const Life& life) {
  constexpr int kMaxSteps = 64;
  const Life* at = &life;
  for (int i = 0; i < kMaxSteps && at->parent != kNoLife && at->parent < lives_.size(); ++i) {
    at = &lives_[at->parent];
    if (at->pid == pid || at->first_ppid == pid) return true;
  }
  const auto parent = open_.find(key_of(life.host, life.ppid));
  if (parent == open_.end()) return false;
  const Life& known = lives_[parent->second];
  return known.ppid == pid || known.first_ppid == pid;
}

// Facts that a process keeps all its life, or changes in known ways only: a session is not exchanged for another, a start time
// stays, and an orphan goes to an ancestor or to init. So what contradicts them is another process with the same number.
bool ProcessTable::is_another(const Life& life, const model::Event& event) {
  if (event.session >= 0 && life.session >= 0 && event.session != life.session && event.session != kUnset &&
      life.session != kUnset)
    return true;
  const auto* call = std::get_if<model::Call>(&event.what);
  if (call != nullptr && call->outcome.kind == model::Outcome::Kind::Denied)
    return event.serial >= 0 && life.execs > 0 && is_other_program(life.exe, event.exe);
  const auto* label = call != nullptr ? nullptr : std::get_if<model::Label>(&event.what);
  if (label != nullptr && label->start_ticks >= 0 && life.start_ticks >= 0 && label->start_ticks != life.start_ticks) return true;
  const std::int64_t ppid = label != nullptr ? label->ppid : event.ppid;
  if (ppid < 0 || life.ppid < 0 || ppid == life.ppid || ppid == 1 || is_ancestor(ppid, life)) return false;
  return (!event.comm.empty() && event.comm != life.comm) || (!event.exe.empty() && !life.exe.empty() && event.exe != life.exe);
}

void ProcessTable::find_host(std::string_view host) {
  constexpr std::size_t kMaxHosts = 1 << 20;
  const auto found = std::find(hosts_.begin(), hosts_.end(), host);
  last_host_ = static_cast<std::uint64_t>(found - hosts_.begin());
  if (found == hosts_.end() && hosts_.size() < kMaxHosts) hosts_.emplace_back(host);
}

// Logs come in runs of one task.
LifeIndex ProcessTable::current(std::string_view host, std::int64_t pid, const model::Event& event) {
  const Key key = key_of(host, pid);
  if (key == last_key_ && last_life_ != kNoLife) {
    const Life& life = lives_[last_life_];
    if (!life.death_seen && !is_after(life, event)) return last_life_;
  }
  return find_current(key, host, pid, event);
}

LifeIndex ProcessTable::find_current(Key key, std::string_view host, std::int64_t pid, const model::Event& event) {
  const auto found = open_.find(key);
  LifeIndex index = found == open_.end() ? kNoLife : found->second;
  if (index != kNoLife && is_after(lives_[index], event)) return holder_then(pid, event, index);
  if (index != kNoLife && lives_[index].death_seen) {
    // Records of several CPUs stand a little out of order.
    const Life& dead = lives_[index];
    const bool late = event.time.basis == model::Time::Basis::Epoch && dead.last_time.basis == event.time.basis &&
                      event.time.ns < dead.last_time.ns;
    // And what was cut by a block's end is told after its process's death.
    const bool told_late = event.origin.input == dead.last.input && event.origin.line < dead.last.line;
    if (late || told_late) return index;
    index = kNoLife;
  }
  if (index == kNoLife) {
    index = begin(host, pid, event);
    if (index != kNoLife && event.serial < 0) pair_newcomer(index);
  }
  constexpr std::size_t kMaxThreads = 64;  // a Go runtime has a dozen
  if (index != kNoLife && event.serial < 0 && lives_[index].pid != pid) {
    std::vector<std::int64_t>& threads = lives_[index].threads;
    if (threads.size() < kMaxThreads && std::find(threads.begin(), threads.end(), pid) == threads.end()) threads.push_back(pid);
  }
  last_key_ = key;
  last_life_ = index;
  return index;
}

void ProcessTable::note_unit(const model::UnitChange& change, const model::Event& event) {
  if (units_.size() >= kMaxUnits || event.time.basis != model::Time::Basis::Epoch) return;
  units_.push_back({std::string(event.host.substr(0, 256)), std::string(change.unit), event.time.ns, change.started});
}

void ProcessTable::note(Life& life, const model::Event& event) {
  note_moment(life, event);
  if (event.serial >= 0) life.kernel_numbers = true;
  if (!event.comm.empty() && life.comm != event.comm) {
    ++life.changes;
    life.comm.assign(event.comm.substr(0, 256));
    if (life.first_comm.empty()) life.first_comm = life.comm;
    if (is_runtime_init_comm(life.comm)) life.was_runtime_init = true;
  }
  if (!event.exe.empty()) life.changes += set_if_told(life.exe, event.exe) ? 1 : 0;
  if (!event.subject.empty()) life.changes += set_if_told(life.subject, event.subject) ? 1 : 0;
  if (event.uid >= 0) life.uid = event.uid;
  if (event.auid >= 0) life.auid = event.auid;
  if (event.session >= 0) life.session = event.session;
}

void ProcessTable::executed(Life& life, const model::Exec& exec, const model::Event& event) {
  set_if_told(life.exe, exec.exe);
  if (event.comm.empty() && !exec.exe.empty()) life.comm = std::string(base_name(exec.exe).substr(0, 15));  // TASK_COMM_LEN - 1
  ++life.execs;
  ++life.changes;
  life.threads.clear();  // execve ends the other threads
  life.unfiltered.clear();
  life.phase = with_exec(life.phase);
  const RuntimeCommand command = read_runtime_command(exec.exe, exec.args);
  life.runtime = command.role == RuntimeCommand::Role::None ? nullptr : std::make_shared<const RuntimeCommand>(command);
  if (command.role == RuntimeCommand::Role::Init) life.was_runtime_init = true;
}

void ProcessTable::make_child(Life& child, LifeIndex parent) {
  const Life& from = lives_[parent];
  child.birth_seen = true;
  child.parent = parent;
  child.ppid = from.pid;
  if (child.first_ppid < 0) child.first_ppid = from.pid;
  if (child.comm.empty()) child.comm = from.comm;
  if (child.exe.empty()) child.exe = from.exe;
  child.phase = after(from.phase, child.phase);  // a filter is inherited
  if (child.arch == kernel::Arch::Unknown) child.arch = from.arch;
  ++child.changes;
}

// A trace from outside shows children by their outer numbers, and the inner ones as what clone returned: the n-th newcomer is
// the n-th child. Where several are under way the parent is a guess.
void ProcessTable::pair_newcomer(LifeIndex child) {
  if (!awaited_.empty()) {
    lives_[child].parent_guessed = awaited_.size() > 1;
    lives_[child].parent_paired = true;
    const LifeIndex parent = awaited_.front().parent;
    awaited_.erase(awaited_.begin());
    make_child(lives_[child], parent);
    return;
  }
  newcomers_.push_back(child);
  if (newcomers_.size() > kMaxUnmatched) newcomers_.erase(newcomers_.begin());
}

void ProcessTable::born_unnamed(LifeIndex parent, const model::Fork& fork, const model::Event& event) {
  const BirthClaim claim{parent, fork.child, event.origin, event.time};
  if (event.serial >= 0) {
    if (fork.child >= 0 && claims_.size() < kMaxClaims) claims_.push_back(claim);
    return;
  }
  // A child often runs before its parent's call returns.
  const auto early = std::find_if(newcomers_.begin(), newcomers_.end(), [&](LifeIndex each) {
    return each != parent && !lives_[each].birth_seen && lives_[each].first.input == event.origin.input &&
           lives_[each].first.line > event.origin.line;
  });
  if (early != newcomers_.end()) {
    const LifeIndex child = *early;
    newcomers_.erase(early);
    make_child(lives_[child], parent);
  } else if (awaited_.size() < kMaxUnmatched) {
    awaited_.push_back(claim);
  }
}

// What was cut by a stretch's end is told late, and the number may have another holder by then.
LifeIndex ProcessTable::holder_then(std::int64_t pid, const model::Event& event, LifeIndex now) const {
  std::size_t steps = kMaxSteps;
  for (std::size_t i = lives_.size(); i-- > 0 && steps-- > 0;) {
    const Life& life = lives_[i];
    if (life.pid != pid || life.host != event.host || life.first.input != event.origin.input ||
        life.first.line > event.origin.line)
      continue;
    return life.death_seen && life.last.line < event.origin.line ? now : static_cast<LifeIndex>(i);
  }
  return now;
}

// The first life with this number that began after the event's line. There is one where a call that was cut, by others' lines or
// by a stretch's end, is told late: the child may have lived and died by then, and others with its number too.
LifeIndex ProcessTable::heard_since(std::int64_t pid, const model::Event& event) const {
  LifeIndex found = kNoLife;
  std::size_t steps = kMaxSteps;
  for (std::size_t i = lives_.size(); i-- > 0 && steps-- > 0 && is_after(lives_[i], event);) {
    const Life& life = lives_[i];
    if (life.pid == pid && life.host == event.host && (!life.birth_seen || life.parent_paired)) found = static_cast<LifeIndex>(i);
  }
  return found;
}

void ProcessTable::born(LifeIndex parent, const model::Fork& fork, const model::Event& event) {
  if (fork.child_in_inner_ns && !fork.is_thread) return born_unnamed(parent, fork, event);
  if (fork.child < 0 || fork.child_in_inner_ns) return;
  const Key key = key_of(event.host, fork.child);
  last_life_ = kNoLife;
  if (fork.is_thread) {
    open_[key] = parent;
    std::vector<std::int64_t>& unfiltered = lives_[parent].unfiltered;
    if (std::find(unfiltered.begin(), unfiltered.end(), task_of(event)) != unfiltered.end() &&
        unfiltered.size() < kMaxUnmatched * 4)
      unfiltered.push_back(fork.child);
    return;
  }
  const auto found = open_.find(key);
  LifeIndex child = found == open_.end() ? kNoLife : found->second;
  if (const LifeIndex heard = heard_since(fork.child, event); heard != kNoLife) child = heard;
  // The child may have been heard of before its parent's clone returned. A number is a better witness than the order of births.
  const bool was_paired = child != kNoLife && lives_[child].parent_paired && is_after(lives_[child], event);
  const bool is_new = child == kNoLife || child == parent ||
                      (!was_paired && (lives_[child].death_seen ? !is_after(lives_[child], event) || lives_[child].birth_seen
                                                                : lives_[child].birth_seen));
  if (is_new) child = begin(event.host, fork.child, event);
  if (child == kNoLife) return;
  std::erase(newcomers_, child);
  if (was_paired) {
    lives_[child].parent_paired = lives_[child].parent_guessed = false;
    lives_[child].first_ppid = -1;
  }
  make_child(lives_[child], parent);
}

LifeIndex ProcessTable::observe(const model::Event& event) {
  const std::int64_t task = task_of(event);
  if (task < 0) {
    if (const auto* change = std::get_if<model::UnitChange>(&event.what)) note_unit(*change, event);
    return kNoLife;
  }
  LifeIndex index = current(event.host, task, event);
  if (index == kNoLife) return kNoLife;
  Life* life = &lives_[index];
  if (life->pid == task && is_another(*life, event)) {
    last_life_ = kNoLife;
    index = begin(event.host, task, event);
    if (index == kNoLife) return kNoLife;
    life = &lives_[index];
  }
  note(*life, event);
  if (event.ppid >= 0) set_parent(*life, event.ppid);
  if (!std::holds_alternative<model::Call>(event.what)) change(index, event);  // calls are the ledger's
  return index;
}

void ProcessTable::change(LifeIndex index, const model::Event& event) {
  Life& life = lives_[index];
  if (const auto* fork = std::get_if<model::Fork>(&event.what)) {
    born(index, *fork, event);
  } else if (const auto* exec = std::get_if<model::Exec>(&event.what)) {
    executed(life, *exec, event);
  } else if (std::holds_alternative<model::Exit>(event.what)) {
    const std::int64_t task = task_of(event);
    if (life.pid == task)
      life.death_seen = true;  // a thread's end is not its process's
    else
      open_.erase(key_of(event.host, task));
    last_life_ = kNoLife;
  } else if (const auto* label = std::get_if<model::Label>(&event.what)) {
    apply(life, *label);
    if (!label->cgroup.empty()) life.cgroup_apart = event.serial < 0;
  }
}

// Is the life of a later stretch ours going on? Its birth was not seen there, or it is the birth of one of ours, which was heard
// of before its parent was: files of strace -ff come in the order of their names.
bool ProcessTable::goes_on(const Life& mine, const Life& later) {
  // In files of strace -ff a thread's calls come after the whole of its process's.
  const bool is_thread = later.pid != mine.pid && later.first.input != mine.first.input;
  if (mine.death_seen && !is_thread) return false;
  const bool timed = later.last_time.basis == model::Time::Basis::Epoch && mine.first_time.basis == later.last_time.basis;
  if (timed && later.last_time.ns < mine.first_time.ns) return false;  // files in the wrong order
  if (later.birth_seen)
    return !mine.birth_seen && !mine.kernel_numbers && later.first.input != mine.first.input && later.execs == 0;
  if (later.session >= 0 && mine.session >= 0 && later.session != mine.session && later.session != kUnset &&
      mine.session != kUnset)
    return false;
  if (later.start_ticks >= 0 && mine.start_ticks >= 0 && later.start_ticks != mine.start_ticks) return false;
  if (later.kernel_numbers && later.execs == 0 && mine.execs > 0 && is_other_program(mine.exe, later.exe)) return false;
  if (later.first_ppid < 0 || mine.ppid < 0 || later.first_ppid == mine.ppid || later.first_ppid == 1 ||
      is_ancestor(later.first_ppid, mine))
    return true;
  return later.first_comm.empty() || later.first_comm == mine.comm;
}

std::vector<Joined> ProcessTable::append(ProcessTable&& later) {
  std::vector<Joined> map(later.lives_.size());
  last_life_ = kNoLife;
  std::vector<bool> told_apart(lives_.size() + later.lives_.size());  // ours that one of theirs is: a further one is another
  for (std::size_t i = 0; i < later.lives_.size(); ++i) {
    Life& life = later.lives_[i];
    const Key key = key_of(life.host, life.pid);
    const auto found = open_.find(key);
    if (found != open_.end() && !told_apart[found->second] && goes_on(lives_[found->second], life)) {
      told_apart[found->second] = true;
      Life& mine = lives_[found->second];
      map[i] = {found->second, mine.comm, mine.exe, mine.subject, mine.phase, mine.arch};
      continue_life(mine, life);
      continue;
    }
    if (lives_.size() >= kMaxLives) {
      ++overflowed_;
      continue;
    }
    lives_.push_back(std::move(life));  // its numbers stay good to read
    lives_.back().parent = kNoLife;     // it is a number of theirs
    map[i].index = static_cast<LifeIndex>(lives_.size() - 1);
    told_apart[map[i].index] = true;
    open_[key] = map[i].index;
  }
  for (std::size_t i = 0; i < later.lives_.size(); ++i) {
    const LifeIndex parent = later.lives_[i].parent;
    if (map[i].index == kNoLife || parent == kNoLife || map[parent].index == kNoLife) continue;
    Life& life = lives_[map[i].index];
    if (life.parent != kNoLife || map[parent].index == map[i].index) continue;
    life.parent = map[parent].index;
    life.birth_seen = true;
    if (life.first_ppid < 0) life.first_ppid = lives_[life.parent].pid;
    if (life.ppid < 0) life.ppid = life.first_ppid;
    // The parent's program was not known in the later stretch: what we know of it is what the child began with.
    map[i].comm = map[parent].comm;
    map[i].exe = map[parent].exe;
    map[i].phase = map[parent].phase;
    map[i].arch = map[parent].arch;
    if (life.arch == kernel::Arch::Unknown) life.arch = map[i].arch;
    life.phase = after(map[i].phase, life.phase);
    if (life.comm.empty()) life.comm = map[parent].comm;
    if (life.exe.empty()) life.exe = map[parent].exe;
  }
  for (const auto& [key, index] : later.open_) {
    if (map[index].index == kNoLife) continue;
    const Life& life = later.lives_[index];
    const std::string& host = lives_[map[index].index].host;
    if (!(life.death_seen && life.pid == pid_of(key))) open_[key_of(host, pid_of(key))] = map[index].index;
  }
  for (BirthClaim claim : later.claims_) {
    claim.parent = map[claim.parent].index;
    if (claim.parent != kNoLife && claims_.size() < kMaxClaims) claims_.push_back(claim);
  }
  for (const UnitMoment& each : later.units_) {
    if (units_.size() < kMaxUnits) units_.push_back(each);
  }
  join_unmatched(later, map);
  overflowed_ += later.overflowed_;
  return map;
}

void ProcessTable::join_unmatched(const ProcessTable& later, const std::vector<Joined>& map) {
  for (const LifeIndex each : later.newcomers_) {
    const LifeIndex mine = map[each].index;
    if (mine != kNoLife && lives_[mine].first.line == later.lives_[each].first.line && !lives_[mine].birth_seen)
      pair_newcomer(mine);
  }
  for (BirthClaim claim : later.awaited_) {
    claim.parent = map[claim.parent].index;
    if (claim.parent != kNoLife && awaited_.size() < kMaxUnmatched) awaited_.push_back(claim);
  }
}

std::vector<Joined> ProcessTable::adopt(ProcessTable&& other) {
  open_.clear();
  awaited_.clear();
  newcomers_.clear();
  last_life_ = kNoLife;
  return append(std::move(other));
}

}  // namespace medic::attribute
