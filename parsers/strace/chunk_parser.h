// Reads one chunk: emits what its lines decide, notes what they leave open.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "parsers/strace/call_cache.h"
#include "parsers/strace/call_writer.h"
#include "parsers/strace/partial.h"
#include "parsers/strace/summary.h"
#include "parsers/strace/task_table.h"

namespace medic::parsers::strace {

class ChunkParser {
 public:
  // What one chunk needs. cache: the reader's; null: every line is read whole.
  struct Use {
    const Options& options;
    CallCache* cache;
  };
  ChunkParser(const Chunk& chunk, const Use& use, ChunkSink& sink);
  std::unique_ptr<Partial> run();

 private:
  void take(const MarkedLine& marked);
  // Reads the line whole. place: where the cache keeps it if it is a plain call; may be null.
  void take_whole(const MarkedLine& marked, const Prefix& prefix, KnownCall* place);
  // A plain call like one before it, on a task of which nothing but such calls is open. False: it
  // has to be read whole; place: then to be remembered.
  bool take_known(const MarkedLine& marked, const Prefix& prefix, Task& task, KnownCall*& place);
  // The same for the halves of an interrupted call.
  bool take_known_start(const MarkedLine& marked, const Prefix& prefix, Task& task);
  bool take_known_end(const MarkedLine& marked, const Prefix& prefix, Task& task);
  // The same for a call whose halves are joined: emits its event if it is known. Returns the state
  // that it leaves its task in, which is the caller's business; Entered: it is not known.
  CallState take_call(const MarkedLine& marked, const Prefix& prefix, Task& task,
                      KnownCall*& place);
  // The event of a Held call that is known. False: it has to be read again.
  bool tell_pending(const Task& pending);
  // A call like one before it, elsewhere.
  struct Again {
    const model::Origin& origin;
    const model::Time& time;
    std::int64_t tid;
    std::string_view line, text;
    std::int64_t value;
  };
  void tell_again(KnownCall& known, const Again& again);
  void release(const Task& pending);
  std::string_view without_colours(std::string_view line);
  void dispatch(const Line& line);
  void on_call(const Line& line, Task& task);
  void on_unfinished(const Line& line, Task& task);
  void on_resumed(const Line& line, Task& task);
  void on_signal(const Line& line, Task& task);
  void on_exited(const Line& line, Task& task);
  void on_killed(const Line& line, Task& task);
  void on_superseded(const Line& line, Task& task);
  void on_personality(const Line& line);
  void on_broken(const Line& line);
  void on_continuation(const Line& line);
  // The rest of the call that the line before left open, without a name or prefix: false where none
  // did.
  bool resume_unmarked(const Line& rest);
  // Joins an Entered call with its second half.
  void rejoin(Task& owner, std::string_view rest);
  void hand_on_rest(const Line& line);
  void on_summary(const Line& line);
  void damaged(std::string_view text, std::string_view reason);

  // The call before on this task ended as any other: what was held is reported.
  void resolve(Task& task, Note::Fate fate);
  Note& note(Note::Kind kind, const Task& task);
  void remember(Task& task, CallState state, std::string_view line) {
    task.state = state;
    task.death_explained = false;
    task.was_resumed = false;
    task.rejoins = 0;
    task.prefix.length = 0;
    task.pending.known = nullptr;
    task.child = -1;
    task.line = line;
    task.origin = here_;
  }
  void keep_alive(Task& task);
  void give_up_broken();
  // The call as decided: events, and notes of what other tasks and chunks must know.
  void tell(const Line& line, Context context);
  // Takes a call, whole or joined; task.line and task.rest must hold it already.
  void end_call(const Line& line, Task& task);
  Task* find_entered(const Line& resumed, Task& task);
  std::string text_of(const Task& task) const;
  PendingCall pending(const Task& task) const;
  std::string_view keep(std::string text);
  // Whether one more task's first line is noted.
  bool resolves_more();
  void note_tails();
  bool has_calls() const;
  void finish();
  Context context(const Task& task) const {
    return {task.origin, task.tid, task.arch, task.child, false};
  }
  Context here(const Task& task) const { return {here_, task.tid, task.arch, -1, false}; }

  const Chunk& chunk_;
  const Options& options_;
  ChunkSink& sink_;
  CallWriter writer_;
  CallCache* const cache_;
  PrefixReader prefixes_;
  TaskTable tasks_;
  std::unique_ptr<StracePartial> ends_;
  SummaryColumns columns_;
  kernel::Arch summary_arch_;
  // strace has just said a task's mode. Where the call that follows names no task, that one is the
  // only one.
  kernel::Arch mode_ = kernel::Arch::Unknown;
  std::string
      clean_;  // the lines without their colours; as large as the chunk from the first one on
  std::string_view broken_;  // a line that may be continued
  model::Origin broken_origin_;
  std::int64_t broken_child_ = -1;
  Task* left_open_ = nullptr;   // by the line before this one
  bool own_line_seen_ = false;  // a continuation after this cannot belong to the chunk before
  model::Origin here_;          // of the line being read
  std::uint32_t deaths_ = 0;
  std::uint64_t used_ = 0, foreign_ = 0;
  std::deque<std::string> kept_;  // joined lines that tasks point into
  std::string scratch_;
};

}  // namespace medic::parsers::strace
