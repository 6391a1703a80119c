#include "parsers/ptrace/lurk_dialect.h"

#include "base/text.h"
#include "parsers/ptrace/call_text.h"
#include "parsers/ptrace/json_line.h"
#include "parsers/ptrace/line_dialect.h"

namespace medic::parsers {
namespace {

using namespace ptrace;

constexpr std::string_view kJsonStart = "{\"type\":\"SYSCALL\",\"pid\":";

// `[54605] openat(`: strace -f's own prefix is `[pid 54605]`, which this is not.
struct PlainLine {
  std::int64_t pid = -1;
  std::string_view name, args, result;
};
std::optional<PlainLine> plain_line(std::string_view text) {
  if (!text.starts_with('[')) return std::nullopt;
  const std::size_t bracket = text.find("] ");
  const auto pid =
      bracket == std::string_view::npos ? std::nullopt : parse_decimal(text.substr(1, bracket - 1));
  if (!pid) return std::nullopt;
  std::string_view rest = trim(text.substr(bracket + 2));
  const std::size_t blank = rest.find(' '), open_early = rest.find('(');
  if (blank < open_early) {  // --syscall-number
    if (!parse_decimal(rest.substr(0, blank))) return std::nullopt;
    rest = trim(rest.substr(blank));
  }
  const std::size_t open = rest.find('(');
  const std::size_t close = open == std::string_view::npos ? open : closing_parenthesis(rest, open);
  if (close == std::string_view::npos || !rest.substr(close + 1).starts_with(" = "))
    return std::nullopt;
  return PlainLine{static_cast<std::int64_t>(*pid), rest.substr(0, open),
                   rest.substr(open + 1, close - open - 1), rest.substr(close + 4)};
}

Reading emit_call(const Line& line, std::int64_t pid, const model::Call& call, EventSink& sink) {
  model::Event event = event_at(line);
  event.tid = pid;
  event.what = call;
  sink.event(event);
  return kUsed;
}

Reading read_plain(const Line& line, const PlainLine& plain, Session& session) {
  model::Call call;
  call.syscall = syscall_called(plain.name, session.options.arch);
  call.args = read_args(plain.args);
  const auto outcome = raw_result(plain.result);
  if (!is_known(call.syscall)) return damaged("no such system call");
  if (!outcome) return damaged("result is no number");
  call.outcome = *outcome;
  call.text = line.text.substr(line.text.find("] ") + 2);
  return emit_call(line, plain.pid, call, session.sink);
}

kernel::Args json_args(const nlohmann::json& object) {
  kernel::Args args;
  const nlohmann::json* list = member(object, {"args"});
  if (list == nullptr || !list->is_array()) return args;
  for (unsigned i = 0; i < kernel::kArgCount && i < list->size(); ++i) {
    const nlohmann::json& value = (*list)[i];
    if (value.is_number_unsigned()) {
      args.set(i, value.get<std::uint64_t>());
    } else if (value.is_string() && value.get_ref<const std::string&>().starts_with("0x")) {
      if (const auto address = parse_number(value.get_ref<const std::string&>()))
        args.set(i, *address);
    }
  }
  return args;
}

Reading read_json(const Line& line, Session& session) {
  const auto object = json_object(line.text);
  if (!object) return damaged("JSON cut off or broken");
  const auto pid = integer_of(*object, {"pid"});
  const std::string_view name = text_of(*object, {"syscall"});
  if (!pid || name.empty()) return damaged("without pid or syscall");
  model::Call call;
  call.syscall = syscall_called(name, session.options.arch);
  if (!is_known(call.syscall)) return damaged("no such system call");
  call.args = json_args(*object);
  for (const char* key : {"success", "error", "result"}) {
    if (const auto result = integer_of(*object, {key})) call.outcome = raw_outcome(*result);
  }
  return emit_call(line, *pid, call, session.sink);
}

class LurkDialect : public LineDialect {
 public:
  std::string_view name() const override { return "lurk"; }
  std::string_view help() const override { return "lurk, plain or --json"; }
  Traits traits() const override { return {.family = Traits::Family::Tracer}; }

 protected:
  bool looks_like(std::string_view line) const override {
    return line.starts_with(kJsonStart) || plain_line(line).has_value();
  }
  Reading read(const Line& line, Session& session) const override {
    if (line.text.starts_with("{\"type\":\"SYSCALL\"")) return read_json(line, session);
    const auto plain = plain_line(line.text);
    return plain ? read_plain(line, *plain, session) : kForeign;
  }
};

}  // namespace

const Dialect& lurk_dialect() {
  static const LurkDialect dialect;
  return dialect;
}

}  // namespace medic::parsers
