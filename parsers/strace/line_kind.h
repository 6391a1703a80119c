// What a line of strace output is.
#pragma once

#include <cstdint>

namespace medic::parsers::strace {

enum class LineKind : std::uint8_t {
  Call,          // name(args) = result
  Unfinished,    // name(args <unfinished ...>, also <detached ...> and <pid changed to N ...>
  Resumed,       // <... name resumed>rest) = result
  Broken,        // name(args, and then something else: a continuation may follow
  Continuation,  // `) = result` or ` <unfinished ...>`: the rest of a broken line
  Signal,        // --- SIGX {...} ---
  Exited,        // +++ exited with N +++
  Killed,        // +++ killed by SIGX +++
  Superseded,    // +++ superseded by execve in pid N +++
  Personality,   // [ Process PID=N runs in 32 bit mode. ]
  Attached,      // strace: Process N attached
  Detached,      // strace: Process N detached
  Message,       // other talk of strace's own: diagnostics, stack frames, dumps, hints
  Opaque,        // `???(`: a call that strace could not read
  SummaryHead,   // % time     seconds ...
  SummaryRow,
  SummaryRule,  // dashes, the total row
  SummaryMode,  // System call usage summary for 32 bit mode:
  Rest,         // `[...], 0, NULL) = 7`: foreign, but it may end a broken line
  Damaged,      // begins as a call and cannot be read
  Foreign
};

}  // namespace medic::parsers::strace
