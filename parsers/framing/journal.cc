#include "parsers/framing/journal.h"

#include <cstring>

#include "base/text.h"
#include "parsers/framing/stamp.h"

namespace medic::parsers::framing {
namespace {

constexpr std::string_view kCoredump = "fc2e22bc6ee647b6b90729ab34a250b1";  // SD_MESSAGE_COREDUMP

std::string_view get(const JournalFields& fields, std::string_view key) { return fields.get(key); }

std::int64_t number(const JournalFields& fields, std::string_view key) {
  const auto value = parse_decimal(get(fields, key));
  return value && *value <= 0xFFFFFFFFu ? static_cast<std::int64_t>(*value) : -1;
}

model::Time entry_time(const JournalFields& fields) {
  for (std::string_view key : {"_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"}) {
    const auto micros = parse_decimal(get(fields, key));
    if (micros && *micros < 9'000'000'000'000'000)
      return {static_cast<std::int64_t>(*micros) * 1000, model::Time::Basis::Epoch, false};
  }
  if (const std::string_view stamp = get(fields, ""); !stamp.empty()) return read_stamp(stamp).time;
  return {};
}

// The record's fields from those journald cut it into, where the message itself was shown as `[171B
// blob data]`.
std::string body_from_fields(const JournalFields& fields) {
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"_AUDIT_LOGINUID", "auid"},  {"_UID", "uid"}, {"_GID", "gid"},   {"_AUDIT_SESSION", "ses"},
      {"_SELINUX_CONTEXT", "subj"}, {"_PID", "pid"}, {"_COMM", "comm"}, {"_EXE", "exe"}};
  std::string body;
  for (const auto& [key, name] : kNames) {
    if (const std::string_view value = get(fields, key); !value.empty())
      append_field(body, name, value);
  }
  constexpr std::string_view kField = "_AUDIT_FIELD_";
  for (const auto& [key, text] : fields.all()) {
    if (!key.starts_with(kField)) continue;
    std::string name(key.substr(kField.size()));
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    std::string_view value = text;
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    append_field(body, name, value);
  }
  return body;
}

Unwraping unwrap_audit(const JournalFields& fields, std::string_view message, Unwrapped& out) {
  InnerRecord record;
  record.type = get(fields, "_AUDIT_TYPE");
  if (record.type.empty()) record.type = get(fields, "_AUDIT_TYPE_NAME");
  const std::size_t blank = message.find(' ');
  if (record.type.empty()) record.type = message.substr(0, blank);
  const bool blob = message.empty() || (message.front() == '[' &&
                                        message.find("blob data]") != std::string_view::npos);
  if (blob) {
    record.body = body_from_fields(fields);
  } else if (blank != std::string_view::npos) {
    record.body = message.substr(blank + 1);
    record.body.resize(std::min(record.body.size(), record.body.find('\x1d')));
  }
  out.serial = number(fields, "_AUDIT_ID");
  out.records.push_back(std::move(record));
  return Unwraping::Ours;
}

Unwraping unwrap_coredump(const JournalFields& fields, Unwrapped& out) {
  out.pid = number(fields, "COREDUMP_PID");
  out.uid = number(fields, "COREDUMP_UID");
  out.comm = get(fields, "COREDUMP_COMM");
  out.exe = get(fields, "COREDUMP_EXE");
  out.unit = get(fields, "COREDUMP_UNIT");
  out.cgroup = get(fields, "COREDUMP_CGROUP");
  // Whoever writes to the journal may name any MESSAGE_ID; the unit is journald's own word.
  if (!get(fields, "_SYSTEMD_UNIT").starts_with("systemd-coredump@"))
    out.provenance = model::Provenance::Anyone;
  const std::int64_t signal = number(fields, "COREDUMP_SIGNAL");
  if (out.pid < 0 || signal <= 0 || signal > 128) return Unwraping::Damaged;
  out.core_signal = static_cast<int>(signal);
  return Unwraping::Ours;
}

// Any other entry says, in fields that journald fills in itself, where its writer was at that time.
// CONTAINER_ID and its like are no such fields: an engine writes them of the container whose output
// it passes on. Writers outside of containers are not asked for: they are many.
Unwraping unwrap_writer(const JournalFields& fields, Unwrapped& out) {
  const std::string_view cgroup = get(fields, "_SYSTEMD_CGROUP");
  const bool contained = cgroup.find("docker") != std::string_view::npos ||
                         cgroup.find("libpod") != std::string_view::npos ||
                         cgroup.find("kubepods") != std::string_view::npos ||
                         cgroup.find("containerd-") != std::string_view::npos ||
                         cgroup.find("crio-") != std::string_view::npos ||
                         cgroup.find("nerdctl-") != std::string_view::npos ||
                         cgroup.find("lxc") != std::string_view::npos ||
                         cgroup.find("machine") != std::string_view::npos;
  out.pid = number(fields, "_PID");
  if (!contained || out.pid < 0) return Unwraping::Foreign;
  out.uid = number(fields, "_UID");
  out.comm = get(fields, "_COMM");
  out.exe = get(fields, "_EXE");
  out.cgroup = cgroup;
  return Unwraping::Ours;
}

}  // namespace

Unwraping unwrap_journal(const JournalFields& fields, Unwrapped& out) {
  const std::string_view message = get(fields, "MESSAGE"), transport = get(fields, "_TRANSPORT");
  out.host = get(fields, "_HOSTNAME");
  out.time = entry_time(fields);
  if (transport == "audit") return unwrap_audit(fields, message, out);
  if (transport == "kernel") {
    out.text = "kernel: " + std::string(message);
    return Unwraping::Ours;
  }
  if (get(fields, "MESSAGE_ID") == kCoredump) return unwrap_coredump(fields, out);
  if (message.starts_with("apparmor=\"")) {
    // dbus-daemon judges for AppArmor and says so itself.
    out.provenance = model::Provenance::Anyone;
    out.records.push_back({"USER_AVC", std::string(message)});
    return Unwraping::Ours;
  }
  if (get(fields, "SYSLOG_IDENTIFIER") == "kernel" ||
      get(fields, "SYSLOG_IDENTIFIER").starts_with("audisp")) {
    // An identifier is its writer's word; auditd's plugins run in auditd's unit, which journald
    // says itself.
    if (get(fields, "_SYSTEMD_UNIT") != "auditd.service")
      out.provenance = model::Provenance::Anyone;
    out.text = std::string(get(fields, "SYSLOG_IDENTIFIER")) + ": " + std::string(message);
    return Unwraping::Ours;
  }
  return unwrap_writer(fields, out);
}

JournalFields read_journal_entry(std::string_view text) {
  JournalFields fields;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    const bool indented = line.starts_with("    ");
    if (indented) line.remove_prefix(4);
    if (const std::size_t equals = line.find('=');
        equals != std::string_view::npos && line.find(' ') > equals) {
      fields.add(line.substr(0, equals), line.substr(equals + 1));
    } else if (!indented && line.find(' ') != std::string_view::npos) {
      fields.add("", line);  // verbose: the stamp
    } else if (!indented && !line.empty() && text.size() >= 8) {
      std::uint64_t length = 0;
      for (int i = 7; i >= 0; --i)
        length = length << 8 | static_cast<unsigned char>(text[static_cast<std::size_t>(i)]);
      text.remove_prefix(8);
      if (length > text.size()) return fields;
      fields.add(line, text.substr(0, length));
      text.remove_prefix(length);
      if (text.starts_with('\n')) text.remove_prefix(1);
    }
  }
  return fields;
}

}  // namespace medic::parsers::framing
