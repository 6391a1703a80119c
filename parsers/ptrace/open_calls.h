// Calls that began on one line and ended on another, in one chunk or over several.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "parsers/dialect.h"

namespace medic::parsers::ptrace {

inline constexpr std::size_t kMaxName = 64;  // longer than any call's

// What an Event of a call needs, owned.
struct OwnedCall {
  model::Origin origin;
  model::Time time;
  std::int64_t pid = -1;
  std::int64_t tid = -1;
  std::string comm;
  std::string name;        // as written, at most kMaxName bytes: what the closing line repeats
  std::string text;        // for people, cut to kMaxText
  model::Call call;        // its text is not used
  bool is_syscall = true;  // false: a library call, kept so that its closing line is not taken for
                           // a system call's
  bool stands_alone = true;  // of a closing: worth an event even where its opening is not found
};

// As a chunk's partials: what it opened and did not close, and the closings whose openings it did
// not have.
class OpenCalls : public Partial {
 public:
  static constexpr std::size_t kMaxOpen = 1 << 15;
  static constexpr std::size_t kMaxOpenInChunk =
      1 << 12;  // more tasks than a real log has lines for in one
  static constexpr std::size_t kMaxText = 512;

  explicit OpenCalls(std::size_t most = kMaxOpenInChunk) : most_(most) {}

  // Beyond that many the oldest is emitted as Unfinished.
  void open(OwnedCall call, EventSink& sink);
  // Emits the call with the opening's arguments and the closing's outcome; without an opening the
  // closing is kept for join().
  void close(OwnedCall closing, EventSink& sink);
  // A task named on a line of its own speaks until the next one is named; a call said before any
  // was named in this chunk waits for join(), which knows the last one of the chunks before.
  void speaks(std::int64_t tid) { speaker_ = tid; }
  void say(OwnedCall call, EventSink& sink);
  // What a later chunk left open goes on top of what is open here.
  void join(OpenCalls later, EventSink& sink);
  // Everything still open is emitted as Unfinished.
  void finish(EventSink& sink);
  bool empty() const {
    return calls_.empty() && orphans_.empty() && unspoken_.empty() && speaker_ < 0;
  }

 private:
  void give_up_oldest(EventSink& sink);
  std::optional<OwnedCall> take(std::int64_t tid, const std::string& name);

  std::size_t most_;
  std::map<std::uint64_t, OwnedCall> calls_;  // by age
  std::set<std::tuple<std::int64_t, std::string, std::uint64_t>>
      by_name_;  // task, name and age of each
  std::uint64_t next_ = 0;
  std::vector<OwnedCall> orphans_;
  std::int64_t speaker_ = -1;
  std::vector<OwnedCall> unspoken_;
};

void emit(const OwnedCall& call, EventSink& sink);

std::unique_ptr<Joiner> open_calls_joiner();

}  // namespace medic::parsers::ptrace
