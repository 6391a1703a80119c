// How a call goes on that an earlier line left open.
#include <algorithm>

#include "parsers/strace/chunk_parser.h"

namespace medic::parsers::strace {
namespace {

// A call is resumed once; strace never interrupts its line more often than this.
constexpr int kMaxRejoins = 8;

// One ')' more than '(', strings aside: the rest of a call, not a call of its own.
bool closes_one_parenthesis(std::string_view rest) {
  int depth = 1;
  for (std::size_t i = 0; i < rest.size() && depth > 0; ++i) {
    if (rest[i] == '"') {
      for (++i; i < rest.size() && rest[i] != '"'; ++i) {
        if (rest[i] == '\\') ++i;
      }
    } else if (rest[i] == '(') {
      ++depth;
    } else if (rest[i] == ')') {
      --depth;
    }
  }
  return depth == 0;
}

// A terminal's trace has a handful of tasks; a search among more would make hostile logs slow.
constexpr std::size_t kSearchedTasks = 1024;

}  // namespace

// The task whose call a resumed line ends. Prefixes come and go on a terminal: `[pid N]` is shown
// only while several tasks live.
Task* ChunkParser::find_entered(const Line& resumed, Task& task) {
  const auto fits = [&](const Task& candidate) {
    return candidate.state == CallState::Entered && resumes(candidate.name, resumed.name);
  };
  if (fits(task)) return &task;
  if (task.state == CallState::Entered) return nullptr;
  if (resumed.prefix.pid >= 0) {
    Task* unnamed = tasks_.find(chunk_.pid_of_input);
    if (unnamed != nullptr && unnamed != &task && fits(*unnamed)) return unnamed;
    // With -qqq nothing says that a thread's execve goes on under its leader's number.
    if (!resumed.name.starts_with("execve")) return nullptr;
  }
  if (tasks_.all().size() > kSearchedTasks) return nullptr;
  Task* only = nullptr;
  for (Task& candidate : tasks_.all()) {
    if (!fits(candidate)) continue;
    if (only != nullptr) return nullptr;
    only = &candidate;
  }
  return only;
}

void ChunkParser::on_resumed(const Line& line, Task& task) {
  Task* open = find_entered(line, task);
  if (open == nullptr) {
    if (task.state == CallState::Incoming && !task.fragment_given && resolves_more()) {
      task.fragment_given = true;
      Note& fragment = note(Note::Kind::Resolve, task);
      fragment.has_fragment = true;
      fragment.own_texts().fragment = bounded(std::string(line.raw));
      return;
    }
    resolve(task, Note::Fate::Ordinary);
    const std::string orphan = orphan_text(line);
    const Line call = read_line(mark_line(orphan), task.arch);
    if (call.kind == LineKind::Call) tell(call, here(task));
    return;
  }
  // The resumed line names the task where the first half did not, or named a thread.
  Task& owner = line.prefix.pid >= 0 ? task : *open;
  if (&owner != open) {
    resolve(owner, Note::Fate::Ordinary);
    const std::int64_t tid = owner.tid;
    owner = *open;
    owner.tid = tid;
    open->state = CallState::Idle;
  }
  rejoin(owner, line.args);
}

void ChunkParser::rejoin(Task& owner, std::string_view rest) {
  join_halves(owner.head, rest, scratch_);
  const MarkedLine marked = mark_line(scratch_);
  KnownCall* place = nullptr;
  const CallState state = cache_ == nullptr
                              ? CallState::Entered
                              : take_call(marked, read_prefix(scratch_), owner, place);
  if (state != CallState::Entered) {
    owner.was_resumed = true;
    owner.rest = rest;
    keep_alive(owner);
    owner.state = state;
    return;
  }
  const Line joined = read_line(marked, owner.arch);
  if (joined.kind == LineKind::Call) {
    owner.was_resumed = true;
    owner.rest = rest;
    writer_.remember_next(cache_, place);
    end_call(joined, owner);
    writer_.remember_next(nullptr, nullptr);
  } else if (joined.kind == LineKind::Unfinished && ++owner.rejoins > kMaxRejoins) {
    writer_.unfinished(joined, context(owner));
    owner.state = CallState::Idle;
  } else if (joined.kind == LineKind::Unfinished) {
    owner.line = keep(scratch_);
    owner.head = owner.line.substr(0, head_of(joined).size());
    owner.prefix.length = 0;
  } else {
    owner.state = CallState::Idle;
    on_broken(read_line(mark_line(keep(scratch_)), owner.arch));
    --used_;  // on_broken's line is this one; give_up_broken or on_continuation will count it
  }
}

// strace -z and -Z (of 6.1) write the second half so, into a file too: `[{…}], WSTOPPED, NULL) =
// 12563`, or only `) = 0`.
bool ChunkParser::resume_unmarked(const Line& rest) {
  Task& owner = *left_open_;
  left_open_ = nullptr;
  const bool ending = rest.kind == LineKind::Rest || rest.kind == LineKind::Continuation;
  if (!ending || !broken_.empty() || rest.raw.ends_with("...>") ||
      owner.state != CallState::Entered)
    return false;
  if (!closes_one_parenthesis(rest.raw)) return false;
  ++used_;
  rejoin(owner, rest.raw);
  return true;
}

bool ChunkParser::resolves_more() {
  if (!ends_) ends_ = std::make_unique<StracePartial>();
  return ends_->resolved++ < StracePartial::kMaxResolved;
}

// The calls that are open at the chunk's end; of too many, those that were said last.
void ChunkParser::note_tails() {
  const auto open = [&](const Task& task) {
    return task.state == CallState::Entered || task.state == CallState::Pending ||
           (task.state == CallState::Source && !chunk_.last);
  };
  std::vector<std::uint64_t> lines;
  for (const Task& task : tasks_.all()) {
    if (open(task)) lines.push_back(task.origin.line);
  }
  std::uint64_t oldest = 0;
  if (lines.size() > StracePartial::kMaxTails) {
    const auto first = lines.end() - static_cast<std::ptrdiff_t>(StracePartial::kMaxTails);
    std::nth_element(lines.begin(), first, lines.end());
    oldest = *first;
  }
  // By index: what is reported of one may bring another task into the table.
  for (std::size_t i = 0, count = tasks_.all().size(); i < count; ++i) {
    Task& task = tasks_.all()[i];
    if (!open(task)) continue;
    if (task.origin.line >= oldest) {
      PendingCall call = pending(task);
      note(Note::Kind::Tail, task).own_texts().call = std::move(call);
    } else {
      resolve(task, Note::Fate::Ordinary);
    }
  }
  if (ends_) ends_->notes.shrink_to_fit();
}

}  // namespace medic::parsers::strace
