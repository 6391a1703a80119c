// audit_seccomp:
// {"syscall":"SYS_UNSHARE","code":"SECCOMP_RET_KILL_THREAD","proc":{"comm":…,"pid":…,"tid":…},"runtime":{…},"k8s":{…}};
// before 2024
// {"syscall":"unshare","code":"kill_thread","comm":…,"pid":…,"pod":…,"container":…}. traceloop:
// {"syscall":"mkdir","parameters":[…],"ret":"-1 (…)"}.
#include "parsers/ptrace/gadget_dialect.h"

#include "base/text.h"
#include "kernel/errno.h"
#include "parsers/ptrace/call_text.h"
#include "parsers/ptrace/json_line.h"
#include "parsers/ptrace/line_dialect.h"

namespace medic::parsers {
namespace {

using namespace ptrace;
using nlohmann::json;

std::optional<kernel::Action> action_of(std::string_view code) {
  std::string word;
  if (code.starts_with("SECCOMP_RET_")) code.remove_prefix(12);
  for (const char c : code)
    word += c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return kernel::action_from_audit_word(word);
}

std::string_view first_text(const json& object,
                            std::initializer_list<std::initializer_list<const char*>> paths) {
  for (const auto& path : paths) {
    if (const std::string_view text = text_of(object, path); !text.empty()) return text;
  }
  return {};
}

model::Label owner_of(const json& object) {
  model::Label label;
  label.container_id = first_text(object, {{"runtime", "containerId"}, {"runtime", "containerID"}});
  label.container_name =
      first_text(object, {{"runtime", "containerName"}, {"k8s", "containerName"}, {"container"}});
  label.image = text_of(object, {"runtime", "containerImageName"});
  label.pod = first_text(object, {{"k8s", "podName"}, {"pod"}});
  return label;
}

bool says_something(const model::Label& label) {
  return !(label.container_id.empty() && label.container_name.empty() && label.image.empty() &&
           label.pod.empty());
}

// timestamp: nanoseconds, or text of date and time.
model::Time time_of(const json& object) {
  for (const char* key : {"timestamp_raw", "timestamp"}) {
    if (const auto ns = integer_of(object, {key})) return {*ns, model::Time::Basis::Epoch, false};
  }
  return iso_time(text_of(object, {"timestamp"})).value_or(model::Time{});
}

std::optional<std::int64_t> first_integer(
    const json& object, std::initializer_list<std::initializer_list<const char*>> paths) {
  for (const auto& path : paths) {
    if (const auto number = integer_of(object, path)) return number;
  }
  return std::nullopt;
}

model::Outcome denied(kernel::Action action) {
  model::Outcome outcome;
  outcome.kind = model::Outcome::Kind::Denied;
  outcome.action = action;
  if (action <= kernel::Action::Trap) outcome.signal = kernel::kSIGSYS;
  return outcome;
}

// traceloop's parameters are printed values, most of them not the registers' own; its result is a
// number, maybe with words behind it.
model::Outcome traced(const json& object) {
  const std::string_view result = text_of(object, {"ret"});
  const auto number = result.empty() ? integer_of(object, {"ret"})
                                     : parse_signed(result.substr(0, result.find(' ')));
  return number ? raw_outcome(*number) : model::Outcome{};
}

Reading read_object(const Line& line, const json& object, Session& session) {
  const std::string_view name = text_of(object, {"syscall"}), code = text_of(object, {"code"});
  if (name.empty()) return kForeign;
  model::Call call;
  call.syscall = syscall_called(name, session.options.arch);
  if (!is_known(call.syscall)) return damaged("no such system call");
  if (!code.empty()) {
    const auto action = action_of(code);
    if (!action) return damaged("no such seccomp action");
    call.outcome = denied(*action);
  } else {
    call.outcome = traced(object);
  }
  model::Event event = event_at(line);
  event.time = time_of(object);
  event.host = first_text(object, {{"k8s", "node"}, {"node"}});
  event.comm = first_text(object, {{"proc", "comm"}, {"comm"}});
  event.pid = first_integer(object, {{"proc", "pid"}, {"pid"}}).value_or(-1);
  event.tid = first_integer(object, {{"proc", "tid"}, {"tid"}}).value_or(event.pid);
  event.uid = first_integer(object, {{"proc", "creds", "uid"}, {"uid"}}).value_or(-1);
  const model::Label label = owner_of(object);
  if (event.tid >= 0 && says_something(label)) {
    event.what = label;
    session.sink.event(event);
  }
  event.what = call;
  session.sink.event(event);
  return kUsed;
}

bool is_gadget(std::string_view line) {
  return line.starts_with('{') && line.find("\"syscall\":\"") != std::string_view::npos &&
         line.find("\"type\":\"SYSCALL\"") == std::string_view::npos &&
         (line.find("\"code\":\"") != std::string_view::npos ||
          line.find("\"mntns_id\":") != std::string_view::npos ||
          line.find("\"mountnsid\":") != std::string_view::npos ||
          line.find("\"parameters\":") != std::string_view::npos);
}

class GadgetDialect : public LineDialect {
 public:
  std::string_view name() const override { return "gadget"; }
  std::string_view help() const override {
    return "Inspektor Gadget audit_seccomp and traceloop JSON";
  }

 protected:
  bool looks_like(std::string_view line) const override { return is_gadget(line); }
  Reading read(const Line& line, Session& session) const override {
    if (!is_gadget(line.text)) return kForeign;
    const auto object = json_object(line.text);
    return object ? read_object(line, *object, session) : damaged("JSON cut off or broken");
  }
};

}  // namespace

const Dialect& gadget_dialect() {
  static const GadgetDialect dialect;
  return dialect;
}

}  // namespace medic::parsers
