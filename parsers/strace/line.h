// One line of strace output, taken apart without looking into its arguments.
#pragma once

#include <cstdint>
#include <string_view>

#include "parsers/strace/line_cursor.h"
#include "parsers/strace/names.h"
#include "parsers/strace/prefix.h"
#include "parsers/strace/result.h"

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

struct Line {
  LineKind kind = LineKind::Foreign;
  Prefix prefix;
  std::string_view raw;   // the whole line
  std::string_view body;  // behind the prefix
  std::string_view name;  // as written
  std::string_view args;  // between the parentheses; behind `resumed>` for Resumed
  std::string_view text;  // the call without prefix and result
  NamedCall call;
  ResultColumn result;
  std::int64_t number = -1;  // pid, exit code or signal of the other kinds
  bool detached =
      false;  // <detached ...>; of Broken: the message within says that `number` was let go
  bool pid_changed = false;  // <pid changed to N ...>: the call goes on under N
  std::string_view reason;   // of Damaged
};

// arch: what is known of the task's, for names that differ. Never fails: what cannot be read is
// Damaged or Foreign.
Line read_line(const MarkedLine& marked, kernel::Arch arch);
// The same, with the prefix known already.
Line read_body(const MarkedLine& marked, const Prefix& prefix, kernel::Arch arch);

}  // namespace medic::parsers::strace
