// How a chunk is gone through: lines that are like ones before them are looked up, not read.
#include "parsers/strace/chunk_parser.h"

namespace medic::parsers::strace {
namespace {

void hold(Task& task, const PlainCall& call, const MarkedLine& marked, const Prefix& prefix) {
  const auto at = static_cast<std::size_t>(call.text.data() - marked.text.data());
  task.pending = {call.known, call.known->repeat_id, task.arch, call.value, prefix.time,
                  at,         call.text.size()};
}

}  // namespace

inline void ChunkParser::tell_again(KnownCall& known, const Again& again) {
  model::Event& event = known.event;
  auto& what = std::get<model::Call>(event.what);
  event.origin = again.origin;
  event.time = again.time;
  event.tid = again.tid >= 0 ? again.tid : options_.unnumbered;
  event.line = again.line;
  what.text = cut_text(again.text);
  // All else of the outcome is the same in calls that are alike.
  what.outcome.value = again.value;
  sink_.event(event);
}

bool ChunkParser::tell_pending(const Task& task) {
  const HeldCall& pending = task.pending;
  if (pending.known == nullptr || pending.repeat_id == 0 ||
      pending.known->repeat_id != pending.repeat_id)
    return false;
  if (pending.arch != task.arch) return false;
  std::string_view line = task.line;
  if (task.was_resumed) {
    join_halves(task.head, task.rest, scratch_);
    line = scratch_;
  }
  // As a line put together in memory is marked.
  if (line.ends_with('\r')) line.remove_suffix(1);
  tell_again(*pending.known, {task.origin, pending.time, task.tid, line,
                              line.substr(pending.text_at, pending.text_size), pending.value});
  return true;
}

inline bool ChunkParser::take_known(const MarkedLine& marked, const Prefix& prefix, Task& task,
                                    KnownCall*& place) {
  if (!is_decided_alone(task.state) || task.alive_epoch != deaths_) return false;
  const PlainCall* call = cache_->read(marked, prefix, task.arch);
  if (call == nullptr) return false;
  if (task.state == CallState::Pending && !tell_pending(task)) {
    resolve(task, Note::Fate::Ordinary);
    // The cache has read another call in between.
    call = cache_->read(marked, prefix, task.arch);
  }
  task.state = CallState::Idle;
  if (!call->suppressed && call->known->repeat_id == 0) {
    place = call->known;
    return false;
  }
  own_line_seen_ = true;
  left_open_ = nullptr;
  ++used_;
  remember(task, ended_state(call->suppressed), marked.text);
  if (call->suppressed) {
    hold(task, *call, marked, prefix);
  } else {
    tell_again(*call->known, {here_, prefix.time, task.tid, marked.text, call->text, call->value});
  }
  return true;
}

CallState ChunkParser::take_call(const MarkedLine& marked, const Prefix& prefix, Task& task,
                                 KnownCall*& place) {
  const PlainCall* call = cache_->read(marked, prefix, task.arch);
  if (call == nullptr) return CallState::Entered;
  if (call->suppressed) {
    hold(task, *call, marked, prefix);
    return CallState::Pending;
  }
  if (call->known->repeat_id == 0) {
    place = call->known;
    return CallState::Entered;
  }
  tell_again(*call->known,
             {task.origin, prefix.time, task.tid, marked.text, call->text, call->value});
  return CallState::Source;
}

bool ChunkParser::take_known_start(const MarkedLine& marked, const Prefix& prefix, Task& task) {
  constexpr std::string_view kMark = "<unfinished ...>";
  const std::string_view raw = marked.text;
  if (!is_decided_alone(task.state) || marked.equals != kNowhere || !raw.ends_with(kMark))
    return false;
  const std::size_t name = cache_->known_name(raw.substr(prefix.length), task.arch);
  if (name == 0) return false;
  const std::size_t args = prefix.length + name + 1;
  std::size_t end = raw.size() - kMark.size();
  if (end < args) return false;
  if (end > args && raw[end - 1] == ' ') --end;
  resolve(task, Note::Fate::Ordinary);
  own_line_seen_ = true;
  ++used_;
  keep_alive(task);
  remember(task, CallState::Entered, raw);
  task.name = raw.substr(prefix.length, name);
  task.head = raw.substr(0, end);
  if (prefix.comm.empty() && prefix.context.empty() && !prefix.has_number) task.prefix = prefix;
  left_open_ = &task;
  return true;
}

bool ChunkParser::take_known_end(const MarkedLine& marked, const Prefix& prefix, Task& task) {
  constexpr std::string_view kBefore = "<... ", kBehind = " resumed>";
  if (task.state != CallState::Entered || task.prefix.length == 0 || marked.equals == kNowhere ||
      marked.more_equals)
    return false;
  const std::string_view raw = marked.text, body = raw.substr(prefix.length);
  if (!body.starts_with(kBefore) || !body.substr(kBefore.size()).starts_with(task.name) ||
      !body.substr(kBefore.size() + task.name.size()).starts_with(kBehind))
    return false;
  const std::size_t rest_at = prefix.length + kBefore.size() + task.name.size() + kBehind.size();
  const std::string_view rest = raw.substr(rest_at);
  // The only ` = ` of the joined line stands where the second half has its one.
  if (marked.equals <= rest_at || rest.front() == ' ' || rest.front() == '=' || rest.back() == '\r')
    return false;
  join_halves(task.head, rest, scratch_);
  const MarkedLine joined{scratch_, scratch_.size() - (raw.size() - marked.equals), false, true,
                          false};
  KnownCall* place = nullptr;
  const CallState state = take_call(joined, task.prefix, task, place);
  if (state == CallState::Entered) return false;
  own_line_seen_ = true;
  left_open_ = nullptr;
  ++used_;
  task.was_resumed = true;
  task.rest = rest;
  keep_alive(task);
  task.state = state;
  return true;
}
// A call that looked suppressed, and its task goes on.
void ChunkParser::release(const Task& pending) {
  if (tell_pending(pending)) return;
  const Context open = context(pending);
  const std::string text = text_of(pending);
  const MarkedLine marked = mark_line(text);
  const Prefix prefix = read_prefix(text);
  KnownCall* place = nullptr;
  if (cache_ != nullptr) {
    const PlainCall* call = cache_->read(marked, prefix, open.arch);
    if (call != nullptr && call->known->repeat_id != 0) {
      tell_again(*call->known,
                 {open.origin, prefix.time, open.tid, marked.text, call->text, call->value});
      return;
    }
    if (call != nullptr) place = call->known;
  }
  writer_.remember_next(cache_, place);
  tell(read_body(marked, prefix, open.arch), open);
  writer_.remember_next(nullptr, nullptr);
}

void ChunkParser::take(const MarkedLine& marked) {
  const Prefix& prefix = prefixes_.read(marked.text);
  KnownCall* place = nullptr;
  if (cache_ != nullptr && mode_ == kernel::Arch::Unknown && broken_.empty()) {
    Task& task = tasks_.at(prefix.pid >= 0 ? prefix.pid : chunk_.pid_of_input);
    const bool plain = marked.equals != kNowhere;
    if (plain ? take_known(marked, prefix, task, place) || take_known_end(marked, prefix, task)
              : take_known_start(marked, prefix, task))
      return;
  }
  take_whole(marked, prefix, place);
}

std::unique_ptr<Partial> ChunkParser::run() {
  LineCursor cursor(chunk_.text);
  MarkedLine marked;
  here_ = {chunk_.input, chunk_.first_line - 1, chunk_.first_offset};
  while (cursor.next(marked)) {
    ++here_.line;
    here_.offset =
        chunk_.first_offset + static_cast<std::uint64_t>(marked.text.data() - chunk_.text.data());
    if (marked.may_have_colour) {
      const bool ended = marked.ended;
      marked = mark_line(without_colours(marked.text));
      marked.ended = ended;
    }
    take(marked);
  }
  finish();
  return std::move(ends_);
}

}  // namespace medic::parsers::strace
