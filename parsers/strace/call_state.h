// What becomes of a call after the line that shows it: the one rule for calls whose end, or whose
// caller's death, other lines say. A chunk's reader, its fast path and the joiner ask it of the
// same states; they differ in where they keep the call's text.
#pragma once

#include <cstdint>
#include <string_view>

namespace medic::parsers::strace {

// Of a task's last call.
enum class CallState : std::uint8_t {
  Incoming,  // nothing of the task was seen in this chunk: the call before is the joiner's
  Idle,      // none, or nothing of it is open
  Entered,   // `<unfinished ...>`: not ended yet
  Pending,   // ended, but it looks as a killed or trapped call does: not emitted yet
  Source     // ended and emitted; kept because its task may still die of it
};

// What a line says of the task's last call.
enum class CallStep : std::uint8_t {
  GoesOn,        // the task made another call, or ended by itself
  TrappedIn,     // a SIGSYS of seccomp that names this call
  DiesOfSigsys,  // and no line has explained it
  DiesOfSigkill,
};

// What is to be emitted of the call, or noted.
enum class CallEffect : std::uint8_t {
  Nothing,
  HandOn,      // the joiner decides: it has the call
  Unfinished,  // entered, and never seen to end
  Returned,    // as its result says
  Denied,      // the filter's answer was a trap
  Death        // the task died in it: whether of it, the other threads' later lines say
};

// The state after each step is Idle.
constexpr CallEffect effect_of(CallState state, CallStep step) {
  if (state == CallState::Incoming) return CallEffect::HandOn;
  const bool ended = state == CallState::Pending || state == CallState::Source;
  const bool open = ended || state == CallState::Entered;
  if (step == CallStep::TrappedIn && ended) return CallEffect::Denied;
  if (step == CallStep::DiesOfSigsys && open) return CallEffect::Death;
  if (step == CallStep::DiesOfSigkill && state == CallState::Pending) return CallEffect::Death;
  if (state == CallState::Entered) return CallEffect::Unfinished;
  return state == CallState::Pending ? CallEffect::Returned : CallEffect::Nothing;
}

// Of a call that has just ended, by its result: whether looks_suppressed().
constexpr CallState ended_state(bool looks_suppressed) {
  return looks_suppressed ? CallState::Pending : CallState::Source;
}

// May the call before, of whichever state, be forgotten when the task's next line is a plain call
// that is like one before it?
constexpr bool is_decided_alone(CallState state) {
  return state != CallState::Incoming && state != CallState::Entered;
}

// Does a line `<... RESUMED resumed>` end a call that began as START? A call that a signal
// interrupted ends under another name.
constexpr bool resumes(std::string_view start, std::string_view resumed) {
  return start == resumed || resumed == "restart_syscall" || start == "restart_syscall";
}

}  // namespace medic::parsers::strace
