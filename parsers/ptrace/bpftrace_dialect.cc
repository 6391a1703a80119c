// bpftrace has no format of its own for calls; what people print are maps:
// `@[tracepoint:syscalls:sys_enter_mkdir]: 4`, `@by[ls, …sys_enter_read]: 2`,
// `@syscall[59]: 3`, or with -f json `{"type": "map", "data": {"@":
// {"tracepoint:syscalls:sys_enter_read": 1}}}`. Only counts are said.
#include "parsers/ptrace/bpftrace_dialect.h"

#include <algorithm>

#include "base/text.h"
#include "parsers/ptrace/call_text.h"
#include "parsers/ptrace/json_line.h"
#include "parsers/ptrace/line_dialect.h"

namespace medic::parsers {
namespace {

using namespace ptrace;

// The probes that name a call on its way in. Those of the way out would count it twice.
constexpr std::string_view kEntries[] = {"tracepoint:syscalls:sys_enter_",
                                         "sys_enter_",
                                         "kprobe:__x64_sys_",
                                         "kprobe:__arm64_sys_",
                                         "kprobe:__s390x_sys_",
                                         "kprobe:__riscv_sys_",
                                         "kprobe:__se_sys_"};

// A map whose keys are numbers of calls, by its name.
bool counts_numbers(std::string_view map) {
  for (std::string_view name : {"@nr", "@sys", "@id", "@call"}) {
    if (map.starts_with(name)) return true;
  }
  return false;
}

struct Counted {
  std::string_view comm;
  model::SyscallRef syscall;
};

// key: `comm, probe`, `probe`, `number`. Nothing when no part of it is a call.
std::optional<Counted> counted(std::string_view map, std::string_view key, kernel::Arch arch) {
  const std::size_t comma = key.rfind(',');
  const std::string_view last = trim(key.substr(comma == std::string_view::npos ? 0 : comma + 1));
  Counted out;
  // pid, uid or comm may come before; a word that is no number is taken for the command.
  std::string_view first =
      comma == std::string_view::npos ? std::string_view{} : trim(key.substr(0, key.find(',')));
  if (!parse_decimal(first)) out.comm = first.substr(0, 64);
  for (std::string_view prefix : kEntries) {
    if (!last.starts_with(prefix)) continue;
    out.syscall = syscall_called(last.substr(prefix.size()), arch);
    return out;
  }
  if (!counts_numbers(map) || !parse_decimal(last)) return std::nullopt;
  out.syscall = syscall_called(last, arch);
  return out;
}

Reading emit_count(const Line& line, const Counted& what, std::uint64_t count, Session& session) {
  if (!is_known(what.syscall)) return damaged("no such system call");
  model::Event event = event_at(line);
  event.comm = what.comm;
  model::Call call;
  call.syscall = what.syscall;
  call.count = count;
  event.what = call;
  session.sink.event(event);
  return kUsed;
}

Reading read_text(const Line& line, Session& session) {
  const std::size_t open = line.text.find('['), close = line.text.rfind("]: ");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return kForeign;
  const auto what = counted(line.text.substr(0, open), line.text.substr(open + 1, close - open - 1),
                            session.options.arch);
  if (!what) return kForeign;
  const auto count = parse_decimal(trim(line.text.substr(close + 3)));
  if (!count || *count == 0) return damaged("not a count");
  return emit_count(line, *what, *count, session);
}

Reading read_map(const Line& line, const nlohmann::json& data, Session& session) {
  Reading reading = kForeign;
  for (const auto& [map, counts] : data.items()) {
    if (!counts.is_object()) continue;
    for (const auto& [key, value] : counts.items()) {
      const auto what = counted(map, key, session.options.arch);
      const auto count = integer(value);
      if (!what || !count || *count <= 0) continue;
      const Reading one = emit_count(line, *what, static_cast<std::uint64_t>(*count), session);
      if (reading.kind != Reading::Kind::Damaged) reading = one;
    }
  }
  return reading;
}

Reading read_json(const Line& line, Session& session) {
  const auto object = json_object(line.text);
  if (!object) return damaged("JSON cut off or broken");
  const std::string_view type = text_of(*object, {"type"});
  if (type == "lost_events") {
    model::Event event = event_at(line);
    event.what = model::Loss{model::Loss::Kind::Lost,
                             static_cast<std::uint64_t>(std::max<std::int64_t>(
                                 integer_of(*object, {"data", "events"}).value_or(0), 0)),
                             line.text};
    session.sink.event(event);
    return kUsed;
  }
  const nlohmann::json* data = member(*object, {"data"});
  return type == "map" && data != nullptr && data->is_object() ? read_map(line, *data, session)
                                                               : kForeign;
}

Reading read_lost(const Line& line, Session& session) {
  std::string_view rest = line.text.substr(5);
  const auto count = parse_decimal(take_word(rest));
  if (!count || !rest.starts_with("events")) return kForeign;
  model::Event event = event_at(line);
  event.what = model::Loss{model::Loss::Kind::Lost, *count, line.text};
  session.sink.event(event);
  return kUsed;
}

class BpftraceDialect : public LineDialect {
 public:
  std::string_view name() const override { return "bpftrace"; }
  std::string_view help() const override { return "bpftrace maps of calls by probe or number"; }

 protected:
  bool looks_like(std::string_view line) const override {
    if (line.starts_with("{\"type\": \"map\"") ||
        line.starts_with("{\"type\": \"attached_probes\""))
      return true;
    const std::size_t open = line.find('['), close = line.rfind("]: ");
    return line.starts_with('@') && open != std::string_view::npos &&
           close != std::string_view::npos && close > open &&
           counted(line.substr(0, open), line.substr(open + 1, close - open - 1),
                   kernel::Arch::Unknown)
               .has_value();
  }
  Reading read(const Line& line, Session& session) const override {
    if (line.text.starts_with("{\"type\":")) return read_json(line, session);
    if (line.text.starts_with("Lost ")) return read_lost(line, session);
    return line.text.starts_with('@') ? read_text(line, session) : kForeign;
  }
};

}  // namespace

const Dialect& bpftrace_dialect() {
  static const BpftraceDialect dialect;
  return dialect;
}

}  // namespace medic::parsers
