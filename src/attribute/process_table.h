// The processes that a log speaks of: a pid is a name that is used again, so
// everything hangs on a process, never on a bare number.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <map>
#include <string>
#include <vector>

#include <tsl/robin_map.h>

#include "attribute/process.h"
#include "base/stable_list.h"
#include "model/event.h"

namespace medic::attribute {

// They stay where they are while more of them come.
using Processes = StableList<Process, 128>;

// Where a process of a later segment went, and what was known of it before that segment began: the
// program of calls that came before the segment's own first word about it.
struct Joined {
  ProcessIndex index = kNoProcess;
  std::string comm, exe, subj;
  Phase phase = Phase::Start;
  kernel::Arch arch = kernel::Arch::Unknown;
};

// Somebody's clone returned this number, which may be one of an inner pid namespace.
struct BirthClaim {
  ProcessIndex parent = kNoProcess;
  std::int64_t child = -1;
  model::Origin origin;
  model::Time time;
};

// Grows by events in the input's order. Tables of successive chunks are joined by append().
// A unit was started or stopped.
struct UnitMoment {
  std::string host, unit;
  std::int64_t ns = 0;  // since 1970
  bool started = false;
};

class ProcessTable {
 public:
  ProcessTable() {
    open_.max_load_factor(0.8F);
  }  // a busy segment has thousands, looked up anew for each

  // The process that this event belongs to, begun where there is none. kNoProcess when the event
  // names no task, or when kMaxProcesses are known.
  ProcessIndex observe(const model::Event& event);

  // The process of the task that was looked up last, if the event is its too and is no more than a
  // trace's call. kNoProcess: observe() decides. For a call like one that the process has had since
  // it changed last: heard() is then all that there is to observe.
  ProcessIndex same_again(const model::Event& event) {
    const bool tells_more =
        (event.serial & event.ppid & event.uid & event.auid & event.session) >= 0;
    const std::int64_t task = event.tid >= 0 ? event.tid : event.pid;
    if (tells_more || task < 0 || last_process_ == kNoProcess ||
        key_of(event.host, task) != last_key_)
      return kNoProcess;
    const Process& process = processes_[last_process_];
    return process.death_seen || is_after(process, event) ? kNoProcess : last_process_;
  }
  void heard(ProcessIndex index, const model::Event& event) {
    note_moment(processes_[index], event);
  }

  // Room for so many tasks.
  void expect(std::size_t tasks) { open_.reserve(std::min(tasks, kMaxProcesses)); }
  std::size_t tasks() const { return open_.size(); }

  // Joins a later segment of the same input: a process there whose birth was not seen goes on with
  // ours that has not ended. Returns, for each of later's processes, where it went.
  std::vector<Joined> append(ProcessTable&& later);

  // Takes over the processes of another input or host; never joins by pid. For the next file of a
  // rotated log it is append().
  std::vector<Joined> adopt(ProcessTable&& other);

  // The event's task has installed a filter: what it does from here on is filtered. The other
  // threads of its process are so only when the filter was meant for all; those of runc's init go
  // on without.
  enum class Threads : std::uint8_t { Caller, All };
  void filter_installed(ProcessIndex index, const model::Event& event, Threads threads);
  // The phase of the event's own thread.
  Phase phase_at(ProcessIndex index, const model::Event& event) const;

  // As Ledger::resolve_lines.
  template <class F>
  void resolve_lines(F&& to_line) {
    for (Process& process : processes_) {
      process.first.line = to_line(process.first);
      process.last.line = to_line(process.last);
    }
    for (BirthClaim& claim : claims_) claim.origin.line = to_line(claim.origin);
  }

  const Processes& processes() const { return processes_; }
  Process& process(ProcessIndex index) { return processes_[index]; }
  // Events whose process was not recorded because there were too many.
  std::uint64_t overflowed() const { return overflowed_; }

  // Beyond this many processes further ones are not distinguished: memory must not grow with a
  // log's length.
  static constexpr std::size_t kMaxProcesses = std::size_t{1} << 17;

  // As the log says them, the first few thousand.
  const std::vector<UnitMoment>& units() const { return units_; }

  // Births whose child is known by a number that may not be comparable.
  const std::vector<BirthClaim>& claims() const { return claims_; }

 private:
  friend struct ProcessTableImage;  // saves and loads all of it
  // A host's number and a task's, in one word.
  using Key = std::uint64_t;
  struct KeyHash {
    std::size_t operator()(Key key) const {
      return static_cast<std::size_t>((key ^ (key >> 33)) * 0x9E3779B97F4A7C15ULL);
    }
  };
  static constexpr std::size_t kMaxHostName = 256;
  Key key_of(std::string_view host, std::int64_t pid) {
    host = host.substr(0, kMaxHostName);
    if (last_host_ >= hosts_.size() || hosts_[last_host_] != host) find_host(host);
    return (last_host_ << 40) | (static_cast<std::uint64_t>(pid) & 0xFFFFFFFFFFULL);
  }
  void find_host(std::string_view host);
  static std::int64_t pid_of(Key key) { return static_cast<std::int64_t>(key & 0xFFFFFFFFFFULL); }
  ProcessIndex current(std::string_view host, std::int64_t pid, const model::Event& event);
  ProcessIndex find_current(Key key, std::string_view host, std::int64_t pid,
                            const model::Event& event);
  ProcessIndex begin(std::string_view host, std::int64_t pid, const model::Event& event);
  bool is_ancestor(std::int64_t pid, const Process& process);
  bool is_another(const Process& process, const model::Event& event);
  bool goes_on(const Process& mine, const Process& later);
  void note_unit(const model::UnitChange& change, const model::Event& event);
  void note(Process& process, const model::Event& event);
  static void note_moment(Process& process, const model::Event& event) {
    if (event.origin.input != process.last.input || event.origin.line >= process.last.line)
      process.last = event.origin;
    if (event.time.basis != model::Time::Basis::None &&
        (event.time.basis != process.last_time.basis || event.time.ns > process.last_time.ns))
      process.last_time = event.time;
  }
  // Lines count up within an input, also before they are resolved.
  static bool is_after(const Process& process, const model::Event& event) {
    return process.first.input == event.origin.input && process.first.line > event.origin.line;
  }
  void change(ProcessIndex index, const model::Event& event);
  void executed(Process& process, const model::Exec& exec, const model::Event& event);
  void born(ProcessIndex parent, const model::Fork& fork, const model::Event& event);
  void born_unnamed(ProcessIndex parent, const model::Fork& fork, const model::Event& event);
  ProcessIndex holder_then(std::int64_t pid, const model::Event& event, ProcessIndex now) const;
  ProcessIndex heard_since(std::int64_t pid, const model::Event& event) const;
  void make_child(Process& child, ProcessIndex parent);
  void pair_newcomer(ProcessIndex child);
  void join_unmatched(const ProcessTable& later, const std::vector<Joined>& map);

  Processes processes_;
  tsl::robin_map<Key, ProcessIndex, KeyHash>
      open_;  // a task's current process; a thread's number leads to its process's process
  std::vector<BirthClaim> claims_;
  std::vector<UnitMoment> units_;
  // A trace from outside a pid namespace: births whose child has not been seen yet, and newcomers
  // whose birth has not.
  std::vector<BirthClaim> awaited_;
  std::vector<ProcessIndex> newcomers_;
  std::uint64_t overflowed_ = 0;
  // The last task looked up: logs come in runs of one pid.
  Key last_key_ = 0;
  ProcessIndex last_process_ = kNoProcess;
  std::vector<std::string> hosts_;
  std::uint64_t last_host_ = 0;
};

}  // namespace medic::attribute
