// `I0903 14:40:00.425033  1 strace.go:576] [   1:   1] wget X read(0x3 …) = 28 (0x1c) (12.3µs)`: E
// on entry, X on exit, errors as ` errno=2 (…)`. The tasks are numbered in the sandbox's own pid
// namespace. Dates have no year and are not taken.
#include "parsers/ptrace/gvisor_dialect.h"

#include "base/text.h"
#include "parsers/ptrace/call_text.h"
#include "parsers/ptrace/json_line.h"
#include "parsers/ptrace/line_dialect.h"

namespace medic::parsers {
namespace {

using namespace ptrace;

constexpr std::string_view kSource = "strace.go:";

// `[   1:   2] wget E recvfrom(…`
struct Source {
  std::int64_t pid = -1, tid = -1;
  std::string_view comm;
  char direction = 0;
  std::string_view call;
  bool ambiguous = false;  // the command looks like a call, or a path like a command
};

std::optional<std::int64_t> id_of(std::string_view text) {
  text = trim(text);
  const auto id = parse_decimal(
      text.substr(0, text.find('(')));  // newer: `1(4)`, with the number in the root namespace
  if (!id) return std::nullopt;
  return static_cast<std::int64_t>(*id);
}

std::optional<Source> given(std::string_view text) {
  text = trim(text);
  const std::size_t colon = text.find(':'), bracket = text.find("] ");
  if (!text.starts_with('[') || colon == std::string_view::npos ||
      bracket == std::string_view::npos || colon > bracket)
    return std::nullopt;
  const auto pid = id_of(text.substr(1, colon - 1)),
             tid = id_of(text.substr(colon + 1, bracket - colon - 1));
  if (!pid || !tid) return std::nullopt;
  Source out{*pid, *tid, {}, 0, {}};
  text.remove_prefix(bracket + 2);
  // The command may hold anything, but no more than 15 bytes: what follows it is a lone E or X and
  // a call.
  constexpr std::size_t kLongestComm = 15;
  for (std::size_t at = text.find(' '); at != std::string_view::npos && at <= kLongestComm;
       at = text.find(' ', at + 1)) {
    if (at + 3 >= text.size() || (text[at + 1] != 'E' && text[at + 1] != 'X') ||
        text[at + 2] != ' ')
      continue;
    const std::string_view call = text.substr(at + 3);
    const std::size_t name = call.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_");
    if (name == 0 || name == std::string_view::npos || call[name] != '(') continue;
    out.ambiguous = out.direction != 0;
    out.comm = text.substr(0, at);
    out.direction = text[at + 1];
    out.call = call;
  }
  if (out.direction == 0) return std::nullopt;
  return out;
}

// Of ` = 19 (0x13) errno=2 (no such file or directory) (12µs)`.
std::optional<model::Outcome> result_of(std::string_view text) {
  if (!text.starts_with(" = ")) return std::nullopt;
  const std::size_t error = text.find(" errno=");
  if (error != std::string_view::npos) {
    std::string_view rest = text.substr(error + 7);
    const auto number = parse_decimal(take_word(rest));
    if (!number || *number > 4095) return std::nullopt;
    return raw_outcome(-static_cast<std::int64_t>(*number));
  }
  std::string_view rest = text.substr(3);
  const auto value = parse_number(take_word(rest));
  if (!value) return std::nullopt;
  model::Outcome outcome;
  outcome.kind = model::Outcome::Kind::Returned;
  outcome.value = static_cast<std::int64_t>(*value);
  return outcome;
}

Reading read_told(const Line& line, const Source& given, Session& session) {
  if (given.ambiguous) return damaged("a line that can be read in two ways");
  const std::size_t open = given.call.find('(');
  if (open == std::string_view::npos) return damaged("line cut off");
  OwnedCall call;
  call.origin = line.origin;
  call.pid = given.pid;
  call.tid = given.tid;
  call.comm = given.comm.substr(0, 64);
  call.name = given.call.substr(0, open);
  call.text = given.call.substr(0, OpenCalls::kMaxText);
  call.call.syscall = syscall_called(call.name, session.options.arch);
  if (!is_known(call.call.syscall)) return damaged("no such system call");
  // Strings stand unquoted behind their addresses: the result is found from the end, the arguments
  // may be cut short by a parenthesis.
  const std::size_t close = given.call.rfind(") = ");
  if (given.direction == 'E') {
    call.call.args = read_args(given.call.substr(open + 1, given.call.size() - open - 2));
    session.open.open(std::move(call), session.sink);
    return kUsed;
  }
  const auto outcome = close == std::string_view::npos || close < open
                           ? std::nullopt
                           : result_of(given.call.substr(close + 1));
  if (!outcome) return damaged("exit without a result");
  call.call.args = read_args(given.call.substr(open + 1, close - open - 1));
  call.call.outcome = *outcome;
  session.open.close(std::move(call), session.sink);
  return kUsed;
}

Reading read_message(const Line& line, std::string_view message, Session& session) {
  const std::size_t source = message.find(kSource);
  const std::size_t behind = source == std::string_view::npos ? source : message.find("] ", source);
  if (behind == std::string_view::npos) return kForeign;
  const auto what = given(message.substr(behind + 2));
  return what ? read_told(line, *what, session) : kForeign;
}

class GvisorDialect : public LineDialect {
 public:
  std::string_view name() const override { return "gvisor"; }
  std::string_view help() const override { return "gVisor runsc --strace, text or JSON"; }
  Traits traits() const override { return {.family = Traits::Family::Tracer}; }

 protected:
  bool looks_like(std::string_view line) const override {
    const std::size_t source = line.find(kSource);
    if (source == std::string_view::npos || source > 96) return false;
    const std::size_t behind = line.find("] [", source);
    return behind != std::string_view::npos && behind < source + 24;
  }
  Reading read(const Line& line, Session& session) const override {
    if (!line.text.starts_with('{')) return read_message(line, line.text, session);
    if (line.text.find(kSource) == std::string_view::npos) return kForeign;
    const auto object = json_object(line.text);
    if (!object) return damaged("JSON cut off or broken");
    return read_message(line, text_of(*object, {"msg"}), session);
  }
};

}  // namespace

const Dialect& gvisor_dialect() {
  static const GvisorDialect dialect;
  return dialect;
}

}  // namespace medic::parsers
