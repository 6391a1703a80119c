#include "parsers/framing/store_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "base/text.h"
#include "parsers/framing/stamp.h"

namespace medic::parsers::framing {
namespace {

constexpr std::size_t kMaxDepth = 256;     // deeper frames are counted, not kept
constexpr int kMaxWithin = 3;              // JSON in a string of JSON in a string
constexpr std::size_t kMaxText = 1 << 20;  // of one string that is unescaped
constexpr std::size_t kMaxMembers = 4096;  // of all open objects together

// Lines of interest have one of these.
constexpr std::array<std::string_view, 14> kWords{
    "audit(", "SECCOMP", "eccomp",  "SIGSYS",     "yscall", "ystem call",           "DENIED",
    "denied", "31/SYS",  "type=13", "killed by ", "= -1 E", "callbacks suppressed", "audit:"};

bool holds(std::string_view text, std::string_view word) {
  return memmem(text.data(), text.size(), word.data(), word.size()) != nullptr;
}

// What keys say of everything that stands in the same object, or below.
struct Facts {
  std::string host, container_id, container_name, pod, arch, pid, comm, exe, uid, auid, serial,
      stream;
  model::Time time;
  void inherit(const Facts& outer) {
    for (auto member : {&Facts::host, &Facts::container_id, &Facts::container_name, &Facts::pod,
                        &Facts::arch, &Facts::pid, &Facts::comm, &Facts::exe, &Facts::uid,
                        &Facts::auid, &Facts::serial, &Facts::stream}) {
      if ((this->*member).empty()) this->*member = outer.*member;
    }
    if (time.basis == model::Time::Basis::None) time = outer.time;
  }
};

struct FactKey {
  std::string_view key;     // in lower case
  std::string_view within;  // the key of the object that holds it; empty: any
  std::string Facts::*fact;
};
constexpr FactKey kFactKeys[] = {
    {"host", "", &Facts::host},
    {"hostname", "", &Facts::host},
    {"host_name", "", &Facts::host},
    {"host.name", "", &Facts::host},
    {"host.hostname", "", &Facts::host},
    {"_hostname", "", &Facts::host},
    {"nodename", "", &Facts::host},
    {"node_name", "", &Facts::host},
    {"node", "", &Facts::host},
    {"k8s.node.name", "", &Facts::host},
    {"kubernetes.node.name", "", &Facts::host},
    {"hostidentifier", "", &Facts::host},
    {"computer", "", &Facts::host},
    {"name", "host", &Facts::host},
    {"name", "node", &Facts::host},
    {"name", "agent", &Facts::host},
    {"container_id", "", &Facts::container_id},
    {"container.id", "", &Facts::container_id},
    {"containerid", "", &Facts::container_id},
    {"id", "container", &Facts::container_id},
    {"container_name", "", &Facts::container_name},
    {"container.name", "", &Facts::container_name},
    {"k8s.container.name", "", &Facts::container_name},
    {"containername", "", &Facts::container_name},
    {"name", "container", &Facts::container_name},
    {"pod", "", &Facts::pod},
    {"pod_name", "", &Facts::pod},
    {"podname", "", &Facts::pod},
    {"k8s.pod.name", "", &Facts::pod},
    {"kubernetes.pod.name", "", &Facts::pod},
    {"name", "pod", &Facts::pod},
    {"architecture", "host", &Facts::arch},
    {"host.architecture", "", &Facts::arch},
    {"pid", "process", &Facts::pid},
    {"process.pid", "", &Facts::pid},
    {"name", "process", &Facts::comm},
    {"process.name", "", &Facts::comm},
    {"executable", "process", &Facts::exe},
    {"process.executable", "", &Facts::exe},
    {"id", "user", &Facts::uid},
    {"user.id", "", &Facts::uid},
    {"user.audit.id", "", &Facts::auid},
    {"sequence", "log", &Facts::serial},
    {"sequence", "auditd", &Facts::serial},
    {"auditd.log.sequence", "", &Facts::serial},
    {"auditd.sequence", "", &Facts::serial},
    {"stream", "", &Facts::stream},
    {"source", "", &Facts::stream},
    {"logtag", "", &Facts::stream},
    {"log.iostream", "", &Facts::stream},
};
constexpr std::string_view kTimeKeys[] = {"time",  "timestamp", "@timestamp",   "ts",       "date",
                                          "_time", "unixtime",  "timeunixnano", "eventtime"};

// Objects that speak of what stands beside them.
constexpr std::string_view kSpeakers[] = {
    "resource",   "resources", "labels",     "stream", "host",    "kubernetes",
    "pod",        "node",      "container",  "agent",  "process", "user",
    "attributes", "metadata",  "auditd",     "log",    "fields",  "docker",
    "k8s",        "device",    "predecoder", "tags",   "data",    "orchestrator"};

// An instant as a number of seconds, milliseconds, micro- or nanoseconds since 1970: its size says
// which.
std::optional<model::Time> read_time(std::string_view text) {
  if (text.find_first_not_of("0123456789.") != std::string_view::npos) return read_iso(text);
  const std::size_t digits = std::min(text.find('.'), text.size());
  const auto whole = parse_decimal(text.substr(0, digits));
  if (!whole || digits < 9 || digits > 19) return std::nullopt;
  if (digits <= 10) return read_epoch_seconds(text);
  const std::int64_t unit = digits <= 13 ? 1'000'000 : digits <= 16 ? 1'000 : 1;
  if (*whole > static_cast<std::uint64_t>(INT64_MAX / unit)) return std::nullopt;
  return model::Time{static_cast<std::int64_t>(*whole) * unit, model::Time::Basis::Epoch, false};
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 63));
  } else {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 63));
    out += static_cast<char>(0x80 | (code & 63));
  }
}

// CSV doubles its quotes, all others write a backslash.
std::string plain(std::string_view text, bool is_cell) {
  std::string out;
  text = text.substr(0, kMaxText);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_cell && text[i] == '"' && i + 1 < text.size() && text[i + 1] == '"') ++i;
    if (text[i] != '\\' || is_cell || i + 1 >= text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    const auto code =
        c == 'u' && i + 4 < text.size() ? parse_hex(text.substr(i + 1, 4)) : std::nullopt;
    if (code) {
      append_utf8(out, static_cast<std::uint32_t>(*code));
      i += 4;
    } else {
      out += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'b' || c == 'f' ? ' ' : c;
    }
  }
  return out;
}

struct Member {
  std::string_view key, value;  // as written
};

struct Pending {
  StoredLine line;
  Facts facts;
  bool is_structured = false;  // text has the fields alone
};

struct Frame {
  std::string_view key;  // under which it stands
  bool is_object = false;
  bool has_syscall = false;
  std::string_view pair_name;  // {"key": "host.name", "value": …}
  std::string pair_value;
  Facts facts;
  std::size_t first_pending = 0, first_member = 0;
};

class Walk {
 public:
  Walk(std::string_view text, int within) : text_(text), within_(within) { stack_.emplace_back(); }

  std::vector<Pending> run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        take_string();
      } else if (c == '{' || c == '[') {
        open(c == '{');
        ++at_;
      } else if (c == '}' || c == ']') {
        close();
        ++at_;
      } else if (c == '\n') {
        ++line_;
        ++at_;
        if (stack_.size() == 1) end_document();
      } else if (c == ',') {
        key_ = {};
        ++at_;
      } else if (!key_.empty() && (c == '-' || (c >= '0' && c <= '9'))) {
        take_number();
      } else {
        ++at_;
      }
    }
    while (stack_.size() > 1) close();
    end_document();
    return std::move(done_);
  }

 private:
  void open(bool is_object) {
    if (stack_.size() >= kMaxDepth) {
      ++too_deep_;
      return;
    }
    Frame frame;
    frame.key = key_;
    frame.is_object = is_object;
    frame.first_pending = pending_.size();
    frame.first_member = members_.size();
    stack_.push_back(std::move(frame));
    key_ = {};
  }

  void close() {
    key_ = {};
    if (too_deep_ > 0) {
      --too_deep_;
      return;
    }
    if (stack_.size() == 1) return;  // its beginning stood before the text
    if (stack_.back().is_object && stack_.back().has_syscall) take_structured(stack_.back());
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    members_.resize(frame.first_member);
    Frame& parent = stack_.back();
    for (std::size_t i = frame.first_pending; i < pending_.size(); ++i)
      pending_[i].facts.inherit(frame.facts);
    if (!frame.pair_name.empty() && !frame.pair_value.empty()) {
      note(parent.facts, frame.pair_name, {}, frame.pair_value);
    } else if (frame.pair_name.empty() && frame.key == "value" && !frame.pair_value.empty()) {
      parent.pair_value = frame.pair_value;  // OTLP: {"stringValue": …}
    }
    const bool speaks = std::find(std::begin(kSpeakers), std::end(kSpeakers), lower(frame.key)) !=
                        std::end(kSpeakers);
    if (speaks) parent.facts.inherit(frame.facts);
    if (stack_.size() == 1) end_document();
  }

  // A document's end, or a line's between documents: what was found is complete.
  void end_document() {
    for (Pending& each : pending_) {
      each.facts.inherit(stack_.front().facts);
      done_.push_back(std::move(each));
    }
    pending_.clear();
    stack_.front() = {};
    members_.clear();
  }

  void note(Facts& facts, std::string_view key, std::string_view within, std::string_view value) {
    if (key.empty() || value.empty() || value.size() > 512) return;
    const std::string name = lower(key);
    if (std::find(std::begin(kTimeKeys), std::end(kTimeKeys), name) != std::end(kTimeKeys)) {
      if (const auto time = read_time(value); time && facts.time.basis == model::Time::Basis::None)
        facts.time = *time;
      return;
    }
    const std::string holder = lower(within);
    for (const FactKey& row : kFactKeys) {
      if (row.key == name && (row.within.empty() || row.within == holder) &&
          (facts.*row.fact).empty())
        facts.*row.fact = plain(value, false);
    }
  }

  void take_member(std::string_view value) {
    Frame& frame = stack_.back();
    if (members_.size() < kMaxMembers) members_.push_back({key_, value});
    if (key_ == "syscall" || key_.ends_with(".syscall") || key_ == "Syscall")
      frame.has_syscall = true;
    if (key_ == "key" || key_ == "field") frame.pair_name = value;
    if (key_ == "value" || key_ == "stringValue") frame.pair_value = value.substr(0, 512);
    note(frame.facts, key_, frame.key, value);
  }

  void take_number() {
    const std::size_t end = std::min(text_.find_first_of(",}] \n\r\t", at_), text_.size());
    take_member(text_.substr(at_, end - at_));
    key_ = {};
    at_ = end;
  }

  // A JSON string, or what CSV and logfmt put between quotes. None goes on over a line's end.
  void take_string() {
    const std::size_t begin = at_ + 1;
    bool is_cell = false, escaped = false;
    std::size_t end = begin;
    for (;; ++end) {
      const std::size_t found = text_.find_first_of("\"\\\n", end);
      end = std::min(found, text_.size());
      if (end == text_.size() || text_[end] == '\n') break;
      if (text_[end] == '\\' && !is_cell) {
        escaped = true;
        ++end;
        continue;
      }
      if (text_[end] == '\\') continue;
      const bool doubled =
          stack_.size() == 1 && end + 1 < text_.size() && text_[end + 1] == '"' && end > begin;
      if (!doubled) break;
      is_cell = true;
      ++end;
    }
    end = std::min(end, text_.size());
    const std::string_view value = text_.substr(begin, end - begin);
    const std::size_t begin_of_value = at_;
    at_ = end < text_.size() && text_[end] == '"' ? end + 1 : end;
    std::size_t next = at_;
    while (next < text_.size() && (text_[next] == ' ' || text_[next] == '\t')) ++next;
    if (next < text_.size() && text_[next] == ':' && key_.empty() &&
        (stack_.back().is_object || stack_.size() == 1)) {
      key_ = value;
      at_ = next + 1;
      return;
    }
    if (!key_.empty()) take_member(value);
    key_ = {};
    if (value.size() >= 8) take_text(value, is_cell, escaped, begin_of_value);
  }

  void take_text(std::string_view value, bool is_cell, bool escaped, std::size_t offset) {
    if (!may_store_denials(value)) return;
    const std::string text =
        is_cell || escaped ? plain(value, is_cell) : std::string(value.substr(0, kMaxText));
    const std::string_view front = trim(text);
    if (within_ < kMaxWithin && (front.starts_with("{") || front.starts_with("["))) {
      for (Pending& each : Walk(text, within_ + 1).run()) {
        each.line.line = line_;
        each.line.offset = offset;
        pending_.push_back(std::move(each));
      }
      return;
    }
    for (std::string_view line : split(text, '\n')) {
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (trim(line).find(' ') == std::string_view::npos || !may_store_denials(line)) continue;
      Pending found;
      found.line.text = line;
      found.line.line = line_;
      found.line.offset = offset;
      pending_.push_back(std::move(found));
    }
  }

  // An object whose members are the fields of a record.
  void take_structured(const Frame& frame) {
    static constexpr std::string_view kPrefixes[] = {"auditd.log.", "auditd.data.", "audit.",
                                                     "data."};
    static constexpr std::string_view kFields[] = {"auid",   "uid", "gid",  "ses",  "pid",
                                                   "comm",   "exe", "sig",  "arch", "syscall",
                                                   "compat", "ip",  "code", "subj"};
    std::string body;
    bool ours = false, has_code = false;
    for (std::size_t i = frame.first_member; i < members_.size(); ++i) {
      std::string_view key = members_[i].key;
      for (const std::string_view prefix : kPrefixes) {
        if (key.starts_with(prefix)) key.remove_prefix(prefix.size());
      }
      const std::string name = lower(key), value = plain(members_[i].value, false);
      if (name == "record_type" || name == "type" || name == "message_type" || name == "msgtype")
        ours = ours || lower(value) == "seccomp" || value == "1326";
      if (std::find(std::begin(kFields), std::end(kFields), name) == std::end(kFields) ||
          value.empty())
        continue;
      has_code = has_code || name == "code";
      append(body, name, value);
    }
    if (!(ours || has_code) || body.find("syscall=") == std::string::npos) return;
    if (!has_code) append(body, "code", "errno");
    Pending found;
    found.line.text = body;
    found.line.line = line_;
    found.line.offset = at_;
    found.is_structured = true;
    pending_.push_back(std::move(found));
  }

  static void append(std::string& body, std::string_view key, std::string_view value) {
    if (body.find(fmt::format("{}=", key)) == 0 ||
        body.find(fmt::format(" {}=", key)) != std::string::npos)
      return;
    if (value.size() > 4096 || value.find_first_of("\"\n") != std::string_view::npos) return;
    const bool quoted = key == "comm" || key == "exe";
    std::string text(value);
    if (key == "code" || key == "arch") text = lower(value);
    if (key == "code") {
      if (const auto number = parse_decimal(text); number && *number > 1)
        text = fmt::format("0x{:x}", *number);
    }
    if (!body.empty()) body += ' ';
    body += quoted ? fmt::format("{}=\"{}\"", key, text) : fmt::format("{}={}", key, text);
  }
  friend std::vector<StoredLine> medic::parsers::framing::walk_store(std::string_view);

  std::string_view text_;
  int within_;
  std::size_t at_ = 0, too_deep_ = 0;
  std::uint64_t line_ = 0;
  std::string_view key_;
  std::vector<Frame> stack_;
  std::vector<Member> members_;
  std::vector<Pending> pending_, done_;
};

// The kernel's form of a record that came in parts.
std::string whole_record(const Pending& found, std::string body) {
  const Facts& facts = found.facts;
  std::string head = "type=SECCOMP ";
  if (facts.time.basis == model::Time::Basis::Epoch && !facts.serial.empty() &&
      parse_decimal(facts.serial))
    head += fmt::format("msg=audit({}.{:03}:{}): ", facts.time.ns / 1'000'000'000,
                        facts.time.ns / 1'000'000 % 1000, facts.serial);
  return head + body;
}

}  // namespace

bool may_store_denials(std::string_view text) {
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return holds(text, word); });
}

std::vector<StoredLine> walk_store(std::string_view text) {
  std::vector<StoredLine> out;
  std::set<std::string, std::less<>> records;  // a store keeps the same record under several keys
  bool has_raw = false;
  std::uint64_t raw_line = 0;
  for (Pending& found : Walk(text, 0).run()) {
    StoredLine line = std::move(found.line);
    if (found.is_structured) {
      if (has_raw && raw_line == line.line) continue;  // the record itself stands beside it
      for (const auto& [key, value] : {std::pair{"pid", &found.facts.pid},
                                       {"comm", &found.facts.comm},
                                       {"exe", &found.facts.exe},
                                       {"uid", &found.facts.uid},
                                       {"auid", &found.facts.auid},
                                       {"arch", &found.facts.arch}})
        if (!value->empty()) Walk::append(line.text, key, *value);
      line.text = whole_record(found, std::move(line.text));
    } else if (holds(line.text, "audit(")) {
      has_raw = true;
      raw_line = line.line;
    }
    if (holds(line.text, "audit(") && !records.insert(line.text).second) continue;
    // A container's output is what the container wants it to be. What a store takes apart itself is
    // not.
    const std::string_view stream = found.facts.stream;
    const bool is_output =
        stream == "stdout" || stream == "stderr" || stream == "F" || stream == "P";
    const bool is_labelled = !found.facts.container_name.empty() ||
                             !found.facts.container_id.empty() || !found.facts.pod.empty();
    if (is_output || (is_labelled && !found.is_structured))
      line.provenance = model::Provenance::Anyone;
    line.host = std::move(found.facts.host);
    line.time = found.facts.time;
    line.container_id = std::move(found.facts.container_id);
    line.container_name = std::move(found.facts.container_name);
    line.pod = std::move(found.facts.pod);
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace medic::parsers::framing
