#include "parsers/framing/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "parsers/framing/enricher_json.h"
#include "parsers/framing/journal.h"
#include "parsers/framing/audit_stamp.h"
#include "parsers/framing/stamp.h"

namespace medic::parsers::framing {
namespace {

using nlohmann::json;

// Bounds what one line can cost: JSON takes many times its text in memory.
constexpr std::size_t kMaxBytes = 4 * 1024 * 1024;

// Copying or comparing a value recurses by its depth; no event class here is deeper than a handful.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '{' || c == '[')) {
      if (++depth > 32) return true;
    } else if (!quoted && (c == '}' || c == ']')) {
      --depth;
    }
  }
  return false;
}

json parse_object(std::string_view text) {
  if (text.size() > kMaxBytes || too_deep(text)) return json(json::value_t::discarded);
  json value = json::parse(text, nullptr, false);
  return value.is_object() ? value : json(json::value_t::discarded);
}

// Under which a collector keeps a log's line.
constexpr std::string_view kLineKeys[] = {"log", "message", "MESSAGE", "msg",
                                          "raw", "line",    "_raw"};

constexpr std::string_view kOurWords[] = {"audit", "seccomp", "SECCOMP", "blocked syscall"};

// Text of a scalar; empty for anything else.
std::string scalar(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer())
    return value.is_number_unsigned() ? std::to_string(value.get<std::uint64_t>())
                                      : std::to_string(value.get<std::int64_t>());
  return {};
}

const json& member(const json& object, std::string_view key) {
  static const json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

// The member at a path such as {"auditd", "data", "arch"}; flattened keys (`auditd.data.arch`)
// count too.
const json& at_path(const json& object, std::initializer_list<std::string_view> path) {
  std::string flat;
  const json* at = &object;
  for (std::string_view key : path) {
    at = &member(*at, key);
    flat += (flat.empty() ? "" : ".") + std::string(key);
  }
  return at->is_null() ? member(object, flat) : *at;
}

std::int64_t number(const json& value) {
  const auto parsed = parse_decimal(scalar(value));
  return parsed && *parsed <= 0xFFFFFFFFu ? static_cast<std::int64_t>(*parsed) : -1;
}

// laurel writes bytes that are not printable as %XX.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto hex =
        text[i] == '%' && i + 2 < text.size() ? parse_hex(text.substr(i + 1, 2)) : std::nullopt;
    if (hex) {
      out += static_cast<char>(*hex);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

void append_json_field(std::string& body, std::string_view key, const json& value) {
  if (value.is_null()) return;
  append_field(body, key, percent_decoded(scalar(value)));
}

// One record object of laurel's. ARGV are the registers of a SYSCALL, the words of an EXECVE.
std::string laurel_body(const json& object) {
  std::string body;
  if (const json& denied = member(object, "denied"); denied.is_array()) {
    body = "avc:  denied  {";
    for (const json& word : denied) body += " " + scalar(word);
    body += " } for ";
  }
  for (const auto& [key, value] : object.items()) {
    // Upper-case keys are translations by the host that ran laurel.
    if (key.empty() || (key[0] >= 'A' && key[0] <= 'Z' && key != "ARGV")) continue;
    if (value.is_primitive()) append_json_field(body, key, value);
  }
  if (const json& argv = member(object, "ARGV"); argv.is_array()) {
    for (std::size_t i = 0; i < argv.size() && i < 4; ++i)
      append_json_field(body, "a" + std::to_string(i), argv[i]);
  }
  return body;
}

bool is_record_name(std::string_view key) {
  return key.size() >= 3 &&
         key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789[]") ==
             std::string_view::npos &&
         key != "NODE" && key != "PARENT_INFO" && key != "CONTAINER_INFO";
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

// The record type of an auditbeat event, by what it says or by what it holds.
std::string beat_type(const json& event, const json& data) {
  for (const json* given : {&at_path(event, {"auditd", "message_type"}),
                            &member(event, "record_type"), &at_path(event, {"event", "type"})}) {
    if (const std::string type =
            scalar(given->is_array() && !given->empty() ? given->front() : *given);
        !type.empty() && type != "info" && type != "access" && type != "change" &&
        type != "start" && type != "end" && type != "error") {
      return upper(type);
    }
  }
  std::string action = scalar(at_path(event, {"event", "action"}));
  if (action.empty()) action = scalar(at_path(event, {"summary", "action"}));
  if (action == "violated-seccomp-policy") return "SECCOMP";
  if (action == "violated-apparmor-policy" || action == "violated-selinux-policy") return "AVC";
  if (action == "crashed-program") return "ANOM_ABEND";
  return data.contains("syscall") ? "SYSCALL" : "";
}

// Fields of an event in two places, `auditd.data` and `process`, under the kernel's names.
std::string beat_body(const json& event, const json& data, bool avc) {
  std::string body;
  if (avc && !data.contains("apparmor")) {
    if (scalar(member(data, "seresult")) != "denied") return {};
    body = "avc:  denied  { " + scalar(member(data, "seperms")) + " } for ";
  }
  for (const auto& [key, value] : data.items()) {
    if (key != "syscall" && value.is_primitive()) append_json_field(body, key, value);
  }
  const auto add = [&](std::string_view key, std::initializer_list<const json*> places) {
    if (data.contains(key)) return;
    for (const json* place : places) {
      if (const std::string text = scalar(*place); !text.empty())
        return append_field(body, key, text);
    }
  };
  const json& process = member(event, "process");
  add("pid", {&member(process, "pid"), &member(event, "process.pid")});
  add("ppid", {&member(process, "ppid"), &at_path(event, {"process", "parent", "pid"})});
  add("comm", {&member(process, "name"), &member(event, "process.name")});
  add("exe", {&member(process, "executable"), &member(process, "exe"),
              &member(event, "process.executable")});
  add("uid", {&at_path(event, {"user", "id"}), &at_path(event, {"user", "ids", "uid"})});
  add("auid", {&at_path(event, {"user", "audit", "id"}), &at_path(event, {"user", "ids", "auid"})});
  add("ses", {&at_path(event, {"auditd", "session"}), &member(event, "session")});
  std::string result = scalar(at_path(event, {"auditd", "result"}));
  if (result.empty()) result = scalar(member(event, "result"));
  if (!result.empty()) append_field(body, "success", result == "success" ? "yes" : "no");
  append_json_field(body, "syscall", member(data, "syscall"));
  return body;
}

bool has(const FlatObject& object, std::string_view key) {
  return std::any_of(object.members().begin(), object.members().end(),
                     [&](const FlatObject::Member& each) { return each.key == key; });
}

bool is_prefix(std::string_view prefix) {
  if (prefix == "\x1e" || prefix == "data: ") return true;
  const std::string_view number = prefix.substr(0, prefix.size() - 1);  // of grep -n
  if (prefix.ends_with(':') && !number.empty() &&
      number.find_first_not_of("0123456789") == std::string_view::npos)
    return true;
  const bool ends = prefix.ends_with(": ") || prefix.ends_with(" F ") || prefix.ends_with(" P ");
  return ends && (prefix.front() == '<' || read_stamp(prefix).form != StampForm::None);
}

// `   "msg": "audit: …",` without its blanks and comma.
std::string_view member_in(std::string_view line) {
  const std::string_view text = trim(line);
  const bool is_text = line.starts_with("  ") && (text.ends_with('"') || text.ends_with("\","));
  const bool named =
      std::any_of(std::begin(kLineKeys), std::end(kLineKeys), [&](std::string_view key) {
        return text.size() > key.size() + 6 && text.substr(1).starts_with(key) &&
               text.substr(1 + key.size()).starts_with("\":");
      });
  return is_text && text.front() == '"' && named ? text.substr(0, text.rfind('"') + 1)
                                                 : std::string_view{};
}

// The first text line among the members that usually hold one, of those that are wanted.
template <class IsWanted>
Unwraping line_in(const json& object, Unwrapped& out, IsWanted&& is_wanted) {
  constexpr std::size_t kDockersPiece =
      16384;  // daemon/logger/copier.go, defaultBufSize: a longer line is written in pieces
  for (std::string_view key : kLineKeys) {
    std::string line = scalar(member(object, key));
    out.is_cut = line.size() >= kDockersPiece && line.back() != '\n';
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    if (!is_wanted(line)) continue;
    out.text = line.substr(0, line.find('\n'));
    return Unwraping::Ours;
  }
  return Unwraping::Foreign;
}

// Does the object say that the line is what a container, or another process than the kernel, wrote?
bool is_output(const json& object) {
  for (const std::string_view key : {"stream", "source", "logtag"}) {
    const std::string value = scalar(member(object, key));
    if (value == "stdout" || value == "stderr" || value == "F" || value == "P") return true;
  }
  for (const std::string_view key :
       {"container_id", "container_name", "kubernetes", "docker", "container", "k8s"}) {
    if (object.contains(key)) return true;
  }
  const std::string facility = scalar(member(object, "facility"));
  return !facility.empty() && facility != "kern" && facility != "0" && facility != "kernel";
}

// The same, also one level deeper: Google's jsonPayload, Elasticsearch's _source.
template <class IsWanted>
Unwraping unwrap_line(std::string_view text, Unwrapped& out, IsWanted&& is_wanted) {
  const json object = parse_object(text);
  if (object.is_discarded()) return Unwraping::Damaged;
  const json* holder = &object;
  if (line_in(object, out, is_wanted) != Unwraping::Ours) {
    holder = nullptr;
    for (const auto& [key, value] : object.items()) {
      if (holder == nullptr && value.is_object() &&
          line_in(value, out, is_wanted) == Unwraping::Ours)
        holder = &value;
    }
    if (holder == nullptr) return Unwraping::Foreign;
  }
  for (const json* where : {holder, &object}) {
    if (is_output(*where)) out.provenance = model::Provenance::Anyone;
    for (std::string_view host : {"host", "hostname", "node", "nodename", "_HOSTNAME"}) {
      if (out.host.empty()) out.host = scalar(member(*where, host));
    }
    for (std::string_view stamp : {"time", "timestamp", "@timestamp", "ts"}) {
      if (const auto time = read_iso(scalar(member(*where, stamp)));
          time && out.time.basis == model::Time::Basis::None)
        out.time = *time;
    }
  }
  return Unwraping::Ours;
}

}  // namespace

ObjectInLine object_in(std::string_view line) {
  if (line.starts_with('{')) return {line, {}, false};
  if (const std::string_view member = member_in(line); !member.empty()) return {member, {}, true};
  const std::size_t at = line.substr(0, 256).find("{\"");
  if (at == std::string_view::npos || !trim(line).ends_with('}') || !is_prefix(line.substr(0, at)))
    return {};
  return {line.substr(at), line.substr(0, at), false};
}

Unwraping unwrap_journal_json(std::string_view text, Unwrapped& out) {
  const json object = parse_object(text);
  if (object.is_discarded()) return Unwraping::Damaged;
  JournalFields fields;
  for (const auto& [key, value] : object.items()) {
    std::string plain = scalar(value);
    // Text that is no UTF-8 or holds control bytes comes as an array of numbers.
    if (value.is_array() && !value.empty() && value.front().is_number_integer()) {
      for (const json& byte : value)
        plain +=
            byte.is_number_integer() ? static_cast<char>(byte.get<std::int64_t>() & 0xFF) : '?';
    }
    if (!key.empty()) fields.add(key, std::move(plain));
  }
  return unwrap_journal(fields, out);
}

std::optional<Unwraping> unwrap_flat_journal_json(std::string_view text, FlatObject& object,
                                                  Unwrapped& out) {
  if (!object.read(text) || !has(object, "MESSAGE") || !has(object, "__REALTIME_TIMESTAMP"))
    return std::nullopt;
  JournalFields fields;
  // The last of a name counts, as for the full parser.
  for (auto at = object.members().rbegin(); at != object.members().rend(); ++at) {
    if (at->key.empty()) return std::nullopt;
    const bool is_text = at->is_string || (at->value.front() != 't' && at->value.front() != 'f' &&
                                           at->value.front() != 'n');
    if (at->is_escaped)
      fields.add(at->key, unescaped(at->value));
    else
      fields.add(at->key, is_text ? at->value : std::string_view{});
  }
  return unwrap_journal(fields, out);
}

Unwraping unwrap_laurel(std::string_view text, Unwrapped& out) {
  const json object = parse_object(text);
  if (object.is_discarded()) return Unwraping::Damaged;
  const std::string id = scalar(member(object, "ID"));
  const std::size_t colon = id.rfind(':');
  const auto time = read_epoch_seconds(std::string_view(id).substr(0, colon));
  const auto serial = colon == std::string::npos
                          ? std::nullopt
                          : parse_decimal(std::string_view(id).substr(colon + 1));
  if (!time || !serial || *serial > 0xFFFFFFFFu) return Unwraping::Foreign;
  out.time = *time;
  out.serial = static_cast<std::int64_t>(*serial);
  out.host = scalar(member(object, "NODE"));
  for (const auto& [key, value] : object.items()) {
    if (!is_record_name(key)) continue;
    if (value.is_object()) out.records.push_back({key, laurel_body(value)});
    if (!value.is_array()) continue;
    for (const json& one : value) {
      if (one.is_object()) out.records.push_back({key, laurel_body(one)});
    }
  }
  const json& syscall = member(object, "SYSCALL");
  out.pid = number(member(syscall, "pid"));
  out.container_id = scalar(at_path(object, {"CONTAINER_INFO", "ID"}));
  if (out.container_id.empty())
    out.container_id = scalar(at_path(object, {"CONTAINER_INFO", "id"}));
  out.cgroup = scalar(at_path(object, {"SYSCALL", "CGROUP"}));
  return out.records.empty() ? Unwraping::Foreign : Unwraping::Ours;
}

Unwraping unwrap_auditbeat(std::string_view text, Unwrapped& out) {
  json event = parse_object(text);
  if (event.is_discarded()) return Unwraping::Damaged;
  // Elasticsearch's answers hold the document in _source, go-libaudit's collections of events
  // theirs in event.
  for (std::string_view key : {"_source", "event"}) {
    if (json inner = member(event, key);
        !event.contains("@timestamp") && inner.contains("@timestamp"))
      event = std::move(inner);
  }
  const json& nested = at_path(event, {"auditd", "data"});
  json data = nested.is_object() ? nested : member(event, "data");
  if (!data.is_object()) data = json::object();
  for (const auto& [key, value] : event.items()) {
    if (key.starts_with("auditd.data.")) data[key.substr(12)] = value;
  }
  const std::string type = beat_type(event, data);
  if (type.empty() || (data.empty() && !event.contains("raw_msg"))) return Unwraping::Foreign;
  if (const auto time = read_iso(scalar(member(event, "@timestamp")))) out.time = *time;
  out.serial = number(at_path(event, {"auditd", "sequence"}));
  if (out.serial < 0) out.serial = number(member(event, "sequence"));
  out.host = scalar(at_path(event, {"host", "name"}));
  if (out.host.empty()) out.host = scalar(at_path(event, {"agent", "hostname"}));
  out.container_id = scalar(at_path(event, {"container", "id"}));
  out.container_name = scalar(at_path(event, {"container", "name"}));
  out.pod = scalar(at_path(event, {"kubernetes", "pod", "name"}));
  out.pid = number(at_path(event, {"process", "pid"}));
  const std::string raw = scalar(member(event, "raw_msg"));
  const std::size_t body = raw.find("): ");
  InnerRecord record{type, body == std::string::npos
                               ? beat_body(event, data, type == "AVC" || type == "USER_AVC")
                               : raw.substr(body + 3)};
  if (record.body.empty()) return Unwraping::Foreign;
  out.records.push_back(std::move(record));
  return Unwraping::Ours;
}

Unwraping unwrap_go_audit(std::string_view text, Unwrapped& out) {
  const json event = parse_object(text);
  if (event.is_discarded()) return Unwraping::Damaged;
  const json& messages = member(event, "messages");
  const auto time = read_epoch_seconds(scalar(member(event, "timestamp")));
  if (!messages.is_array() || !time) return Unwraping::Foreign;
  out.time = *time;
  out.serial = number(member(event, "sequence"));
  out.host = scalar(member(event, "hostname"));
  for (const json& message : messages) {
    out.records.push_back({scalar(member(message, "type")), scalar(member(message, "data"))});
  }
  return out.records.empty() ? Unwraping::Foreign : Unwraping::Ours;
}

Unwraping unwrap_wrapped_line(std::string_view text, Unwrapped& out) {
  return unwrap_line(text, out, [](std::string_view line) {
    return std::any_of(std::begin(kOurWords), std::end(kOurWords), [&](std::string_view word) {
      return line.find(word) != std::string_view::npos;
    });
  });
}

Unwraping unwrap_any_line(std::string_view text, Unwrapped& out) {
  return unwrap_line(text, out, [](std::string_view line) { return !line.empty(); });
}

Unwraping unwrap_enricher(std::string_view text, EnrichedProcess& out) {
  const json object = parse_object(text);
  if (object.is_discarded()) return Unwraping::Damaged;
  const json& names = member(object, "syscalls");
  if (!names.is_array()) return Unwraping::Foreign;
  for (const json& name : names) {
    if (name.is_string()) out.syscalls.push_back(name.get<std::string>());
  }
  const std::string stamp = scalar(member(object, "timestamp"));
  if (const auto time = read_iso(stamp)) {
    out.task.time = *time;
  } else if (const auto audits = read_bare_stamp(stamp)) {
    out.task.time = audits->time;
  } else if (const auto seconds = read_epoch_seconds(stamp)) {
    out.task.time = *seconds;
  }
  out.task.exe = scalar(member(object, "executable"));
  out.task.pid = number(member(object, "pid"));
  out.task.uid = number(member(object, "uid"));
  const json& resource = member(object, "resource");
  out.task.pod = scalar(member(resource, "pod"));
  out.task.container_name = scalar(member(resource, "container"));
  out.task.host = scalar(member(object, "node"));
  if (out.task.host.empty()) out.task.host = scalar(at_path(object, {"node", "name"}));
  return Unwraping::Ours;
}

}  // namespace medic::parsers::framing
