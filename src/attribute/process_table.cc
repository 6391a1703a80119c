#include "attribute/process_table.h"

#include <algorithm>

#include "attribute/process_facts.h"

namespace medic::attribute {
namespace {

constexpr std::size_t kMaxClaims = 65536;  // as many as there may be processes
constexpr std::size_t kMaxUnits = 16384;
constexpr std::size_t kMaxUnmatched =
    64;  // births under way at one time: more than that are too far apart to belong together
constexpr std::size_t kMaxSteps =
    4096;  // back through processes: more than begin during one call, where no attack is under way
constexpr std::int64_t kUnset = 4294967295;  // of auid and ses

std::int64_t task_of(const model::Event& event) { return event.tid >= 0 ? event.tid : event.pid; }

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

Phase with_exec(Phase phase) {
  return phase == Phase::Start || phase == Phase::Exec ? Phase::Exec : Phase::FilteredExec;
}

}  // namespace

void ProcessTable::filter_installed(ProcessIndex index, const model::Event& event,
                                    Threads threads) {
  Process& process = processes_[index];
  if (threads == Threads::Caller && !process.filter_seen && event.serial < 0 &&
      process.phase != Phase::Filtered) {
    process.unfiltered = process.threads;
    process.unfiltered.push_back(process.pid);
    std::erase(process.unfiltered, task_of(event));
  }
  process.phase = after(process.phase, Phase::Filtered);
  process.filter_seen = true;
  ++process.changes;
}

Phase ProcessTable::phase_at(ProcessIndex index, const model::Event& event) const {
  const Process& process = processes_[index];
  const bool outside = process.phase == Phase::Filtered &&
                       std::find(process.unfiltered.begin(), process.unfiltered.end(),
                                 task_of(event)) != process.unfiltered.end();
  return !outside ? process.phase : process.execs > 0 ? Phase::Exec : Phase::Start;
}

ProcessIndex ProcessTable::begin(std::string_view host, std::int64_t pid,
                                 const model::Event& event) {
  if (processes_.size() >= kMaxProcesses) {
    ++overflowed_;
    return kNoProcess;
  }
  Process& process = processes_.emplace_back();
  process.host = std::string(host.substr(0, 256));
  process.pid = pid;
  process.first = process.last = event.origin;
  process.first_time = process.last_time = event.time;
  const auto index = static_cast<ProcessIndex>(processes_.size() - 1);
  open_[key_of(host, pid)] = index;
  return index;
}

bool ProcessTable::is_ancestor(std::int64_t pid, const Process& process) {
  constexpr int kMaxSteps = 64;
  const Process* at = &process;
  for (int i = 0; i < kMaxSteps && at->parent != kNoProcess && at->parent < processes_.size();
       ++i) {
    at = &processes_[at->parent];
    if (at->pid == pid || at->first_ppid == pid) return true;
  }
  const auto parent = open_.find(key_of(process.host, process.ppid));
  if (parent == open_.end()) return false;
  const Process& known = processes_[parent->second];
  return known.ppid == pid || known.first_ppid == pid;
}

// Facts that a process keeps from birth to death, or changes in known ways only: a session is not
// exchanged for another, a start time stays, and an orphan goes to an ancestor or to init. So what
// contradicts them is another process with the same number.
bool ProcessTable::is_another(const Process& process, const model::Event& event) {
  if (event.session >= 0 && process.session >= 0 && event.session != process.session &&
      event.session != kUnset && process.session != kUnset)
    return true;
  const auto* call = std::get_if<model::Call>(&event.what);
  if (call != nullptr && call->outcome.kind == model::Outcome::Kind::Denied)
    return event.serial >= 0 && process.execs > 0 && is_other_program(process.exe, event.exe);
  const auto* label = call != nullptr ? nullptr : std::get_if<model::Label>(&event.what);
  if (label != nullptr && label->start_ticks >= 0 && process.start_ticks >= 0 &&
      label->start_ticks != process.start_ticks)
    return true;
  const std::int64_t ppid = label != nullptr ? label->ppid : event.ppid;
  if (ppid < 0 || process.ppid < 0 || ppid == process.ppid || ppid == 1 ||
      is_ancestor(ppid, process))
    return false;
  return (!event.comm.empty() && event.comm != process.comm) ||
         (!event.exe.empty() && !process.exe.empty() && event.exe != process.exe);
}

void ProcessTable::find_host(std::string_view host) {
  constexpr std::size_t kMaxHosts = 1 << 20;
  const auto found = std::find(hosts_.begin(), hosts_.end(), host);
  last_host_ = static_cast<std::uint64_t>(found - hosts_.begin());
  if (found == hosts_.end() && hosts_.size() < kMaxHosts) hosts_.emplace_back(host);
}

// Logs come in runs of one task.
ProcessIndex ProcessTable::current(std::string_view host, std::int64_t pid,
                                   const model::Event& event) {
  const Key key = key_of(host, pid);
  if (key == last_key_ && last_process_ != kNoProcess) {
    const Process& process = processes_[last_process_];
    if (!process.death_seen && !is_after(process, event)) return last_process_;
  }
  return find_current(key, host, pid, event);
}

ProcessIndex ProcessTable::find_current(Key key, std::string_view host, std::int64_t pid,
                                        const model::Event& event) {
  const auto found = open_.find(key);
  ProcessIndex index = found == open_.end() ? kNoProcess : found->second;
  if (index != kNoProcess && is_after(processes_[index], event))
    return holder_then(pid, event, index);
  if (index != kNoProcess && processes_[index].death_seen) {
    // Records of several CPUs stand a little out of order.
    const Process& dead = processes_[index];
    const bool late = event.time.basis == model::Time::Basis::Epoch &&
                      dead.last_time.basis == event.time.basis && event.time.ns < dead.last_time.ns;
    // And what was cut by a block's end is reported after its process's death.
    const bool told_late =
        event.origin.input == dead.last.input && event.origin.line < dead.last.line;
    if (late || told_late) return index;
    index = kNoProcess;
  }
  if (index == kNoProcess) {
    index = begin(host, pid, event);
    if (index != kNoProcess && event.serial < 0) pair_newcomer(index);
  }
  constexpr std::size_t kMaxThreads = 64;  // a Go runtime has a dozen
  if (index != kNoProcess && event.serial < 0 && processes_[index].pid != pid) {
    std::vector<std::int64_t>& threads = processes_[index].threads;
    if (threads.size() < kMaxThreads &&
        std::find(threads.begin(), threads.end(), pid) == threads.end())
      threads.push_back(pid);
  }
  last_key_ = key;
  last_process_ = index;
  return index;
}

void ProcessTable::note_unit(const model::UnitChange& change, const model::Event& event) {
  if (units_.size() >= kMaxUnits || event.time.basis != model::Time::Basis::Epoch) return;
  units_.push_back({std::string(event.host.substr(0, 256)), std::string(change.unit), event.time.ns,
                    change.started});
}

void ProcessTable::note(Process& process, const model::Event& event) {
  note_moment(process, event);
  if (event.serial >= 0) process.kernel_numbers = true;
  if (!event.comm.empty() && process.comm != event.comm) {
    ++process.changes;
    process.comm.assign(event.comm.substr(0, 256));
    if (process.first_comm.empty()) process.first_comm = process.comm;
    if (is_runtime_init_comm(process.comm) &&
        may_be_runtime_exe(event.exe.empty() ? std::string_view(process.exe) : event.exe))
      process.was_runtime_init = true;
  }
  if (!event.exe.empty()) process.changes += set_if_told(process.exe, event.exe) ? 1 : 0;
  if (!event.subj.empty()) process.changes += set_if_told(process.subj, event.subj) ? 1 : 0;
  if (event.uid >= 0) process.uid = event.uid;
  if (event.auid >= 0) process.auid = event.auid;
  if (event.session >= 0) process.session = event.session;
}

void ProcessTable::executed(Process& process, const model::Exec& exec, const model::Event& event) {
  set_if_told(process.exe, exec.exe);
  if (event.comm.empty() && !exec.exe.empty())
    process.comm = std::string(base_name(exec.exe).substr(0, 15));  // TASK_COMM_LEN - 1
  ++process.execs;
  ++process.changes;
  process.threads.clear();  // execve ends the other threads
  process.unfiltered.clear();
  process.phase = with_exec(process.phase);
  const RuntimeCommand command = read_runtime_command(exec.exe, exec.args);
  process.runtime = command.role == RuntimeCommand::Role::None
                        ? nullptr
                        : std::make_shared<const RuntimeCommand>(command);
  if (command.role == RuntimeCommand::Role::Init) process.was_runtime_init = true;
}

void ProcessTable::make_child(Process& child, ProcessIndex parent) {
  const Process& from = processes_[parent];
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

// A trace from outside shows children by their outer numbers, and the inner ones as what clone
// returned: the n-th newcomer is the n-th child. Where several are under way the parent is a guess.
void ProcessTable::pair_newcomer(ProcessIndex child) {
  if (!awaited_.empty()) {
    processes_[child].parent_guessed = awaited_.size() > 1;
    processes_[child].parent_paired = true;
    const ProcessIndex parent = awaited_.front().parent;
    awaited_.erase(awaited_.begin());
    make_child(processes_[child], parent);
    return;
  }
  newcomers_.push_back(child);
  if (newcomers_.size() > kMaxUnmatched) newcomers_.erase(newcomers_.begin());
}

void ProcessTable::born_unnamed(ProcessIndex parent, const model::Fork& fork,
                                const model::Event& event) {
  const BirthClaim claim{parent, fork.child, event.origin, event.time};
  if (event.serial >= 0) {
    if (fork.child >= 0 && claims_.size() < kMaxClaims) claims_.push_back(claim);
    return;
  }
  // A child often runs before its parent's call returns.
  const auto early = std::find_if(newcomers_.begin(), newcomers_.end(), [&](ProcessIndex each) {
    return each != parent && !processes_[each].birth_seen &&
           processes_[each].first.input == event.origin.input &&
           processes_[each].first.line > event.origin.line;
  });
  if (early != newcomers_.end()) {
    const ProcessIndex child = *early;
    newcomers_.erase(early);
    make_child(processes_[child], parent);
  } else if (awaited_.size() < kMaxUnmatched) {
    awaited_.push_back(claim);
  }
}

// What was cut by a segment's end is reported late, and the number may have another holder by then.
ProcessIndex ProcessTable::holder_then(std::int64_t pid, const model::Event& event,
                                       ProcessIndex now) const {
  std::size_t steps = kMaxSteps;
  for (std::size_t i = processes_.size(); i-- > 0 && steps-- > 0;) {
    const Process& process = processes_[i];
    if (process.pid != pid || process.host != event.host ||
        process.first.input != event.origin.input || process.first.line > event.origin.line)
      continue;
    return process.death_seen && process.last.line < event.origin.line
               ? now
               : static_cast<ProcessIndex>(i);
  }
  return now;
}

// The first process with this number that began after the event's line. There is one where a call
// that was cut, by others' lines or by a segment's end, is reported late: the child may have lived
// and died by then, and others with its number too.
ProcessIndex ProcessTable::heard_since(std::int64_t pid, const model::Event& event) const {
  ProcessIndex found = kNoProcess;
  std::size_t steps = kMaxSteps;
  for (std::size_t i = processes_.size();
       i-- > 0 && steps-- > 0 && is_after(processes_[i], event);) {
    const Process& process = processes_[i];
    if (process.pid == pid && process.host == event.host &&
        (!process.birth_seen || process.parent_paired))
      found = static_cast<ProcessIndex>(i);
  }
  return found;
}

void ProcessTable::born(ProcessIndex parent, const model::Fork& fork, const model::Event& event) {
  if (fork.child_in_inner_ns && !fork.is_thread) return born_unnamed(parent, fork, event);
  if (fork.child < 0 || fork.child_in_inner_ns) return;
  const Key key = key_of(event.host, fork.child);
  last_process_ = kNoProcess;
  if (fork.is_thread) {
    open_[key] = parent;
    std::vector<std::int64_t>& unfiltered = processes_[parent].unfiltered;
    if (std::find(unfiltered.begin(), unfiltered.end(), task_of(event)) != unfiltered.end() &&
        unfiltered.size() < kMaxUnmatched * 4)
      unfiltered.push_back(fork.child);
    return;
  }
  const auto found = open_.find(key);
  ProcessIndex child = found == open_.end() ? kNoProcess : found->second;
  if (const ProcessIndex heard = heard_since(fork.child, event); heard != kNoProcess) child = heard;
  // The child may have been heard of before its parent's clone returned. A number is a better
  // witness than the order of births.
  const bool was_paired =
      child != kNoProcess && processes_[child].parent_paired && is_after(processes_[child], event);
  const bool is_new =
      child == kNoProcess || child == parent ||
      (!was_paired && (processes_[child].death_seen
                           ? !is_after(processes_[child], event) || processes_[child].birth_seen
                           : processes_[child].birth_seen));
  if (is_new) child = begin(event.host, fork.child, event);
  if (child == kNoProcess) return;
  std::erase(newcomers_, child);
  if (was_paired) {
    processes_[child].parent_paired = processes_[child].parent_guessed = false;
    processes_[child].first_ppid = -1;
  }
  make_child(processes_[child], parent);
}

ProcessIndex ProcessTable::observe(const model::Event& event) {
  const std::int64_t task = task_of(event);
  if (task < 0) {
    if (const auto* change = std::get_if<model::UnitChange>(&event.what)) note_unit(*change, event);
    return kNoProcess;
  }
  ProcessIndex index = current(event.host, task, event);
  if (index == kNoProcess) return kNoProcess;
  Process* process = &processes_[index];
  if (process->pid == task && is_another(*process, event)) {
    last_process_ = kNoProcess;
    index = begin(event.host, task, event);
    if (index == kNoProcess) return kNoProcess;
    process = &processes_[index];
  }
  note(*process, event);
  if (event.ppid >= 0) set_parent(*process, event.ppid);
  if (!std::holds_alternative<model::Call>(event.what))
    change(index, event);  // calls are the ledger's
  return index;
}

void ProcessTable::change(ProcessIndex index, const model::Event& event) {
  Process& process = processes_[index];
  if (const auto* fork = std::get_if<model::Fork>(&event.what)) {
    born(index, *fork, event);
  } else if (const auto* exec = std::get_if<model::Exec>(&event.what)) {
    executed(process, *exec, event);
  } else if (std::holds_alternative<model::Exit>(event.what)) {
    const std::int64_t task = task_of(event);
    if (process.pid == task)
      process.death_seen = true;  // a thread's end is not its process's
    else
      open_.erase(key_of(event.host, task));
    last_process_ = kNoProcess;
  } else if (const auto* label = std::get_if<model::Label>(&event.what)) {
    apply(process, *label, event.provenance);
    if (!label->cgroup.empty()) process.cgroup_apart = event.serial < 0;
  }
}

// Is the process of a later segment ours going on? Its birth was not seen there, or it is the birth
// of one of ours, which was heard of before its parent was: files of strace -ff come in the order
// of their names.
bool ProcessTable::goes_on(const Process& mine, const Process& later) {
  // In files of strace -ff a thread's calls come after the whole of its process's.
  const bool is_thread = later.pid != mine.pid && later.first.input != mine.first.input;
  if (mine.death_seen && !is_thread) return false;
  const bool timed = later.last_time.basis == model::Time::Basis::Epoch &&
                     mine.first_time.basis == later.last_time.basis;
  if (timed && later.last_time.ns < mine.first_time.ns) return false;  // files in the wrong order
  if (later.birth_seen)
    return !mine.birth_seen && !mine.kernel_numbers && later.first.input != mine.first.input &&
           later.execs == 0;
  if (later.session >= 0 && mine.session >= 0 && later.session != mine.session &&
      later.session != kUnset && mine.session != kUnset)
    return false;
  if (later.start_ticks >= 0 && mine.start_ticks >= 0 && later.start_ticks != mine.start_ticks)
    return false;
  if (later.kernel_numbers && later.execs == 0 && mine.execs > 0 &&
      is_other_program(mine.exe, later.exe))
    return false;
  if (later.first_ppid < 0 || mine.ppid < 0 || later.first_ppid == mine.ppid ||
      later.first_ppid == 1 || is_ancestor(later.first_ppid, mine))
    return true;
  return later.first_comm.empty() || later.first_comm == mine.comm;
}

std::vector<Joined> ProcessTable::append(ProcessTable&& later) {
  std::vector<Joined> map(later.processes_.size());
  last_process_ = kNoProcess;
  std::vector<bool> told_apart(
      processes_.size() +
      later.processes_.size());  // ours that one of theirs is: a further one is another
  for (std::size_t i = 0; i < later.processes_.size(); ++i) {
    Process& process = later.processes_[i];
    const Key key = key_of(process.host, process.pid);
    const auto found = open_.find(key);
    if (found != open_.end() && !told_apart[found->second] &&
        goes_on(processes_[found->second], process)) {
      told_apart[found->second] = true;
      Process& mine = processes_[found->second];
      map[i] = {found->second, mine.comm, mine.exe, mine.subj, mine.phase, mine.arch};
      continue_process(mine, process);
      continue;
    }
    if (processes_.size() >= kMaxProcesses) {
      ++overflowed_;
      continue;
    }
    processes_.push_back(std::move(process));  // its numbers stay good to read
    processes_.back().parent = kNoProcess;     // it is a number of theirs
    map[i].index = static_cast<ProcessIndex>(processes_.size() - 1);
    told_apart[map[i].index] = true;
    open_[key] = map[i].index;
  }
  for (std::size_t i = 0; i < later.processes_.size(); ++i) {
    const ProcessIndex parent = later.processes_[i].parent;
    if (map[i].index == kNoProcess || parent == kNoProcess || map[parent].index == kNoProcess)
      continue;
    Process& process = processes_[map[i].index];
    if (process.parent != kNoProcess || map[parent].index == map[i].index) continue;
    process.parent = map[parent].index;
    process.birth_seen = true;
    if (process.first_ppid < 0) process.first_ppid = processes_[process.parent].pid;
    if (process.ppid < 0) process.ppid = process.first_ppid;
    // The parent's program was not known in the later segment: what we know of it is what the child
    // began with.
    map[i].comm = map[parent].comm;
    map[i].exe = map[parent].exe;
    map[i].phase = map[parent].phase;
    map[i].arch = map[parent].arch;
    if (process.arch == kernel::Arch::Unknown) process.arch = map[i].arch;
    process.phase = after(map[i].phase, process.phase);
    if (process.comm.empty()) process.comm = map[parent].comm;
    if (process.exe.empty()) process.exe = map[parent].exe;
  }
  for (const auto& [key, index] : later.open_) {
    if (map[index].index == kNoProcess) continue;
    const Process& process = later.processes_[index];
    const std::string& host = processes_[map[index].index].host;
    if (!(process.death_seen && process.pid == pid_of(key)))
      open_[key_of(host, pid_of(key))] = map[index].index;
  }
  for (BirthClaim claim : later.claims_) {
    claim.parent = map[claim.parent].index;
    if (claim.parent != kNoProcess && claims_.size() < kMaxClaims) claims_.push_back(claim);
  }
  for (const UnitMoment& each : later.units_) {
    if (units_.size() < kMaxUnits) units_.push_back(each);
  }
  join_unmatched(later, map);
  overflowed_ += later.overflowed_;
  return map;
}

void ProcessTable::join_unmatched(const ProcessTable& later, const std::vector<Joined>& map) {
  for (const ProcessIndex each : later.newcomers_) {
    const ProcessIndex mine = map[each].index;
    if (mine != kNoProcess && processes_[mine].first.line == later.processes_[each].first.line &&
        !processes_[mine].birth_seen)
      pair_newcomer(mine);
  }
  for (BirthClaim claim : later.awaited_) {
    claim.parent = map[claim.parent].index;
    if (claim.parent != kNoProcess && awaited_.size() < kMaxUnmatched) awaited_.push_back(claim);
  }
}

std::vector<Joined> ProcessTable::adopt(ProcessTable&& other) {
  open_.clear();
  awaited_.clear();
  newcomers_.clear();
  last_process_ = kNoProcess;
  return append(std::move(other));
}

}  // namespace medic::attribute
