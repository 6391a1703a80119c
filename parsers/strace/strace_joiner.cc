#include "parsers/strace/strace_joiner.h"

#include <algorithm>

#include "kernel/errno.h"

namespace medic::parsers::strace {
namespace {

using model::Certainty;
using model::Outcome;

// Bounds on what a hostile log can make us keep: more tasks than a machine's default pid_max, and a
// few deaths at once.
constexpr std::size_t kMaxPending = 32768;
constexpr std::size_t kMaxPendingBytes = std::size_t{16} << 20;
constexpr std::size_t kMaxTasks = 1 << 18;
constexpr std::size_t kMaxDeaths = 4096;
constexpr std::size_t kMaxUnmatched = 64;

Outcome killed_by_filter(kernel::Action action, int signal) {
  Outcome out;
  out.kind = Outcome::Kind::Denied;
  out.action = action;
  out.signal = signal;
  return out;
}

Line line_of(const PendingCall& call) { return read_line(mark_line(call.text), call.arch); }

Context context_of(std::int64_t tid, const PendingCall& call) {
  return {call.origin, tid, call.arch, call.child, false};
}

// How likely it is that this call, of several threads' that died together, is the one that the
// filter answered. Smaller is likelier.
int suspicion(const PendingCall& call) {
  // What strace prints of a process that it attached to within a call, whatever the call was.
  if (line_of(call).name == "restart_syscall") return 4;
  if (call.state == CallState::Entered) return 3;
  const Line line = line_of(call);
  if (line.kind != LineKind::Call) return 4;
  if (line.result.question) return call.was_resumed ? 2 : 1;
  return call.state == CallState::Pending ? 0 : may_be_suppressed(line, call.arch) ? 3 : 4;
}

}  // namespace

void StraceJoiner::join(std::unique_ptr<Partial> ends, EventSink& sink) {
  if (!ends) return;
  CallWriter writer(options_, sink);
  const auto& own = static_cast<const StracePartial&>(*ends);
  take_rows(own, writer);
  calls_seen_ = calls_seen_ || own.has_calls;
  for (const Note& note : own.notes) take(note, writer);
}

void StraceJoiner::take_rows(const StracePartial& ends, CallWriter& writer) {
  if (calls_seen_) return;
  for (const StracePartial::Row& row : ends.rows) {
    Line line;
    line.raw = row.text;
    writer.summary({row.name, row.calls, row.errors}, line, {row.origin, -1, row.arch, -1, false});
  }
}

void StraceJoiner::finish(EventSink& sink) {
  CallWriter writer(options_, sink);
  while (!deaths_.empty()) resolve_process(deaths_.begin()->first, writer);
  for (const std::int64_t tid : pending_order_) {
    const PendingCall call = close(tid);
    release(tid, call, writer);
  }
  pending_order_.clear();
}

void StraceJoiner::take(const Note& note, CallWriter& writer) {
  switch (note.kind) {
    case Note::Kind::Resolve: take_resolve(note, writer); break;
    case Note::Kind::Tail: open(note.tid, note.texts->call, writer); break;
    case Note::Kind::Fork:
      take_birth({group_of(note.tid), note.other, note.thread, note.origin.line});
      break;
    case Note::Kind::Strict:
      if (strict_.size() < kMaxTasks) strict_.insert(note.tid);
      break;
    case Note::Kind::Alive: note_alive(note.tid, writer); break;
    case Note::Kind::Death: take_death(note.tid, note.signal, note.texts->call, writer); break;
    case Note::Kind::Supersede: {
      PendingCall call = close(note.other);
      if (call.state == CallState::Entered) {
        release(note.tid, close(note.tid), writer);
        open(note.tid, std::move(call), writer);
      }
      break;
    }
    case Note::Kind::Broken: broken_ = note.texts->call; break;
    case Note::Kind::Continuation: take_continuation(note, writer); break;
  }
}

void StraceJoiner::open(std::int64_t tid, PendingCall call, CallWriter& writer) {
  const bool known = pending_.contains(tid);
  if (known) pending_bytes_ -= pending_[tid].text.size();
  pending_bytes_ += call.text.size();
  pending_[tid] = std::move(call);
  if (!known) pending_order_.push_back(tid);
  while ((pending_.size() > kMaxPending || pending_bytes_ > kMaxPendingBytes) &&
         !pending_order_.empty()) {
    const std::int64_t oldest = pending_order_.front();
    pending_order_.pop_front();
    const PendingCall given_up = close(oldest);
    release(oldest, given_up, writer);
  }
  // Closed tasks leave their places behind.
  if (pending_order_.size() > 2 * kMaxPending)
    std::erase_if(pending_order_, [&](std::int64_t old) { return !pending_.contains(old); });
}

PendingCall StraceJoiner::close(std::int64_t tid) {
  const auto found = pending_.find(tid);
  if (found == pending_.end()) return {};
  PendingCall call = std::move(found->second);
  pending_bytes_ -= call.text.size();
  pending_.erase(found);
  return call;
}

void StraceJoiner::release(std::int64_t tid, const PendingCall& call, CallWriter& writer) {
  const CallEffect effect = effect_of(call.state, CallStep::GoesOn);
  if (effect == CallEffect::Nothing) return;
  const Line line = line_of(call);
  if (effect == CallEffect::Returned && line.kind == LineKind::Call) {
    writer.call(line, context_of(tid, call));
  } else if (line.call.known) {
    writer.unfinished(line, context_of(tid, call));
  }
}

void StraceJoiner::take_ended(std::int64_t tid, PendingCall call, CallWriter& writer) {
  const Line line = line_of(call);
  if (line.kind != LineKind::Call) {
    if (line.call.known) writer.unfinished(line, context_of(tid, call));
    return;
  }
  call.state = ended_state(looks_suppressed(line, call.arch));
  if (call.state == CallState::Source) {
    const Consequence consequence = writer.call(line, context_of(tid, call));
    if (consequence == Consequence::StrictMode && strict_.size() < kMaxTasks) strict_.insert(tid);
    if ((consequence == Consequence::NewThread || consequence == Consequence::NewTask) &&
        tid >= 0) {
      const std::int64_t shown =
          line.result.outer_pid >= 0 ? line.result.outer_pid : line.result.outcome.value;
      const std::int64_t child = call.child >= 0                            ? call.child
                                 : shown < tid && line.result.outer_pid < 0 ? -1
                                                                            : shown;
      take_birth({group_of(tid), child, consequence == Consequence::NewThread, call.origin.line});
    }
  }
  open(tid, std::move(call), writer);
}

std::int64_t StraceJoiner::find_entered(const Note& note, const Line& resumed) const {
  const auto fits = [&](const PendingCall& call) {
    if (call.state != CallState::Entered) return false;
    return resumes(line_of(call).name, resumed.name);
  };
  constexpr std::int64_t kNobody = INT64_MIN;
  if (const auto own = pending_.find(note.tid);
      own != pending_.end() && own->second.state == CallState::Entered) {
    return fits(own->second) ? note.tid : kNobody;
  }
  if (note.tid >= 0) {
    const auto unnamed = pending_.find(-1);
    return unnamed != pending_.end() && fits(unnamed->second) ? -1 : kNobody;
  }
  std::int64_t only = kNobody;
  for (const auto& [tid, call] : pending_) {
    if (!fits(call)) continue;
    if (only != kNobody) return kNobody;
    only = tid;
  }
  return only;
}

void StraceJoiner::take_fragment(const Note& note, CallWriter& writer) {
  const Line resumed = read_line(mark_line(note.texts->fragment), note.arch);
  const std::int64_t source = find_entered(note, resumed);
  if (source == INT64_MIN) {
    release(note.tid, close(note.tid), writer);
    PendingCall orphan;
    orphan.text = orphan_text(resumed);
    orphan.origin = note.origin;
    orphan.arch = note.arch;
    orphan.was_resumed = true;
    if (!orphan.text.empty()) take_ended(note.tid, std::move(orphan), writer);
    return;
  }
  PendingCall call = close(source);
  const std::string start = std::move(call.text);
  join_halves(head_of(read_line(mark_line(start), call.arch)), resumed.args, call.text);
  call.was_resumed = true;
  const std::int64_t owner = note.tid >= 0 ? note.tid : source;
  release(owner, close(owner),
          writer);  // its own call before, when the first half had another number or none
  take_ended(owner, std::move(call), writer);
}

void StraceJoiner::take_resolve(const Note& note, CallWriter& writer) {
  note_seen(note.tid, note.origin.line);
  if (note.has_fragment) take_fragment(note, writer);
  if (note.fate == Note::Fate::Open) return;
  PendingCall call = close(note.tid);
  switch (note.fate) {
    case Note::Fate::Trapped: take_trap(note, std::move(call), writer); break;
    case Note::Fate::Killed: take_death(note.tid, note.signal, std::move(call), writer); break;
    case Note::Fate::Excused: release(note.tid, call, writer); break;
    default:
      release(note.tid, call, writer);
      note_alive(note.tid, writer);
      break;
  }
}

void StraceJoiner::take_trap(const Note& note, PendingCall call, CallWriter& writer) {
  const Line line = read_line(mark_line(note.texts->signal_line), note.arch);
  const model::Signal signal = read_signal_details(line, note.arch);
  if (effect_of(call.state, CallStep::TrappedIn) == CallEffect::Denied) {
    const Line trapped = line_of(call);
    if (is_call_of(signal, trapped) && may_be_suppressed(trapped, call.arch)) {
      writer.denied(trapped,
                    {call.origin, note.tid, signal.syscall.arch, -1, is_multiplexer(signal)},
                    trap_outcome(signal), Certainty::Stated);
      return;
    }
  }
  release(note.tid, call, writer);
  writer.trapped(line, {note.origin, note.tid, note.arch, -1, false}, signal);
}

void StraceJoiner::take_continuation(const Note& note, CallWriter& writer) {
  if (broken_.text.empty()) return;
  PendingCall call = std::move(broken_);
  broken_ = {};
  const std::string start = std::move(call.text);
  const Line head = read_line(mark_line(start), call.arch);
  call.text = join_broken(head, note.texts->fragment);
  const std::int64_t tid = head.prefix.pid >= 0 ? head.prefix.pid : note.tid;
  release(tid, close(tid), writer);
  const Line joined = line_of(call);
  if (joined.kind == LineKind::Unfinished && joined.detached) {
    writer.unfinished(joined, context_of(tid, call));
    writer.loss(model::Loss::Kind::Detached, joined, context_of(tid, call));
  } else if (joined.kind == LineKind::Unfinished) {
    call.state = CallState::Entered;
    open(tid, std::move(call), writer);
  } else {
    take_ended(tid, std::move(call), writer);
  }
}

void StraceJoiner::add_thread(std::int64_t group, std::int64_t tid) {
  if (groups_.size() >= kMaxTasks) return;
  groups_[tid] = group;
  grouped_.insert(group);
}

void StraceJoiner::take_birth(const Birth& birth) {
  std::int64_t child = birth.child;
  if (child < 0) {
    // A child often runs before its parent's call returns.
    const auto early = std::find_if(newcomers_.begin(), newcomers_.end(),
                                    [&](const Newcomer& n) { return n.line > birth.line; });
    if (early == newcomers_.end()) {
      awaited_.push_back(birth);
      if (awaited_.size() > kMaxUnmatched) awaited_.pop_front();
      return;
    }
    child = early->tid;
    newcomers_.erase(early);
  } else {
    std::erase_if(newcomers_, [&](const Newcomer& n) { return n.tid == child; });
    if (seen_.size() < kMaxTasks) seen_.insert(child);
  }
  if (birth.thread) {
    add_thread(birth.group, child);
  } else {
    groups_.erase(child);  // the number may have been a thread's before
  }
}

void StraceJoiner::note_seen(std::int64_t tid, std::uint64_t line) {
  if (seen_.size() >= kMaxTasks || !seen_.insert(tid).second) return;
  if (!awaited_.empty()) {
    const Birth birth = awaited_.front();
    awaited_.pop_front();
    if (birth.thread) add_thread(birth.group, tid);
    return;
  }
  newcomers_.push_back({tid, line});
  if (newcomers_.size() > kMaxUnmatched) newcomers_.pop_front();
}

std::int64_t StraceJoiner::group_of(std::int64_t tid) const {
  const auto found = groups_.find(tid);
  return found == groups_.end() ? tid : found->second;
}

void StraceJoiner::deny(const Death& death, const Outcome& outcome, CallWriter& writer) {
  const Line line = line_of(death.call);
  if (line.call.known)
    writer.denied(line, context_of(death.tid, death.call), outcome, Certainty::Inferred);
}

void StraceJoiner::take_death(std::int64_t tid, int signal, PendingCall call, CallWriter& writer) {
  const bool strict = strict_.erase(tid) != 0;
  if (call.state == CallState::Idle) return;
  if (effect_of(call.state, step_of_death(signal)) != CallEffect::Death)
    return release(tid, call, writer);
  if (signal == kernel::kSIGKILL) {
    // Strict mode kills by SIGKILL; so does anybody else.
    if (!strict || !line_of(call).result.question) return release(tid, call, writer);
    return deny({tid, call}, killed_by_filter(kernel::Action::KillThread, kernel::kSIGKILL),
                writer);
  }
  const std::int64_t group = group_of(tid);
  deaths_[group].push_back({tid, std::move(call)});
  ++death_count_;
  if (!grouped_.contains(group)) resolve_process(group, writer);
  while (death_count_ > kMaxDeaths) resolve_process(deaths_.begin()->first, writer);
}

void StraceJoiner::note_alive(std::int64_t tid, CallWriter& writer) {
  if (deaths_.empty()) return;
  const auto found = deaths_.find(group_of(tid));
  if (found == deaths_.end()) return;
  const std::vector<Death> dead = std::move(found->second);
  deaths_.erase(found);
  death_count_ -= dead.size();
  for (const Death& death : dead) {
    if (suspicion(death.call) < 4)
      deny(death, killed_by_filter(kernel::Action::KillThread, kernel::kSIGSYS), writer);
    else
      release(death.tid, death.call, writer);
  }
}

void StraceJoiner::resolve_process(std::int64_t group, CallWriter& writer) {
  const auto found = deaths_.find(group);
  if (found == deaths_.end()) return;
  const std::vector<Death> dead = std::move(found->second);
  deaths_.erase(found);
  death_count_ -= dead.size();
  grouped_.erase(group);
  int least = 4;
  std::size_t culprit = dead.size();
  for (std::size_t i = 0; i < dead.size(); ++i) {
    const int rank = suspicion(dead[i].call);
    // Of equals the one that entered its call last: the others were waiting in theirs.
    if (rank < least ||
        (rank == least && rank < 4 && dead[i].call.origin.line > dead[culprit].call.origin.line)) {
      least = rank;
      culprit = i;
    }
  }
  for (std::size_t i = 0; i < dead.size(); ++i) {
    const bool sure = suspicion(dead[i].call) == 0;
    if (i == culprit || sure)
      deny(dead[i], killed_by_filter(kernel::Action::KillProcess, kernel::kSIGSYS), writer);
    else
      release(dead[i].tid, dead[i].call, writer);
  }
}

}  // namespace medic::parsers::strace
