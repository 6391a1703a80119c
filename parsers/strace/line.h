// One line of strace output, taken apart without looking into its arguments.
#pragma once

#include <cstdint>
#include <string_view>

#include "parsers/strace/line_cursor.h"
#include "parsers/strace/line_kind.h"
#include "parsers/strace/names.h"
#include "parsers/strace/prefix.h"
#include "parsers/strace/result.h"

namespace medic::parsers::strace {

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

// At most this much of a call's text is handed on.
inline constexpr std::size_t kTextBytes = 200;
std::string_view cut_long_text(std::string_view text);
inline std::string_view cut_text(std::string_view text) {
  return text.size() <= kTextBytes ? text : cut_long_text(text);
}

// arch: what is known of the task's, for names that differ. Never fails: what cannot be read is
// Damaged or Foreign.
Line read_line(const MarkedLine& marked, kernel::Arch arch);
// The same, with the prefix known already.
Line read_body(const MarkedLine& marked, const Prefix& prefix, kernel::Arch arch);

}  // namespace medic::parsers::strace
