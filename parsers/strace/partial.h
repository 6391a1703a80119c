// What a chunk of strace output leaves undecided: calls whose end, or whose caller's death, another
// chunk says.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "parsers/dialect.h"
#include "parsers/strace/call_state.h"
#include "parsers/strace/line.h"

namespace medic::parsers::strace {

// A call whose fate is open, as owned text.
struct PendingCall {
  CallState state = CallState::Idle;
  std::string text;      // one whole line; unfinished and resumed parts joined
  model::Origin origin;  // of its first part
  kernel::Arch arch = kernel::Arch::Unknown;
  std::int64_t child = -1;
  bool was_resumed = false;  // its end was printed apart from its beginning
};

// What happened to a task, in the order of the lines. Everything that several tasks or chunks
// decide goes through these.
struct Note {
  enum class Kind : std::uint8_t {
    Resolve,  // the first line of the task in the chunk that says how the call before it ended
              // (with `fragment`: by resuming it)
    Tail,     // the call that is open at the chunk's end
    Fork,    // the task made `other`, a thread of its process or a process; -1 when its number here
             // is not known
    Strict,  // the task entered strict mode
    Alive,   // the task went on after another one was killed by SIGSYS
    Death,   // killed by `signal` in `call`
    Supersede,    // the task goes on with the execve of `other`
    Broken,       // the chunk ends within a line that may be continued
    Continuation  // the chunk begins with the rest of such a line
  };
  enum class Fate : std::uint8_t { Open, Ordinary, Trapped, Excused, Killed, Exited };

  struct Texts {
    std::string fragment;     // a resumed line, or a continuation, whole
    std::string signal_line;  // of Trapped
    PendingCall call;         // of Tail, Death and Broken
  };

  Kind kind = Kind::Resolve;
  Fate fate = Fate::Open;
  bool thread = false;  // of Fork
  bool has_fragment = false;
  kernel::Arch arch = kernel::Arch::Unknown;
  int signal = 0;
  std::int64_t tid = -1;
  std::int64_t other = -1;
  model::Origin origin;  // of the line that made the note; of Fork, of the call's first half
  // Most notes have none, and a log of many tasks has many notes.
  std::unique_ptr<Texts> texts;
  Texts& own_texts() {
    if (!texts) texts = std::make_unique<Texts>();
    return *texts;
  }
};

CallStep step_of_death(int signal);

struct StracePartial : Partial {
  // Of one chunk: more tasks than a real trace has lines for. Beyond them a call's end, or a death
  // in it, is no longer found in another chunk.
  static constexpr std::size_t kMaxResolved = 8192;
  static constexpr std::size_t kMaxTails = 4096;

  std::vector<Note> notes;
  std::size_t resolved = 0;  // notes of tasks' first lines

  // Rows of a summary that no call of the chunk stands before: of strace -c, or of -C, which counts
  // once more what the chunks before have said.
  struct Row {
    std::string text, name;
    std::uint64_t calls = 0, errors = 0;
    model::Origin origin;
    kernel::Arch arch = kernel::Arch::Unknown;
  };
  static constexpr std::size_t kMaxRows = 4096;
  std::vector<Row> rows;
  bool has_calls = false;
};

// A line for a later chunk: of a long one its beginning and its end, the argument between them
// unreadable.
std::string bounded(std::string text);
// An unfinished or broken line up to the end of its readable arguments.
std::string_view head_of(const Line& start);
// `head` is head_of() the unfinished line, `rest` the resumed line's text behind `resumed>`. One
// line as if nothing had come between.
void join_halves(std::string_view head, std::string_view rest, std::string& joined);
// A broken line and what continues it: whatever else was written between them makes the last
// argument unreadable.
std::string join_broken(const Line& start, std::string_view continuation);
// A resumed line whose beginning is not known: the call with unknown arguments, "" when it has no
// result.
std::string orphan_text(const Line& resumed);

}  // namespace medic::parsers::strace
