#include "parsers/strace/chunk_parser.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "kernel/errno.h"
#include "parsers/strace/personality.h"

namespace medic::parsers::strace {
namespace {

using kernel::Arch;

}  // namespace

ChunkParser::ChunkParser(const Chunk& chunk, const Use& use, ChunkSink& sink)
    : chunk_(chunk),
      options_(use.options),
      sink_(sink),
      writer_(use.options, sink),
      cache_(use.cache),
      tasks_(use.options.arch),
      summary_arch_(use.options.arch) {}

// SGR sequences only, as strace 7.0 writes them. clean_ has room for the whole chunk, so views into
// it stay.
std::string_view ChunkParser::without_colours(std::string_view line) {
  if (clean_.empty()) clean_.reserve(chunk_.text.size());
  const std::size_t begin = clean_.size();
  append_without_sequences(line, "m", clean_);
  return std::string_view(clean_).substr(begin);
}

void ChunkParser::take_whole(const MarkedLine& marked, const Prefix& prefix, KnownCall* place) {
  Task& task = tasks_.at(prefix.pid >= 0 ? prefix.pid : chunk_.pid_of_input);
  Line line = read_body(marked, prefix, task.arch);
  if (line.kind == LineKind::Call) {
    if (const Arch mode = std::exchange(mode_, Arch::Unknown);
        mode != Arch::Unknown && prefix.pid < 0) {
      task.arch = mode;
      line = read_body(marked, prefix, task.arch);
    }
    if (!broken_.empty()) give_up_broken();
    own_line_seen_ = true;
    left_open_ = nullptr;
    ++used_;
    writer_.remember_next(cache_, place);
    on_call(line, task);
    writer_.remember_next(nullptr, nullptr);
    return;
  }
  dispatch(line);
}

void ChunkParser::dispatch(const Line& line) {
  if (left_open_ != nullptr && resume_unmarked(line)) return;
  if (line.kind == LineKind::Foreign || (line.kind == LineKind::Rest && broken_.empty())) {
    ++foreign_;
    // The chunk before may have ended within the line that this ends.
    if (line.kind == LineKind::Rest && !own_line_seen_) hand_on_rest(line);
    return;
  }
  if (line.kind == LineKind::Continuation || line.kind == LineKind::Rest) {
    on_continuation(line);
    return;
  }
  if (line.prefix.pid >= 0) mode_ = Arch::Unknown;
  const bool beside = line.kind == LineKind::Message || line.kind == LineKind::Attached ||
                      line.kind == LineKind::Detached;
  if (!beside) {
    if (!broken_.empty()) give_up_broken();
    own_line_seen_ = true;
  }
  if (line.kind == LineKind::Damaged) {
    damaged(line.raw, line.reason);
    return;
  }
  if (line.kind == LineKind::Broken) {
    on_broken(line);
    return;
  }
  ++used_;
  Task& task = tasks_.at(line.prefix.pid >= 0 ? line.prefix.pid : chunk_.pid_of_input);
  switch (line.kind) {
    case LineKind::Unfinished: on_unfinished(line, task); break;
    case LineKind::Resumed: on_resumed(line, task); break;
    case LineKind::Signal: on_signal(line, task); break;
    case LineKind::Exited: on_exited(line, task); break;
    case LineKind::Killed: on_killed(line, task); break;
    case LineKind::Superseded: on_superseded(line, task); break;
    case LineKind::Personality: on_personality(line); break;
    case LineKind::Attached: tasks_.at(line.number).announced = true; break;
    case LineKind::Detached:
      writer_.loss(model::Loss::Kind::Detached, line,
                   {here_, line.number, Arch::Unknown, -1, false});
      break;
    case LineKind::Opaque:
      resolve(task, Note::Fate::Ordinary);
      writer_.loss(model::Loss::Kind::Other, line, here(task));
      break;
    case LineKind::SummaryHead:
    case LineKind::SummaryRow:
    case LineKind::SummaryMode: on_summary(line); break;
    default: break;
  }
}

void ChunkParser::on_call(const Line& line, Task& task) {
  resolve(task, Note::Fate::Ordinary);
  remember(task, CallState::Source, line.raw);
  end_call(line, task);
}

void ChunkParser::end_call(const Line& line, Task& task) {
  if (!line.result.question) keep_alive(task);
  task.state = ended_state(looks_suppressed(line, task.arch));
  if (task.state == CallState::Source) tell(line, context(task));
}

void ChunkParser::tell(const Line& line, Context context) {
  const std::int64_t child = line.result.outcome.value;
  if (context.child < 0 && child > 0 &&
      (line.name.starts_with("clone") || line.name.ends_with("fork"))) {
    // A number that strace itself has shown is one of its own namespace.
    const Task* known = tasks_.find(child);
    if (known != nullptr &&
        (known->announced || known->state != CallState::Incoming || known->line.data() != nullptr))
      context.child = child;
  }
  const Consequence consequence = writer_.call(line, context);
  if (consequence == Consequence::None) return;
  const std::int64_t told_child = context.child >= 0           ? context.child
                                  : line.result.outer_pid >= 0 ? line.result.outer_pid
                                                               : child;
  Task& task = tasks_.at(context.tid);
  if (consequence == Consequence::StrictMode) {
    note(Note::Kind::Strict, task);
    return;
  }
  const bool inner = context.child < 0 && line.result.outer_pid < 0 && child < context.tid;
  if (context.tid >= 0 && chunk_.pid_of_input < 0) {
    Note& fork = note(Note::Kind::Fork, task);
    fork.other = inner ? -1 : told_child;
    fork.thread = consequence == Consequence::NewThread;
    fork.origin = context.origin;
  }
  if (context.arch != options_.arch) tasks_.at(told_child).arch = context.arch;
}

void ChunkParser::keep_alive(Task& task) {
  if (task.alive_epoch == deaths_) return;
  task.alive_epoch = deaths_;
  note(Note::Kind::Alive, task);
}

void ChunkParser::resolve(Task& task, Note::Fate fate) {
  const CallEffect effect = effect_of(task.state, CallStep::GoesOn);
  task.state =
      CallState::Idle;  // before anything is emitted, which may bring another task into the table
  if (effect == CallEffect::HandOn) {
    if (resolves_more()) note(Note::Kind::Resolve, task).fate = fate;
  } else if (effect == CallEffect::Unfinished) {
    const std::string text = text_of(task);
    writer_.unfinished(read_line(mark_line(text), task.arch), context(task));
  } else if (effect == CallEffect::Returned) {
    release(task);
  }
}

void ChunkParser::on_unfinished(const Line& line, Task& task) {
  resolve(task, Note::Fate::Ordinary);
  keep_alive(task);
  if (line.detached || line.pid_changed) {
    writer_.unfinished(line, here(task));
    if (line.detached) writer_.loss(model::Loss::Kind::Detached, line, here(task));
    return;
  }
  remember(task, CallState::Entered, line.raw);
  task.name = line.name;
  task.head = head_of(line);
  left_open_ = &task;
}

std::string_view ChunkParser::keep(std::string text) { return kept_.emplace_back(std::move(text)); }

void ChunkParser::on_signal(const Line& line, Task& task) {
  const model::Signal signal = writer_.signal(line, here(task));
  if (signal.number != kernel::kSIGSYS) return;
  task.death_explained = true;
  if (!signal.from_seccomp) {
    resolve(task, Note::Fate::Excused);
    return;
  }
  const CallEffect effect = effect_of(task.state, CallStep::TrappedIn);
  if (effect == CallEffect::HandOn) {
    Note& trapped = note(Note::Kind::Resolve, task);
    trapped.fate = Note::Fate::Trapped;
    trapped.own_texts().signal_line = bounded(std::string(line.raw));
  } else if (effect == CallEffect::Denied) {
    const std::string text = text_of(task);
    const Line call = read_line(mark_line(text), task.arch);
    if (is_call_of(signal, call) && may_be_suppressed(call, task.arch)) {
      writer_.denied(call, {task.origin, task.tid, signal.syscall.arch, -1, is_multiplexer(signal)},
                     trap_outcome(signal), model::Certainty::Stated);
    } else {
      resolve(task, Note::Fate::Ordinary);
      writer_.trapped(line, here(task), signal);
    }
  } else {
    resolve(task, Note::Fate::Ordinary);
    writer_.trapped(line, here(task), signal);
  }
  task.state = CallState::Idle;
}

void ChunkParser::on_exited(const Line& line, Task& task) {
  resolve(task, Note::Fate::Exited);
  keep_alive(task);
  writer_.exit(line, here(task));
}

void ChunkParser::on_killed(const Line& line, Task& task) {
  const int signal = static_cast<int>(line.number);
  const bool sigsys = signal == kernel::kSIGSYS;
  const bool is_explained = sigsys && task.death_explained;
  const CallEffect effect =
      effect_of(task.state, is_explained ? CallStep::GoesOn : step_of_death(signal));
  if (effect == CallEffect::Death) {
    Note& death = note(Note::Kind::Death, task);
    death.signal = signal;
    death.own_texts().call = pending(task);
    task.state = CallState::Idle;
  } else if (effect == CallEffect::HandOn) {
    Note& death = note(Note::Kind::Resolve, task);
    death.fate = Note::Fate::Killed;
    death.signal = signal;
    task.state = CallState::Idle;
  } else {
    resolve(task, Note::Fate::Exited);
  }
  if (sigsys) task.alive_epoch = ++deaths_;
  writer_.exit(line, here(task));
}

void ChunkParser::on_superseded(const Line& line, Task& leader) {
  resolve(leader, Note::Fate::Exited);
  Task* old = tasks_.find(line.number);
  if (old != nullptr && old != &leader && old->state == CallState::Entered) {
    const std::int64_t tid = leader.tid;
    leader = *old;
    leader.tid = tid;
    old->state = CallState::Idle;
    return;
  }
  note(Note::Kind::Supersede, leader).other = line.number;
  leader.state = CallState::Incoming;
  leader.fragment_given = false;
}

void ChunkParser::on_personality(const Line& line) {
  constexpr std::string_view kRuns = " runs in ";
  std::string_view mode = line.body.substr(line.body.find(kRuns) + kRuns.size());
  Task& task = tasks_.at(line.number);
  task.arch = arch_of_mode(mode.substr(0, mode.find(" mode")), options_.arch);
  mode_ = task.arch;
  writer_.architecture(line, {here_, line.number, task.arch, -1, false});
}

void ChunkParser::on_broken(const Line& line) {
  broken_ = line.raw;
  broken_origin_ = here_;
  broken_child_ = line.detached ? -1 : line.number;
  if (line.number >= 0) tasks_.at(line.number).announced = true;
  if (line.detached)
    writer_.loss(model::Loss::Kind::Detached, line, {here_, line.number, Arch::Unknown, -1, false});
}

void ChunkParser::give_up_broken() {
  sink_.damaged(broken_origin_.line, broken_, "the line ends within a call");
  broken_ = {};
}

void ChunkParser::on_continuation(const Line& line) {
  if (broken_.empty()) {
    if (own_line_seen_) {
      damaged(line.raw, "the beginning of this line is missing");
      return;
    }
    ++used_;
    hand_on_rest(line);
    return;
  }
  const Line start = read_line(mark_line(broken_), options_.arch);
  const std::string_view text = keep(join_broken(start, line.raw));
  Task& task = tasks_.at(start.prefix.pid >= 0 ? start.prefix.pid : chunk_.pid_of_input);
  const Line joined = read_line(mark_line(text), task.arch);
  const std::int64_t child = broken_child_;
  const model::Origin origin = broken_origin_;
  if (joined.kind != LineKind::Call && joined.kind != LineKind::Unfinished) {
    give_up_broken();
    ++used_;
    return;
  }
  broken_ = {};
  used_ += 2;
  resolve(task, Note::Fate::Ordinary);
  remember(task, CallState::Entered, text);
  task.origin = origin;
  task.child = child;
  task.name = joined.name;
  task.head = head_of(joined);
  if (joined.kind == LineKind::Call) end_call(joined, task);
  if (!joined.detached) return;
  resolve(task, Note::Fate::Ordinary);
  writer_.loss(model::Loss::Kind::Detached, joined, here(task));
}

void ChunkParser::hand_on_rest(const Line& line) {
  own_line_seen_ = true;
  note(Note::Kind::Continuation, tasks_.at(chunk_.pid_of_input)).own_texts().fragment =
      bounded(std::string(line.raw));
}

void ChunkParser::on_summary(const Line& line) {
  if (line.kind == LineKind::SummaryHead) columns_.read_heading(line.raw);
  if (line.kind == LineKind::SummaryMode)
    summary_arch_ = arch_of_mode(summary_mode(line.raw), options_.arch);
  if (line.kind != LineKind::SummaryRow) return;
  const auto row = columns_.read_row(line.raw);
  if (!row) {
    --used_;
    damaged(line.raw, "not a row of a summary");
    return;
  }
  if (has_calls()) return;  // -C: it counts what was said
  if (chunk_.first_line <= 1)
    return writer_.summary(*row, line, {here_, -1, summary_arch_, -1, false});
  if (!ends_) ends_ = std::make_unique<StracePartial>();
  if (ends_->rows.size() < StracePartial::kMaxRows)
    ends_->rows.push_back({bounded(std::string(line.raw)), std::string(row->name), row->calls,
                           row->errors, here_, summary_arch_});
}

bool ChunkParser::has_calls() const {
  const auto& tasks = tasks_.all();
  return std::any_of(tasks.begin(), tasks.end(),
                     [](const Task& task) { return task.line.data() != nullptr; });
}

void ChunkParser::damaged(std::string_view text, std::string_view reason) {
  sink_.damaged(here_.line, text, reason);
}

std::string ChunkParser::text_of(const Task& task) const {
  if (!task.was_resumed) return std::string(task.line);
  std::string joined;
  join_halves(task.head, task.rest, joined);
  return joined;
}

PendingCall ChunkParser::pending(const Task& task) const {
  PendingCall call;
  if (task.state == CallState::Incoming || task.state == CallState::Idle) return call;
  call.state = task.state;
  call.text = bounded(text_of(task));
  call.origin = task.origin;
  call.arch = task.arch;
  call.child = task.child;
  call.was_resumed = task.was_resumed;
  return call;
}

Note& ChunkParser::note(Note::Kind kind, const Task& task) {
  if (!ends_) ends_ = std::make_unique<StracePartial>();
  Note& made = ends_->notes.emplace_back();
  made.kind = kind;
  made.tid = task.tid;
  made.origin = here_;
  made.arch = task.arch;
  return made;
}

void ChunkParser::finish() {
  if (!broken_.empty()) {
    if (chunk_.last) {
      give_up_broken();
    } else {
      ++used_;
      Note& broken = note(Note::Kind::Broken, tasks_.at(chunk_.pid_of_input));
      PendingCall& open = broken.own_texts().call;
      open.arch = broken.arch;
      open.text = bounded(std::string(broken_));
      open.origin = broken_origin_;
      open.child = broken_child_;
    }
  }
  note_tails();
  if (has_calls() && !ends_) ends_ = std::make_unique<StracePartial>();
  if (ends_) ends_->has_calls = has_calls();
  sink_.used(used_);
  sink_.foreign(foreign_);
}

}  // namespace medic::parsers::strace
