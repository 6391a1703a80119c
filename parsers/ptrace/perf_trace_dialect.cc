// `     0.638 ( 0.019 ms): p/13675 access(filename: 0xa1eac2a0, mode: R) = -1 ENOENT (No such file
// or directory)`. Arguments that are zero are left out and the rest is named, so that no position
// can be known: they stay unknown. Times are milliseconds since the start.
#include "parsers/ptrace/perf_trace_dialect.h"

#include "base/text.h"
#include "kernel/errno.h"
#include "parsers/ptrace/call_text.h"
#include "parsers/ptrace/line_dialect.h"

namespace medic::parsers {
namespace {

using namespace ptrace;

struct Prefixed {
  model::Time time;
  std::string_view comm;
  std::int64_t tid = -1;
  std::string_view call;
};

// Milliseconds, `?` where the entry was not seen.
std::optional<model::Time> stamp(std::string_view word) {
  if (word == "?") return model::Time{};
  const std::size_t dot = word.find('.');
  const auto whole = parse_decimal(word.substr(0, dot));
  const auto rest = dot == std::string_view::npos ? std::optional<std::uint64_t>(0)
                                                  : parse_decimal(word.substr(dot + 1));
  if (!whole || !rest || word.size() - dot != 4 || *whole > 9'000'000'000'000ULL)
    return std::nullopt;
  return model::Time{static_cast<std::int64_t>(*whole * 1'000'000 + *rest * 1000),
                     model::Time::Basis::Relative, false};
}

std::optional<Prefixed> without_prefix(std::string_view text) {
  Prefixed out;
  const auto time = stamp(take_word(text));
  if (!time || !text.starts_with('(')) return std::nullopt;
  const std::size_t duration = text.find("):");
  if (duration == std::string_view::npos || duration > 24) return std::nullopt;
  out.time = *time;
  text = trim(text.substr(duration + 2));
  // `comm/tid `, absent where a single task is traced. The command may hold slashes and blanks: the
  // last place that can be the end of one counts.
  constexpr std::size_t kLongestComm = 15;
  for (std::size_t slash = text.rfind('/', kLongestComm); slash != std::string_view::npos;
       slash = slash == 0 ? slash - 1 : text.rfind('/', slash - 1)) {
    const std::size_t blank = text.find(' ', slash);
    const auto tid = blank == std::string_view::npos
                         ? std::nullopt
                         : parse_decimal(text.substr(slash + 1, blank - slash - 1));
    if (!tid || *tid >= std::uint64_t{1} << 31) continue;
    out.comm = text.substr(0, slash);
    out.tid = static_cast<std::int64_t>(*tid);
    text = trim(text.substr(blank));
    break;
  }
  out.call = text;
  return out;
}

// Up to the end: `-1 ENOENT (No such file or directory)`, `4`, `0x7f33…`, `18322 (p)` with a
// command, `?`; a result left empty is a child's own of clone.
std::optional<model::Outcome> result_of(std::string_view text) {
  text = trim(text);
  if (text.empty()) return raw_outcome(0);
  // perf has no words for a call to be restarted.
  constexpr int kERESTARTSYS = 512;
  if (text.starts_with("-1 (unknown) (INTERNAL ERROR")) return raw_outcome(-kERESTARTSYS);
  const bool failed = text.starts_with("-1 ");
  if (failed) text.remove_prefix(3);
  const std::size_t blank = text.find(' ');
  const std::string_view word = text.substr(0, blank), note = blank == std::string_view::npos
                                                                  ? std::string_view{}
                                                                  : text.substr(blank + 1);
  constexpr std::size_t kLongestComm = 15;
  if (blank != std::string_view::npos) {
    if (note.size() < 2 || note.front() != '(' || note.back() != ')') return std::nullopt;
    const std::string_view inside = note.substr(1, note.size() - 2);
    if (failed ? inside.find_first_of("()=") != std::string_view::npos
               : inside.size() > kLongestComm)
      return std::nullopt;
  }
  if (!failed) return raw_result(word);
  const auto error = kernel::errno_number(word);
  if (!error) return std::nullopt;
  return raw_outcome(-*error);
}

// A program's name, or a path of its choice, may look like a result, and perf escapes neither:
// where a line can be read in two ways, the call is reported without its result.
std::optional<model::Outcome> sole_result(std::string_view text) {
  std::optional<model::Outcome> found;
  if (text.ends_with(" =")) found = raw_outcome(0);
  for (std::size_t at = text.rfind(" = "); at != std::string_view::npos && at > 0;
       at = text.rfind(" = ", at - 1)) {
    const std::size_t close = text.find_last_not_of(' ', at);
    if (close == std::string_view::npos || text[close] != ')') continue;
    const auto result = result_of(text.substr(at + 3));
    if (result && found && !(*result == *found)) return model::Outcome{};
    if (result) found = result;
  }
  return found;
}

Reading read_call(const Line& line, const Prefixed& prefixed, Session& session) {
  std::string_view text = prefixed.call;
  const bool continued = text.starts_with("... [continued]: ");
  if (continued) text.remove_prefix(17);
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || text.substr(0, open).find(' ') != std::string_view::npos)
    return damaged("line cut off");
  OwnedCall call;
  call.origin = line.origin;
  call.time = prefixed.time;
  call.comm = prefixed.comm.substr(0, 64);
  call.tid = prefixed.tid;
  call.name = text.substr(0, open);
  call.text = text.substr(0, OpenCalls::kMaxText);
  call.call.syscall = syscall_called(call.name, session.options.arch);
  if (!is_known(call.call.syscall))
    return text.find(':') < open ? kForeign
                                 : damaged("no such system call");  // other events: `sched:…(`
  if (text.ends_with(" ...")) {
    session.open.open(std::move(call), session.sink);
    return kUsed;
  }
  const auto outcome = sole_result(text);
  if (!outcome) return damaged("call without a result");
  call.call.outcome = *outcome;
  // A child returns 0 from a call that its parent made.
  const bool childs = outcome->kind == model::Outcome::Kind::Returned && outcome->value == 0 &&
                      (call.name.starts_with("clone") || call.name.ends_with("fork"));
  call.stands_alone = !childs;
  if (continued)
    session.open.close(std::move(call), session.sink);
  else
    emit(call, session.sink);
  return kUsed;
}

// A row of the summary: `   openat  4  1  0.069 …`, calls and errors; the errors' kinds are not
// known.
std::optional<model::Call> summary_row(std::string_view text, kernel::Arch arch) {
  if (!text.starts_with("   ") || text.find(':') != std::string_view::npos) return std::nullopt;
  const std::string_view name = take_word(text);
  const auto calls = parse_decimal(take_word(text)), errors = parse_decimal(take_word(text));
  model::Call call;
  call.syscall = syscall_called(name, arch);
  if (!calls || !errors || text.find('%') == std::string_view::npos || !is_known(call.syscall))
    return std::nullopt;
  call.count = *calls;
  return call;
}

// ` p (18326), 76 events, 84.4%`
std::optional<std::int64_t> summary_task(std::string_view text) {
  const std::size_t close = text.find("), "), open = text.substr(0, close).rfind('(');
  if (close == std::string_view::npos || open == std::string_view::npos ||
      text.find(" events, ") == std::string_view::npos)
    return std::nullopt;
  const auto tid = parse_decimal(text.substr(open + 1, close - open - 1));
  if (!tid) return std::nullopt;
  return static_cast<std::int64_t>(*tid);
}

// The lines above the rows, which say this table from strace -c's.
bool is_summary_head(std::string_view text) {
  const std::string_view words = trim(text);
  return words == "Summary of events:" ||
         (words.starts_with("syscall ") && words.ends_with("stddev")) ||
         (words.starts_with("(msec)") && words.ends_with("(%)")) ||
         (text.starts_with("   -----") && words.ends_with("-----"));
}

class PerfTraceDialect : public LineDialect {
 public:
  std::string_view name() const override { return "perf-trace"; }
  std::string_view help() const override { return "perf trace"; }
  Traits traits() const override { return {.family = Traits::Family::Tracer}; }

 protected:
  bool looks_like(std::string_view line) const override {
    return without_prefix(line) || summary_row(line, kernel::Arch::Unknown) || summary_task(line) ||
           is_summary_head(line);
  }
  Reading read(const Line& line, Session& session) const override {
    if (const auto prefixed = without_prefix(line.text)) return read_call(line, *prefixed, session);
    if (const auto tid = summary_task(line.text)) {
      session.open.speaks(*tid);
      return kUsed;
    }
    if (line.text.starts_with("LOST ")) {
      model::Event event = event_at(line);
      std::string_view rest = line.text.substr(5);
      event.what = model::Loss{model::Loss::Kind::Lost, parse_decimal(take_word(rest)).value_or(0),
                               line.text};
      session.sink.event(event);
      return kUsed;
    }
    const auto row = summary_row(line.text, session.options.arch);
    if (!row) return is_summary_head(line.text) ? kUsed : kForeign;
    OwnedCall call;
    call.origin = line.origin;
    call.text = trim(line.text).substr(0, OpenCalls::kMaxText);
    call.call = *row;
    session.open.say(std::move(call), session.sink);
    return kUsed;
  }
};

}  // namespace

const Dialect& perf_trace_dialect() {
  static const PerfTraceDialect dialect;
  return dialect;
}

}  // namespace medic::parsers
