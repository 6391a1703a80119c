// `586 14:40:00.488861105 1 cat (6400.6400) < openat fd=3(<f>readme) dirfd=-100(AT_FDCWD) …`: `>`
// on entry, `<` on exit with res= or fd=. Arguments stay unknown: flags are in sysdig's own
// numbering, not the kernel's.
#include "parsers/ptrace/sysdig_dialect.h"

#include <optional>

#include "base/text.h"
#include "kernel/errno.h"
#include "parsers/ptrace/call_text.h"
#include "parsers/ptrace/json_line.h"
#include "parsers/ptrace/line_dialect.h"

namespace medic::parsers {
namespace {

using namespace ptrace;

struct Source {
  model::Time time;
  std::string_view comm;
  std::int64_t pid = -1, tid = -1;
  char direction = 0;
  std::string_view type, info;
};

// Events of sysdig's own that are no system calls.
bool is_pseudo(std::string_view type) {
  for (std::string_view name :
       {"switch",      "procexit",    "signaldeliver", "drop",      "scapevent",
        "page_fault",  "container",   "notification",  "infra",     "procinfo",
        "cpu_hotplug", "tracer",      "k8s",           "mesos",     "NA",
        "asyncevent",  "pluginevent", "sysdigevent",   "useradded", "userdeleted",
        "groupadded",  "groupdeleted"}) {
    if (type == name) return true;
  }
  return false;
}

// `(6400)` or `(6400.6401)`: the thread last or first, depending on the version; both forms name
// the thread in thread.tid's place.
bool read_ids(std::string_view text, Source& out) {
  if (text.size() < 3 || text.front() != '(' || text.back() != ')') return false;
  text = text.substr(1, text.size() - 2);
  const std::size_t dot = text.find('.');
  const auto first = parse_decimal(text.substr(0, dot));
  const auto last = dot == std::string_view::npos ? first : parse_decimal(text.substr(dot + 1));
  if (!first || !last || *first > INT32_MAX || *last > INT32_MAX) return false;
  if (dot != std::string_view::npos) out.pid = static_cast<std::int64_t>(*first);
  out.tid = static_cast<std::int64_t>(*last);
  return true;
}

// Finds ` (ids) > type `, whatever stands before: event number, time, cpu, command.
std::optional<Source> given(std::string_view text) {
  Source out;
  for (std::size_t at = text.find(") "); at != std::string_view::npos && at < 200;
       at = text.find(") ", at + 1)) {
    if (at + 4 > text.size() || (text[at + 2] != '>' && text[at + 2] != '<') || text[at + 3] != ' ')
      continue;
    const std::size_t open = text.rfind('(', at);
    if (open == std::string_view::npos || !read_ids(text.substr(open, at - open + 1), out))
      continue;
    out.direction = text[at + 2];
    std::string_view rest = text.substr(at + 4), head = text.substr(0, open);
    out.type = take_word(rest);
    out.info = rest;
    if (out.type.empty()) return std::nullopt;
    // Event number, time and cpu may be left out by the format (-p).
    std::string_view before = head;
    if (parse_decimal(take_word(before))) head = before;
    if (const auto ns = time_of_day(take_word(before))) {
      out.time = {*ns, model::Time::Basis::TimeOfDay, true};
      head = before;
      if (parse_decimal(take_word(before)) && !before.empty()) head = before;
    }
    out.comm = trim(head).substr(0, 64);
    return out;
  }
  return std::nullopt;
}

std::string_view info_value(std::string_view info, std::string_view key) {
  std::size_t at = info.starts_with(key) ? 0 : std::string_view::npos;
  if (at != 0) {
    at = info.find(std::string(" ") + std::string(key));
    if (at == std::string_view::npos) return {};
    ++at;
  }
  std::string_view rest = info.substr(at + key.size());
  return take_word(rest);
}

// `-2(ENOENT)`, `3(<f>/etc/x)`, `832`; nothing said: it was seen.
model::Outcome outcome_of(std::string_view info) {
  std::string_view value = info_value(info, "res=");
  if (value.empty() && info.starts_with("fd=")) value = info_value(info, "fd=");
  const auto number = parse_signed(value.substr(0, value.find('(')));
  if (number) return raw_outcome(*number);
  if (const auto error = kernel::errno_number(value)) return raw_outcome(-*error);
  return {};
}

// sysdig's `syscall` event stands for calls without a decoder: `ID=107(geteuid)`.
std::string_view call_name(const Source& what) {
  if (what.type != "syscall") return what.type;
  const std::string_view id = info_value(what.info, "ID=");
  const std::size_t open = id.find('('), close = id.find(')');
  return open == std::string_view::npos || close == std::string_view::npos
             ? id
             : id.substr(open + 1, close - open - 1);
}

Reading read_told(const Line& line, const Source& what, Session& session) {
  if (is_pseudo(what.type)) return kForeign;
  OwnedCall call;
  call.origin = line.origin;
  call.time = what.time;
  call.comm = what.comm;
  call.pid = what.pid;
  call.tid = what.tid;
  call.name = what.type;
  call.text = line.text.substr(0, OpenCalls::kMaxText);
  call.call.syscall = syscall_called(call_name(what), session.options.arch);
  if (!is_known(call.call.syscall)) {
    if (what.type != "syscall" || what.direction == '>') return damaged("no such system call");
    call.stands_alone = false;  // the exit of `syscall` names no call where its entry did
  }
  if (what.direction == '>') {
    session.open.open(std::move(call), session.sink);
    return kUsed;
  }
  call.call.outcome = outcome_of(what.info);
  session.open.close(std::move(call), session.sink);
  return kUsed;
}

model::Time epoch(std::int64_t ns) { return {ns, model::Time::Basis::Epoch, false}; }

Reading read_event_json(const Line& line, const nlohmann::json& object, Session& session) {
  Source what;
  const std::string_view direction = text_of(object, {"evt.dir"});
  what.type = text_of(object, {"evt.type"});
  what.info = text_of(object, {"evt.info"});
  what.comm = text_of(object, {"proc.name"}).substr(0, 64);
  what.tid = integer_of(object, {"thread.tid"}).value_or(-1);
  what.pid = integer_of(object, {"proc.pid"}).value_or(-1);
  for (const char* key : {"evt.outputtime", "evt.rawtime", "evt.time"}) {
    if (const auto ns = integer_of(object, {key})) what.time = epoch(*ns);
  }
  if (what.type.empty() || direction.size() != 1) return damaged("without evt.type and evt.dir");
  what.direction = direction.front();
  return read_told(line, what, session);
}

// The rule of people who collect calls with Falco prints `CONTAINER:CALL` and nothing else.
std::string_view call_in_output(std::string_view output) {
  const std::size_t colon = output.rfind(':');
  const std::string_view name =
      trim(output.substr(colon == std::string_view::npos ? output.size() : colon + 1));
  return name.find(' ') == std::string_view::npos ? name : std::string_view{};
}

model::Label container_of(const nlohmann::json& alert) {
  model::Label label;
  label.container_id = text_of(alert, {"output_fields", "container.id"});
  if (label.container_id == "host") label.container_id = {};
  label.container_name = text_of(alert, {"output_fields", "container.name"});
  label.image = text_of(alert, {"output_fields", "container.image.repository"});
  label.pod = text_of(alert, {"output_fields", "k8s.pod.name"});
  return label;
}

Reading read_alert(const Line& line, const nlohmann::json& alert, Session& session) {
  std::string_view name = text_of(alert, {"output_fields", "evt.type"});
  if (name.empty()) name = text_of(alert, {"output_fields", "syscall.type"});
  if (name.empty()) name = call_in_output(text_of(alert, {"output"}));
  model::Call call;
  call.syscall = syscall_called(name, session.options.arch);
  if (name.empty() || !is_known(call.syscall)) return kForeign;  // an alert about something else
  std::string_view result = text_of(alert, {"output_fields", "evt.res"});
  const auto error = kernel::errno_number(result);
  if (error)
    call.outcome = raw_outcome(-*error);
  else if (result == "SUCCESS")
    call.outcome = raw_outcome(0);
  model::Event event = event_at(line);
  event.host = text_of(alert, {"hostname"});
  event.comm = text_of(alert, {"output_fields", "proc.name"});
  event.pid = integer_of(alert, {"output_fields", "proc.pid"}).value_or(-1);
  event.tid = integer_of(alert, {"output_fields", "thread.tid"}).value_or(event.pid);
  if (const auto ns = integer_of(alert, {"output_fields", "evt.time"}))
    event.time = epoch(*ns);
  else if (const auto time = iso_time(text_of(alert, {"time"})))
    event.time = *time;
  const model::Label label = container_of(alert);
  if (event.tid >= 0 &&
      !(label.container_id.empty() && label.container_name.empty() && label.pod.empty())) {
    event.what = label;
    session.sink.event(event);
  }
  event.what = call;
  session.sink.event(event);
  return kUsed;
}

bool is_json(std::string_view line) {
  return line.starts_with('{') && (line.find("\"evt.type\"") != std::string_view::npos ||
                                   line.find("\"output_fields\"") != std::string_view::npos ||
                                   (line.find("\"rule\"") != std::string_view::npos &&
                                    line.find("\"output\"") != std::string_view::npos));
}

class SysdigDialect : public LineDialect {
 public:
  std::string_view name() const override { return "sysdig"; }
  std::string_view help() const override { return "sysdig text or JSON, Falco JSON"; }

 protected:
  bool looks_like(std::string_view line) const override {
    return is_json(line) || given(line).has_value();
  }
  Reading read(const Line& line, Session& session) const override {
    if (!is_json(line.text)) {
      const auto what = given(line.text);
      return what ? read_told(line, *what, session) : kForeign;
    }
    const auto object = json_object(
        line.text.substr(0, line.text.ends_with(',') ? line.text.size() - 1 : line.text.size()));
    if (!object) return damaged("JSON cut off or broken");
    if (object->contains("evt.dir")) return read_event_json(line, *object, session);
    return read_alert(line, *object, session);
  }
};

}  // namespace

const Dialect& sysdig_dialect() {
  static const SysdigDialect dialect;
  return dialect;
}

}  // namespace medic::parsers
