// Our reader of fields held against libauparse's cutting of the same records. libauparse's
// interpretation is no judge: it depends on the place of a field and on this machine's passwd and
// tables.
#include <auparse.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "audit/reading.h"
#include "parsers/audit/audit_dialect.h"
#include "parsers/audit/fields.h"
#include "parsers/audit/record.h"
#include "support/skip.h"

using namespace medic::parsers::audit;

namespace {

using Fields = std::map<std::string, std::string>;

struct Cut {
  std::int64_t serial = -1, milliseconds = -1;
  std::string node;
  Fields fields;
};

bool is_ours(const std::string& name) { return !name.empty() && (name[0] < 'A' || name[0] > 'Z'); }

// The record as libauparse cuts it; empty when it sees none.
Cut by_libauparse(const std::string& line) {
  Cut out;
  const std::string text = line + "\n";
  const std::unique_ptr<auparse_state_t, void (*)(auparse_state_t*)> state(
      auparse_init(AUSOURCE_BUFFER, text.c_str()), auparse_destroy);
  if (!state || auparse_first_record(state.get()) <= 0) return out;
  out.serial = static_cast<std::int64_t>(auparse_get_serial(state.get()));
  out.milliseconds = static_cast<std::int64_t>(auparse_get_time(state.get())) * 1000 +
                     auparse_get_milli(state.get());
  if (const char* node = auparse_get_node(state.get())) {
    out.node = node;
    free(const_cast<char*>(node));
  }
  if (auparse_first_field(state.get()) == 0) return out;
  do {
    const char* name = auparse_get_field_name(state.get());
    const char* value = auparse_get_field_str(state.get());
    if (name != nullptr && value != nullptr && is_ours(name)) out.fields.emplace(name, value);
  } while (auparse_next_field(state.get()) > 0);
  return out;
}

Cut by_us(const Record& record) {
  Cut out;
  out.serial = record.serial;
  out.milliseconds = record.time.ns / 1'000'000;
  out.node = std::string(record.node);
  FieldCursor cursor(record.body);
  for (Field field; cursor.next(field);) {
    std::string value(field.value);
    if (field.quoted) value = "\"" + value + "\"";
    out.fields.emplace(field.key, value);
  }
  return out;
}

// auditd's enrichment glued to a field's end: libauparse keeps it, our readers of numbers stop
// before it.
std::string unglued(std::string value) {
  if (value.starts_with('"')) return value.substr(0, value.find('"', 1) + 1);
  for (std::string_view tail : {"AUID=", "ARCH=", "UID=", "FSUID="}) {
    if (const auto at = value.find(tail); at != std::string::npos && at > 0) value.resize(at);
  }
  return value;
}

// What libauparse is known to do otherwise, by reading its source and running it.
bool known_difference(const std::string& name, const std::string& theirs, const std::string& ours) {
  // It cuts at blanks: labels such as `profile (enforce)` lose their mode; `rule="a b"` its rest.
  if (ours.find(' ') != std::string::npos && ours.starts_with(theirs)) return true;
  // Names that it makes up for words without `=`, and those that it takes out of the record's head.
  // Several keys in one, separated by 0x01, it gives one by one.
  if (name == "key" && ours.find("01") != std::string::npos && ours.find('"') == std::string::npos)
    return true;
  return name == "type" || name == "node" || name == "seresult" || name == "seperms";
}

struct Compared {
  std::uint64_t records = 0, fields = 0, unread = 0;
};

// The record at audit( as auditd would have written it: libauparse knows no other form. Empty where
// the line holds none.
std::string as_auditd_writes(const std::string& line) {
  if (is_auditd(line)) return line.find(" msg=audit(") == std::string::npos ? "" : line;
  const std::size_t at = line.find("audit("), type = line.substr(0, at).rfind("type=");
  if (at == std::string::npos || type == std::string::npos || line.starts_with('{')) return "";
  return line.substr(type, line.find(' ', type) - type) + " msg=" + line.substr(at);
}

// msg='…' of trusted programs: libauparse looks into it, our reader hands it on as one field.
bool has_inner_message(const std::string& line) { return line.find(" msg='") != std::string::npos; }

// The fields that libauparse sees and we see otherwise, `name: theirs, ours`.
std::vector<std::string> differences(const Cut& theirs, const Cut& ours, std::uint64_t& fields) {
  std::vector<std::string> out;
  for (const auto& [name, value] : theirs.fields) {
    const auto found = ours.fields.find(name);
    const std::string own = found == ours.fields.end() ? "(absent)" : unglued(found->second);
    if (known_difference(name, unglued(value), own)) continue;
    if (own != unglued(value)) out.push_back(name + ": " + unglued(value) + ", " + own);
    ++fields;
  }
  return out;
}

void compare_line(const std::string& line, Compared& compared) {
  Record record;
  std::string_view glued;
  if (read_line(line, record, glued) != Found::Record || record.style == Style::Interpreted ||
      !glued.empty()) {
    ++compared.unread;
    return;
  }
  if (record.type == Type::Eoe) return;  // libauparse ends the event at it and shows no record
  const Cut theirs = by_libauparse(as_auditd_writes(line)), ours = by_us(record);
  CAPTURE(line);
  CHECK(theirs.serial == ours.serial);
  CHECK(theirs.milliseconds == ours.milliseconds);
  if (is_auditd(line)) CHECK(theirs.node == ours.node);
  ++compared.records;
  if (has_inner_message(line)) return;
  for (const std::string& difference : differences(theirs, ours, compared.fields))
    FAIL_CHECK(difference);
}

void compare(const std::filesystem::path& path, Compared& compared) {
  std::ifstream in(path, std::ios::binary);
  std::string line;
  while (std::getline(in, line)) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.find('\0') != std::string::npos || as_auditd_writes(line).empty()) continue;
    CAPTURE(path.string());
    compare_line(line, compared);
  }
}

}  // namespace

namespace {

void compare_all(const std::filesystem::path& folder) {
  Compared compared;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) compare(entry.path(), compared);
  }
  MESSAGE(compared.records << " records, " << compared.fields << " fields compared; "
                           << compared.unread << " of other forms or broken");
  CHECK(compared.records >= 100);
}

}  // namespace

TEST_CASE("libauparse cuts every record of the samples as we do") {
  compare_all(std::filesystem::path(MEDIC_SOURCE_DIR) / "samples");
}

TEST_CASE("libauparse cuts every record of the corpus as we do" * doctest::test_suite("optional")) {
  const auto corpus = std::filesystem::path(MEDIC_SOURCE_DIR) / "../shared/corpus";
  if (!std::filesystem::exists(corpus))
    return medic::support::skip("no corpus at ../shared/corpus");
  compare_all(corpus);
}

TEST_CASE("a field that is read wrongly, or lost, is a difference") {
  const std::string line =
      "type=SYSCALL msg=audit(1795312204.232:233): arch=c000003e syscall=2 success=no exit=-13 "
      "a0=7f a1=0 a2=1b6 a3=0 items=1 "
      "ppid=70 "
      "pid=71 auid=0 uid=5 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=1 "
      "comm=\"app\" exe=\"/a\" key=\"k\"";
  Record record;
  std::string_view glued;
  REQUIRE(read_auditd(line, record, glued) == Found::Record);
  const Cut theirs = by_libauparse(line), whole = by_us(record);
  std::uint64_t fields = 0;
  CHECK(differences(theirs, whole, fields).empty());
  CHECK(fields == whole.fields.size());
  for (const auto& [name, value] : whole.fields) {
    Cut wrong = whole, lost = whole;
    wrong.fields[name].insert(1, "1");
    lost.fields.erase(name);
    CAPTURE(name);
    CHECK(differences(theirs, wrong, fields).size() == 1);
    CHECK(differences(theirs, lost, fields).size() == 1);
  }
}

namespace {

// serial → argv[0] of each successful execve that has its EXECVE record, as libauparse joins them.
std::map<std::int64_t, std::string> execs_by_libauparse(const std::string& text) {
  std::map<std::int64_t, std::string> out;
  const std::unique_ptr<auparse_state_t, void (*)(auparse_state_t*)> state(
      auparse_init(AUSOURCE_BUFFER, text.c_str()), auparse_destroy);
  if (!state) return out;
  auparse_set_escape_mode(state.get(), AUPARSE_ESC_RAW);
  while (auparse_next_event(state.get()) > 0) {
    bool succeeded = false;
    auparse_first_record(state.get());
    do {
      const int type = auparse_get_type(state.get());
      const char* success = type == 1300 ? auparse_find_field(state.get(), "success") : nullptr;
      succeeded = succeeded || (success != nullptr && std::string_view(success) == "yes");
      if (type != 1309 || !succeeded || auparse_find_field(state.get(), "a0") == nullptr) continue;
      out.emplace(static_cast<std::int64_t>(auparse_get_serial(state.get())),
                  auparse_interpret_field(state.get()));
    } while (auparse_next_record(state.get()) > 0);
  }
  return out;
}

std::map<std::int64_t, std::string> execs_by_us(const std::string& text) {
  std::map<std::int64_t, std::string> out;
  medic::parsers::testing::read_in_chunks(
      medic::parsers::audit_dialect(), text, 5, [&](const medic::model::Event& event) {
        if (const auto* exec = std::get_if<medic::model::Exec>(&event.what);
            exec != nullptr && !exec->argv0.empty()) {
          out.emplace(event.serial, exec->argv0);
        }
        return std::string();
      });
  return out;
}

}  // namespace

TEST_CASE("libauparse joins the records of an execve as we do") {
  std::string many;
  for (int i = 1; i <= 200; ++i) {
    // Two events interleaved, as two CPUs write them.
    for (std::string_view type : {"SYSCALL", "EXECVE", "CWD"}) {
      for (int serial : {2 * i, 2 * i + 1}) {
        const std::string head =
            fmt::format("type={} msg=audit(17953122{:02}.100:{}): ", type, i / 10, serial);
        many += head;
        if (type == "SYSCALL") {
          many += fmt::format(
              "arch=c000003e syscall=59 success={} exit=0 a0=1 a1=2 a2=3 a3=4 items=2 ppid=4 "
              "pid={} auid=0 uid=0 gid=0 euid=0 "
              "suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=1 comm=\"p\" exe=\"/p\" "
              "key=(null)\n",
              i % 7 == 0 ? "no" : "yes", serial);
        } else {
          many += type == "EXECVE" ? fmt::format("argc=1 a0=\"p{}\"\n", serial) : "cwd=\"/\"\n";
        }
      }
    }
  }
  CHECK(execs_by_us(many).size() == 344);
  CHECK(execs_by_us(many) == execs_by_libauparse(many));
  std::ifstream in(std::filesystem::path(MEDIC_SOURCE_DIR) / "samples/multi-record/audit.log",
                   std::ios::binary);
  std::ostringstream sample;
  sample << in.rdbuf();
  CHECK(execs_by_us(sample.str()) == execs_by_libauparse(sample.str()));
  CHECK(execs_by_us(sample.str()).size() == 1);
}

TEST_CASE("a record without a label is cut alike") {
  const std::string line =
      "type=SECCOMP msg=audit(1795312204.232:233): auid=0 uid=0 gid=0 ses=1 pid=5 comm=\"a\" "
      "exe=\"/a\" sig=0 arch=c000003e "
      "syscall=59 "
      "compat=0 ip=0x1 code=0x50000";
  CHECK(by_libauparse(line).fields["syscall"] == "59");
  Record record;
  std::string_view glued;
  REQUIRE(read_auditd(line, record, glued) == Found::Record);
  CHECK(by_us(record).fields["syscall"] == "59");
}
