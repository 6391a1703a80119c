#include "parsers/audit/enricher_dialect.h"

#include <algorithm>

#include "base/text.h"
#include "parsers/audit/line_dialect.h"
#include "parsers/audit/naming.h"
#include "parsers/framing/enricher_json.h"
#include "parsers/framing/json.h"
#include "parsers/framing/audit_stamp.h"

namespace medic::parsers {
namespace {

using namespace audit;

// The value of `"key"="value"`, `key="value"`, `"key"=7` or `key=value`; empty when there is none.
std::string_view value_of(std::string_view line, std::string_view key) {
  for (std::size_t at = line.find(key); at != std::string_view::npos; at = line.find(key, at + 1)) {
    std::size_t end = at + key.size();
    const char before = at == 0 ? ' ' : line[at - 1];
    if (before == '"' && end < line.size() && line[end] == '"') {
      ++end;
    } else if (before != ' ') {
      continue;
    }
    if (end >= line.size() || line[end] != '=') continue;
    std::string_view value = line.substr(end + 1);
    if (value.starts_with('"'))
      return value.substr(
          1, value.find('"', 1) == std::string_view::npos ? value.size() : value.find('"', 1) - 1);
    return value.substr(0, value.find(' '));
  }
  return {};
}

std::int64_t number_of(std::string_view text) {
  const auto number = parse_decimal(text);
  return number && *number <= 0xFFFFFFFFu ? static_cast<std::int64_t>(*number) : -1;
}

bool is_enriched(std::string_view line) {
  const bool operators = line.find("syscallName") != std::string_view::npos ||
                         (line.find("log-enricher") != std::string_view::npos &&
                          line.find("timestamp") != std::string_view::npos);
  return operators ||
         (line.starts_with("audit(") && line.find(" type=seccomp ") != std::string_view::npos);
}

bool is_enricher_json(std::string_view line) {
  return !framing::object_in(line).text.empty() &&
         line.find("\"syscalls\"") != std::string_view::npos &&
         line.find("\"auditID\"") != std::string_view::npos;
}

void emit_call(const model::SyscallRef& syscall, model::Event& event, EventSink& sink) {
  model::Call call;
  call.syscall = syscall;
  // The enricher passes on what seccomp logged without the action: that the call was let run is the
  // least it can mean.
  call.outcome.kind = model::Outcome::Kind::Denied;
  call.outcome.action = kernel::Action::Log;
  call.certainty = model::Certainty::Inferred;
  event.what = call;
  sink.event(event);
}

void emit_label(const model::Label& label, model::Event& event, EventSink& sink) {
  if (event.pid < 0 || (label.pod.empty() && label.container_name.empty())) return;
  event.what = label;
  sink.event(event);
}

// `timestamp="1670509555.860:9822782"`, or `audit(1611996299.149:466250)`.
void read_stamp(std::string_view text, model::Event& event) {
  const auto stamp = framing::read_bare_stamp(text);
  if (!stamp) return;
  event.time = stamp->time;
  event.serial = stamp->serial;
}

Reading read_words(const Place& place, const Options& options, EventSink& sink) {
  const std::string_view line = place.line;
  const bool audit = line.starts_with("audit(");
  model::Event event;
  event.origin = place.origin;
  event.line = line;
  event.host = value_of(line, "node");
  event.pid = number_of(value_of(line, "pid"));
  event.exe = value_of(line, audit ? "exe" : "executable");
  read_stamp(audit ? line.substr(6, line.find(')') - 6) : value_of(line, "timestamp"), event);
  model::Label label;
  label.pod = value_of(line, "pod");
  label.container_name = value_of(line, audit ? "c" : "container");
  const std::string_view type = value_of(line, "type");
  if (type == "apparmor") {
    model::LayerDenial denial;
    denial.layer = model::LayerDenial::Layer::Apparmor;
    denial.enforced = value_of(line, "apparmor") == "DENIED";
    denial.operation = value_of(line, "operation");
    denial.subj = value_of(line, "profile");
    denial.target = value_of(line, "name");
    denial.text = line;
    emit_label(label, event, sink);
    event.what = denial;
    sink.event(event);
    return kUsed;
  }
  if (type == "selinux") {
    model::LayerDenial denial;
    denial.layer = model::LayerDenial::Layer::Selinux;
    denial.permission = value_of(line, "perm");
    denial.operation = value_of(line, "tclass");
    denial.subj = value_of(line, "scontext");
    denial.target_context = value_of(line, "tcontext");
    denial.text = line;
    emit_label(label, event, sink);
    event.what = denial;
    sink.event(event);
    return kUsed;
  }
  if (type != "seccomp") return kForeign;
  const std::string_view id = value_of(line, "syscallID"),
                         name = value_of(line, audit ? "syscall" : "syscallName");
  // The name comes from the node's own table and the number without an architecture; where the
  // architecture is reported, the number counts.
  model::SyscallRef ref = options.arch != kernel::Arch::Unknown && !id.empty()
                              ? syscall_by_number(options.arch, number_of(id))
                              : syscall_by_name(options.arch, name);
  if (!is_known(ref) && !id.empty()) ref = syscall_by_number(options.arch, number_of(id));
  if (!is_known(ref)) return damaged("line cut off before the system call");
  emit_label(label, event, sink);
  emit_call(ref, event, sink);
  return kUsed;
}

Reading read_json(const Place& place, const Options& options, EventSink& sink) {
  framing::EnrichedProcess process;
  const framing::Unwraping unwrapping =
      framing::unwrap_enricher(framing::object_in(place.line).text, process);
  if (unwrapping == framing::Unwraping::Damaged) return damaged("no whole JSON object");
  if (unwrapping == framing::Unwraping::Foreign) return kForeign;
  model::Event event;
  event.origin = place.origin;
  event.line = place.line;
  event.time = process.task.time;
  event.host = process.task.host;
  event.pid = process.task.pid;
  event.uid = process.task.uid;
  event.exe = process.task.exe;
  model::Label label;
  label.pod = process.task.pod;
  label.container_name = process.task.container_name;
  emit_label(label, event, sink);
  for (const std::string& name : process.syscalls) {
    if (const auto ref = syscall_by_name(options.arch, name); is_known(ref))
      emit_call(ref, event, sink);
  }
  return kUsed;
}

class Enricher : public LineDialect {
 public:
  std::string_view name() const override { return "enricher"; }
  std::string_view help() const override {
    return "Kubernetes log enrichers: Security Profiles Operator, kube-audit-log-enricher";
  }
  std::size_t recognise(std::span<const std::string_view> lines) const override {
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(),
        [](std::string_view line) { return is_enriched(line) || is_enricher_json(line); }));
  }
  Reading read_line(const Place& place, const Options& options, EventSink& sink) const override {
    if (is_enricher_json(place.line)) return read_json(place, options, sink);
    return is_enriched(place.line) ? read_words(place, options, sink) : kForeign;
  }
};

}  // namespace

const Dialect& enricher_dialect() {
  static const Enricher dialect;
  return dialect;
}

}  // namespace medic::parsers
