// Lines are `[pid 12] 09:00:22.600117 close@SYS(255) = 0 <0.000021>` (0.7 without -o writes
// `SYS_close`), or library calls, which are not ours.
#include "parsers/ptrace/ltrace_dialect.h"

#include <algorithm>

#include "base/text.h"
#include "kernel/errno.h"
#include "parsers/ptrace/call_text.h"
#include "parsers/ptrace/line_dialect.h"

namespace medic::parsers {
namespace {

using namespace ptrace;

struct Prefixed {
  std::int64_t tid = -1;
  model::Time time;
  std::string_view rest;
};

std::optional<model::Time> stamp(std::string_view word) {
  model::Time time;
  if (const auto ns = time_of_day(word)) {
    time = {*ns, model::Time::Basis::TimeOfDay, true};
  } else if (word.find('.') != std::string_view::npos) {
    const auto seconds = decimal_seconds(word);
    if (!seconds) return std::nullopt;
    // -ttt is seconds since 1970; -r, since the line before, is far smaller.
    constexpr std::int64_t kSmallestEpoch = 100'000'000LL * 1'000'000'000;
    time = {*seconds,
            *seconds > kSmallestEpoch ? model::Time::Basis::Epoch : model::Time::Basis::Relative,
            false};
  } else {
    return std::nullopt;
  }
  return time;
}

Prefixed without_prefix(std::string_view text) {
  Prefixed out;
  text = trim(text);
  if (text.starts_with("[pid ")) {
    const std::size_t bracket = text.find(']');
    const auto pid = bracket == std::string_view::npos
                         ? std::nullopt
                         : parse_decimal(trim(text.substr(5, bracket - 5)));
    if (pid) {
      out.tid = static_cast<std::int64_t>(*pid);
      text = trim(text.substr(bracket + 1));
    }
  } else {
    std::string_view rest = text;
    const auto pid = parse_decimal(take_word(rest));
    if (pid && *pid < (std::uint64_t{1} << 31)) {
      out.tid = static_cast<std::int64_t>(*pid);
      text = rest;
    }
  }
  std::string_view rest = text;
  if (const auto time = stamp(take_word(rest))) {
    out.time = *time;
    text = rest;
  }
  out.rest = text;
  return out;
}

// `close@SYS` or `SYS_close`: the bare name; empty for a library call.
std::string_view system_name(std::string_view name) {
  if (name.ends_with("@SYS")) return name.substr(0, name.size() - 4);
  if (name.starts_with("SYS_")) return name;
  return {};
}

bool is_call_name(std::string_view name) {
  return !name.empty() && name.find_first_of(" \t\"<>=,") == std::string_view::npos;
}

OwnedCall owned(const Line& line, const Prefixed& prefixed) {
  OwnedCall call;
  call.origin = line.origin;
  call.time = prefixed.time;
  call.tid = prefixed.tid;
  call.text = prefixed.rest.substr(0, OpenCalls::kMaxText);
  return call;
}

// What the closing line of a system call repeats: its name without SYS decoration.
std::string_view repeated_name(std::string_view name) {
  return name.starts_with("SYS_") ? name.substr(4) : name;
}

Reading read_resumed(const Line& line, const Prefixed& prefixed, Session& session) {
  std::string_view rest = prefixed.rest.substr(5);
  const std::string_view name = take_word(rest);
  const std::size_t equals = rest.rfind(" = ");
  if (!rest.starts_with("resumed>")) return damaged("line cut off");
  OwnedCall closing = owned(line, prefixed);
  closing.name = repeated_name(name).substr(0, kMaxName);
  closing.stands_alone = false;  // without its opening it may as well be a library's
  const auto outcome =
      equals == std::string_view::npos ? std::nullopt : raw_result(rest.substr(equals + 3));
  if (outcome) closing.call.outcome = *outcome;
  session.open.close(std::move(closing), session.sink);
  return kUsed;
}

Reading read_death(const Line& line, const Prefixed& prefixed, Session& session) {
  model::Event event = event_at(line);
  event.tid = prefixed.tid;
  event.time = prefixed.time;
  std::string_view rest = prefixed.rest.substr(4);
  model::Exit exit;
  if (rest.starts_with("exited (status ")) {
    const auto code = parse_decimal(rest.substr(15, rest.find(')') - 15));
    if (!code) return damaged("exit without a status");
    exit.code = static_cast<int>(*code & 0xFF);
  } else if (rest.starts_with("killed by ")) {
    rest.remove_prefix(10);
    exit.signal = kernel::signal_number(take_word(rest)).value_or(0);
  } else {
    return damaged("unknown kind of death");
  }
  event.what = exit;
  session.sink.event(event);
  return kUsed;
}

Reading read_note(const Line& line, const Prefixed& prefixed, Session& session) {
  std::string_view rest = prefixed.rest.substr(4);
  const auto number = kernel::signal_number(take_word(rest));
  if (!number) return kUsed;  // --- Called exec() ---
  model::Event event = event_at(line);
  event.tid = prefixed.tid;
  event.time = prefixed.time;
  model::Signal signal;
  signal.number = *number;
  event.what = signal;
  session.sink.event(event);
  return kUsed;
}

// Where the call's own parenthesis closes, and its result: `) = -2 <0.000113>`. Nothing but numbers
// stands behind a result, so the last one is the call's; ltrace 0.7 does not escape quotes, and a
// string may hold anything.
struct Ending {
  std::size_t close = std::string_view::npos;
  std::optional<model::Outcome> outcome;
};

Ending ending_of(std::string_view text) {
  Ending out;
  const std::size_t equals = text.rfind("= ");
  if (equals == std::string_view::npos || equals == 0) return out;
  const std::size_t close = text.find_last_not_of(' ', equals - 1);
  if (close == std::string_view::npos || text[close] != ')') return out;
  out.outcome = raw_result(text.substr(equals + 2));
  if (out.outcome) out.close = close;
  return out;
}

// With more than two quotes nobody can say where a string ends: what stands before the first one is
// sure.
kernel::Args sure_args(std::string_view list) {
  if (std::count(list.begin(), list.end(), '"') > 2) list = list.substr(0, list.find('"'));
  return read_args(list);
}

Reading read_call(const Line& line, const Prefixed& prefixed, Session& session) {
  const std::string_view rest = prefixed.rest;
  const std::size_t open = rest.find('(');
  if (open == std::string_view::npos || !is_call_name(rest.substr(0, open))) return kForeign;
  const std::string_view written = rest.substr(0, open), name = system_name(written);
  constexpr std::string_view kUnfinished = "<unfinished ...>", kNoReturn = "<no return ...>";
  const bool unfinished = rest.ends_with(kUnfinished), no_return = rest.ends_with(kNoReturn);
  OwnedCall call = owned(line, prefixed);
  call.is_syscall = !name.empty();
  call.name = repeated_name(call.is_syscall ? name : written.substr(0, written.find('@')))
                  .substr(0, kMaxName);
  call.call.syscall = syscall_called(name, session.options.arch);
  if (call.is_syscall && !is_known(call.call.syscall)) return damaged("no such system call");
  const Ending ending = unfinished || no_return ? Ending{} : ending_of(rest);
  const std::size_t end = unfinished  ? rest.size() - kUnfinished.size()
                          : no_return ? rest.size() - kNoReturn.size()
                                      : std::min(ending.close, rest.size());
  call.call.args = sure_args(rest.substr(open + 1, end - open - 1));
  if (unfinished) {
    session.open.open(call, session.sink);
    return call.is_syscall ? kUsed : kForeign;
  }
  if (!call.is_syscall) return kForeign;
  if (no_return) {
    emit(call, session.sink);  // Seen: exit, exit_group
    return kUsed;
  }
  if (!ending.outcome) {
    // The program's own output ran into the line. That it made the call is reported all the same.
    call.call.args = {};
    emit(call, session.sink);
    return damaged("line cut off");
  }
  call.call.outcome = *ending.outcome;
  emit(call, session.sink);
  return kUsed;
}

class LtraceDialect : public LineDialect {
 public:
  std::string_view name() const override { return "ltrace"; }
  std::string_view help() const override { return "ltrace -S"; }
  Traits traits() const override {
    return {.family = Traits::Family::Tracer, .is_one_recording = true};
  }

 protected:
  bool looks_like(std::string_view line) const override {
    const std::string_view rest = without_prefix(line).rest;
    const std::size_t open = rest.find('(');
    return open != std::string_view::npos && is_call_name(rest.substr(0, open)) &&
           !system_name(rest.substr(0, open)).empty();
  }
  Reading read(const Line& line, Session& session) const override {
    Prefixed prefixed = without_prefix(line.text);
    if (prefixed.tid < 0) prefixed.tid = session.tid;
    if (prefixed.rest.starts_with("<... ")) return read_resumed(line, prefixed, session);
    if (prefixed.rest.starts_with("+++ ")) return read_death(line, prefixed, session);
    if (prefixed.rest.starts_with("--- ")) return read_note(line, prefixed, session);
    return read_call(line, prefixed, session);
  }
};

}  // namespace

const Dialect& ltrace_dialect() {
  static const LtraceDialect dialect;
  return dialect;
}

}  // namespace medic::parsers
