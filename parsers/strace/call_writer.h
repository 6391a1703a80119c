// Turns lines that are decided into events.
#pragma once

#include <cstdint>
#include <string>

#include "parsers/dialect.h"
#include "parsers/strace/call_cache.h"
#include "parsers/strace/line.h"
#include "parsers/strace/nature.h"
#include "parsers/strace/summary.h"
#include "parsers/strace/suppressed.h"

namespace medic::parsers::strace {

// Where a line stands and what is known of its task beyond the line.
struct Context {
  model::Origin origin;
  std::int64_t tid = -1;
  kernel::Arch arch = kernel::Arch::Unknown;
  std::int64_t child = -1;   // a fork's child by strace's own message; -1: not known
  bool multiplexed = false;  // known to have gone through socketcall or ipc
};

// What a call means for tasks beyond its own events.
enum class Consequence : std::uint8_t { None, NewTask, NewThread, StrictMode };

class CallWriter {
 public:
  CallWriter(const Options& options, EventSink& sink) : options_(options), sink_(sink) {}

  // The call as its result column has it, with the Fork or Exec that it says.
  Consequence call(const Line& line, const Context& context);
  // The next call() is a plain one that the cache keeps at this place. Null: not any more.
  void remember_next(CallCache* cache, KnownCall* place) {
    cache_ = cache;
    place_ = place;
  }
  // A call that seccomp answered. outcome.kind is Denied.
  void denied(const Line& line, Context context, const model::Outcome& outcome,
              model::Certainty certainty);
  // A call entered and never seen to end.
  void unfinished(const Line& line, const Context& context);
  void exit(const Line& line, const Context& context);
  model::Signal signal(const Line& line, const Context& context);
  // The call that a SIGSYS names as a filter's, when no line shows it as a trapped call looks: a
  // process can send itself such a signal (rt_sigqueueinfo with si_code SYS_SECCOMP), so it is
  // suspected, and the process's own word.
  void trapped(const Line& signal_line, const Context& context, const model::Signal& signal);
  void architecture(const Line& line, const Context& context);
  void loss(model::Loss::Kind kind, const Line& line, const Context& context);
  void summary(const SummaryRow& row, const Line& line, const Context& context);

 private:
  model::Event& prepare(const Line& line, const Context& context);
  model::Call& prepare_call(const Line& line, const Context& context);
  void emit_fork(const Line& line, const Context& context);
  void emit_netlink_refusal(const Line& line);
  void emit_exec(const Line& line);
  void read_words(std::string_view list);

  const Options& options_;
  EventSink& sink_;
  CallCache* cache_ = nullptr;
  KnownCall* place_ = nullptr;
  model::Event event_;
  std::string comm_, exe_, words_;
};

}  // namespace medic::parsers::strace
