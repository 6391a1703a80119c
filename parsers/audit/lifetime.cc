// Records in which an engine, systemd or the kernel says itself which process is a container's, or
// how long one can have lived: VIRT_CONTROL, CONTAINER_OP, CONTAINER_ID, SERVICE_START and
// SERVICE_STOP.
#include <algorithm>

#include "base/text.h"
#include "parsers/audit/fields.h"
#include "parsers/audit/meaning.h"

namespace medic::parsers::audit {
namespace {

// A trusted program's own words: msg='op=start vm="web" vm-pid=4711 …'.
std::string_view inner_message(std::string_view body) {
  const std::size_t at = body.find("msg='");
  if (at == std::string_view::npos) return {};
  const std::string_view inner = body.substr(at + 5);
  return inner.substr(0, inner.rfind('\''));
}

std::int64_t pid_in(std::string_view body, std::string_view key) {
  const auto number = leading_decimal(find_field(body, key).value);
  return number && *number > 0 && *number <= INT32_MAX ? *number : -1;
}

bool is_short_id(std::string_view text) {
  return text.size() >= 12 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

Reading read_virt_control(const Record& record, model::Event& event, EventSink& sink) {
  const std::string_view inner = inner_message(record.body);
  event.pid = pid_in(inner, "vm-pid");
  if (event.pid < 0) return kForeign;
  const std::string_view virt = find_field(inner, "virt").value, op = find_field(inner, "op").value;
  model::Label label;
  if (virt.empty()) {  // Red Hat's docker: hostname= is the container, vm= the image
    label.container_id = find_field(inner, "ctr_id_short").value;
    if (label.container_id.empty()) label.container_id = find_field(inner, "hostname").value;
    if (!is_short_id(label.container_id)) return kForeign;
    label.image = find_field(inner, "vm").value;
  } else if (virt == "lxc" || virt == "systemd-nspawn") {
    label.container_name = find_field(inner, "vm").value;
  } else {
    return kForeign;  // a virtual machine: its process is no container's
  }
  if (op == "stop" || op == "die")
    event.what = model::Exit{};
  else
    event.what = label;
  sink.event(event);
  return kUsed;
}

// Where containers are nested, the outer ones follow: `4,^2,^1`, `4^2`.
std::string_view container_id_of(const Record& record) {
  constexpr std::string_view kUnset = "18446744073709551615";  // AUDIT_CID_UNSET
  const std::string_view text = find_field(record.body, "contid").value;
  const std::string_view id = text.substr(0, text.find_first_not_of("0123456789"));
  return id == kUnset ? std::string_view{} : id;
}

Reading read_service(const Record& record, model::Event& event, EventSink& sink) {
  const std::string_view inner = inner_message(record.body);
  const std::string_view unit = find_field(inner, "unit").value;
  // A start that failed leaves nothing behind, as an end does.
  const bool failed = find_field(inner, "res").value.starts_with("fail");
  if (unit.empty() || unit.size() > 256) return kForeign;
  const std::string name =
      std::string(unit) +
      ".service";  // systemd leaves the suffix out, and audits nothing but services
  event.pid = -1;  // the record's is systemd's own
  event.what = model::UnitChange{name, record.type == Type::ServiceStart && !failed};
  sink.event(event);
  return kUsed;
}

Reading read_container_op(const Record& record, model::Event& event, EventSink& sink) {
  event.pid = pid_in(record.body, "opid");
  const std::string_view id = container_id_of(record);
  if (event.pid < 0 || id.empty()) return kForeign;
  model::Label label;
  label.container_id = id;
  event.what = label;
  sink.event(event);
  return kUsed;
}

}  // namespace medic::parsers::audit
