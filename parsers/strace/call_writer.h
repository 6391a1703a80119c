// Turns lines that are decided into events.
#pragma once

#include <cstdint>
#include <string>

#include "parsers/dialect.h"
#include "parsers/strace/call_cache.h"
#include "parsers/strace/line.h"
#include "parsers/strace/summary.h"

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
  // The call that a SIGSYS of seccomp names, when no line shows it.
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

// Is nothing to be known of a call of this name but its arguments and its result? Those that make
// tasks, execute, do not return, restore registers or load filters are not plain.
bool is_plain(kernel::NameId name);
// Its registers: a number goes in where the result comes out.
inline bool is_x86_family(kernel::Arch arch) {
  return arch == kernel::Arch::X86_64 || arch == kernel::Arch::X86 || arch == kernel::Arch::X32;
}
// At most this much of a call's text is handed on.
inline constexpr std::size_t kTextBytes = 200;
std::string_view cut_long_text(std::string_view text);
inline std::string_view cut_text(std::string_view text) {
  return text.size() <= kTextBytes ? text : cut_long_text(text);
}

// Does the result look as it does when seccomp kills or traps the call: its own number or first
// argument, or none at all?
bool looks_suppressed(const Line& line, kernel::Arch arch);
// What it asks. On x86 the register that holds the call's number also takes the result: may a call
// of that name, with these numbers, have returned its own?
bool is_own_number(std::int64_t value, std::string_view call, const OwnNumbers& own,
                   kernel::Arch arch);
// Elsewhere the first argument's register takes the result. A name or a pointer may stand for any
// value; that decides nothing on an unknown architecture.
bool repeats_first_argument(std::string_view args, std::int64_t value, kernel::Arch arch);
// Cannot the result column be excluded to be that of an suppressed call? Weaker than looks_undone:
// asked only when the caller died by SIGSYS.
bool may_be_suppressed(const Line& line, kernel::Arch arch);

// What a SIGSYS line says: from seccomp or not, and the filter's data.
model::Signal read_signal_details(const Line& line, kernel::Arch arch);
// Is that the call which the signal names? A multiplexer's signal fits each of its sub-calls.
bool is_call_of(const model::Signal& signal, const Line& call);
bool is_multiplexer(const model::Signal& signal);
model::Outcome trap_outcome(const model::Signal& signal);

}  // namespace medic::parsers::strace
