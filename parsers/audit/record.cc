#include "parsers/audit/record.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "parsers/framing/json.h"
#include "parsers/framing/prefix.h"
#include "kernel/name_index.h"
#include "parsers/audit/word_scanner.h"
#include "parsers/framing/audit_stamp.h"

namespace medic::parsers::audit {
namespace {

struct TypeRow {
  std::uint64_t number;
  std::string_view name;
  Type type;
};

constexpr std::array kTypes{
    TypeRow{1326, "SECCOMP", Type::Seccomp},
    TypeRow{1300, "SYSCALL", Type::Syscall},
    TypeRow{1309, "EXECVE", Type::Execve},
    TypeRow{1302, "PATH", Type::Path},
    TypeRow{1307, "CWD", Type::Cwd},
    TypeRow{1327, "PROCTITLE", Type::Proctitle},
    TypeRow{1320, "EOE", Type::Eoe},
    TypeRow{1425, "MAC_TASK_CONTEXTS", Type::TaskContexts},
    TypeRow{1400, "AVC", Type::Avc},
    TypeRow{1107, "USER_AVC", Type::UserAvc},
    TypeRow{1401, "SELINUX_ERR", Type::SelinuxErr},
    TypeRow{1701, "ANOM_ABEND", Type::AnomAbend},
    TypeRow{1305, "CONFIG_CHANGE", Type::ConfigChange},
    TypeRow{1423, "LANDLOCK_ACCESS", Type::LandlockAccess},
    TypeRow{1424, "LANDLOCK_DOMAIN", Type::LandlockDomain},
    TypeRow{1420, "IPE_ACCESS", Type::IpeAccess},
    TypeRow{2500, "VIRT_CONTROL", Type::VirtControl},
    TypeRow{1020, "CONTAINER_OP", Type::ContainerOp},
    TypeRow{1318, "OBJ_PID", Type::ObjPid},
    TypeRow{1130, "SERVICE_START", Type::ServiceStart},
    TypeRow{1131, "SERVICE_STOP", Type::ServiceStop},
    TypeRow{1500, "APPARMOR", Type::Avc},
    TypeRow{1501, "APPARMOR_AUDIT", Type::Avc},
    TypeRow{1502, "APPARMOR_ALLOWED", Type::Avc},
    TypeRow{1503, "APPARMOR_DENIED", Type::Avc},
};

// A bracketed or bare number: `UNKNOWN[1326]`, `1326`.
std::optional<std::uint64_t> type_number(std::string_view text) {
  if (text.starts_with("UNKNOWN[") && text.ends_with(']')) text = text.substr(8, text.size() - 9);
  return parse_decimal(text);
}

// From `(` of the stamp on: stamp, `):` or `) :`, body. False when the record is cut or garbled.
bool read_from_stamp(std::string_view text, Record& record) {
  framing::AuditStamp stamp;
  const std::size_t length = framing::read_stamp_in_parentheses(text, stamp);
  if (length == 0) return false;
  record.serial = stamp.serial;
  record.time = stamp.time;
  text.remove_prefix(length);
  if (text.starts_with(" : ") || text == " :") {
    record.style = Style::Interpreted;
    text.remove_prefix(std::min<std::size_t>(3, text.size()));
  } else if (text.starts_with(':')) {
    text.remove_prefix(1);
    while (text.starts_with(' ')) text.remove_prefix(1);
  } else {
    return false;
  }
  record.body = text.substr(0, text.find('\x1d'));
  if (record.time.zone_assumed) record.style = Style::Interpreted;
  return true;
}

// Where a second record begins that lost its line end; npos when there is none. Only what the
// kernel or auditd writes at a record's start counts.
std::size_t glued_record(std::string_view text) {
  for (std::size_t at = find_stamp(text, 0); at != std::string_view::npos;
       at = find_stamp(text, at + 1)) {
    const bool raw = at >= 4 && text.substr(at - 4, 4) == "msg=";
    const std::size_t type = text.substr(0, at).rfind("type=");
    if (type == std::string_view::npos || at - type > 40 || text.size() < at + 8 ||
        text[at + 6] < '0' || text[at + 6] > '9')
      continue;
    const std::string_view word = text.substr(type + 5, at - type - 5 - (raw ? 4 : 0));
    if (word.size() < 2 || word.back() != ' ' || word.find(' ') != word.size() - 1) continue;
    return type >= 7 && text.substr(type - 7, 7) == "audit: " ? type - 7 : type;
  }
  return std::string_view::npos;
}

// `type=NAME msg=audit(…`. The word before the parenthesis is not always "audit".
Found read_typed(std::string_view line, const TypeWord& word, Record& record) {
  if (word.end == std::string_view::npos) return Found::Damaged;
  record.type = word.type;
  std::string_view text = line.substr(word.end + 1);
  if (text.starts_with("msg=")) text.remove_prefix(4);
  const std::size_t open = text.substr(0, 16).find('(');
  const bool stampless = open == std::string_view::npos && record.type == Type::Seccomp &&
                         line.find("audit(") == std::string_view::npos;
  if (stampless && line.find(" syscall=") != std::string_view::npos &&
      line.find(" code=") != std::string_view::npos) {
    record.body = line.substr(word.end + 1);
    return Found::Record;
  }
  if (open == std::string_view::npos) return Found::Damaged;
  if (record.type == Type::Other) return Found::Foreign;
  if (read_from_stamp(text.substr(open), record)) return Found::Record;
  const std::size_t end = text.find(')', open);
  const std::size_t body =
      end == std::string_view::npos ? end : text.find_first_not_of(": ", end + 1);
  if (record.type != Type::Seccomp || body == std::string_view::npos ||
      text.find(" syscall=", end) == std::string_view::npos ||
      text.find(" code=", end) == std::string_view::npos)
    return Found::Damaged;
  record.body = text.substr(body);  // the stamp was made unreadable, and the rest was left
  return Found::Record;
}

// Where the kernel form's record begins, its type; at: position of `audit(`.
struct KernelForm {
  std::size_t start;
  Type type;
};
std::optional<KernelForm> kernel_form(std::string_view line, std::size_t at) {
  std::string_view before = line.substr(0, at);
  if (before.ends_with("msg=")) before.remove_suffix(4);
  const std::size_t type = before.rfind("type=");
  if (type == std::string_view::npos) {
    // Kernels before 2.6.18 print SELinux's record without a type.
    const bool avc = line.substr(at).find("avc:") != std::string_view::npos;
    std::size_t start = at;
    if (before.ends_with("audit: ")) start -= 7;
    return avc ? std::optional(KernelForm{start, Type::Avc}) : std::nullopt;
  }
  const std::string_view word = trim(before.substr(type + 5));
  if (word.empty() || word.find(' ') != std::string_view::npos) return std::nullopt;
  std::size_t start = type;
  if (line.substr(0, start).ends_with("audit: ")) start -= 7;
  if (const std::size_t node = line.substr(0, start).rfind("node=");
      node != std::string_view::npos && start > 0 && line[start - 1] == ' ' &&
      line.substr(node, start - 1 - node).find(' ') == std::string_view::npos) {
    start = node;
  }
  return KernelForm{start, type_from_name(word)};
}

// JSON's quotes are escaped: another dialect's.
bool is_json(std::string_view line) {
  // A store's array, a CSV's or logfmt's quoted cell.
  if (line.starts_with("[{") || line.starts_with("[[") || line.starts_with("[\"")) return true;
  const std::size_t comm = line.find("comm=");
  if (comm != std::string_view::npos &&
      (line.substr(comm + 5).starts_with("\\\"") || line.substr(comm + 5).starts_with("\"\"")))
    return true;
  return line.starts_with('{') ||
         ((line.find("{\"") != std::string_view::npos || line.starts_with("  ")) &&
          !framing::object_in(line).text.empty());
}

// journald's short forms of audit messages: `audit[123]: SECCOMP auid=…`, `comm: SECCOMP auid=…`.
Found read_journal_short(std::string_view line, Record& record) {
  // journalctl -o cat: the message alone.
  if (line.starts_with("SECCOMP auid=")) {
    record.type = Type::Seccomp;
    record.body = line.substr(
        8, line.find('\x1d') == std::string_view::npos ? line.size() : line.find('\x1d') - 8);
    return Found::Record;
  }
  for (std::size_t at = line.find(": "); at != std::string_view::npos && at < 256;
       at = line.find(": ", at + 2)) {
    const std::string_view text = line.substr(at + 2);
    const std::size_t end = text.find(' ');
    if (end == std::string_view::npos) continue;
    const Type type = type_from_name(text.substr(0, end));
    if (type == Type::Other || text.front() < 'A' || text.front() > 'Z') continue;
    const framing::Prefix prefix = framing::read_prefix(line.substr(0, at + 1));
    const std::string_view fields = text.substr(end + 1);
    // Any program may log a line that begins so; the kernel's begin with these fields.
    const bool genuine =
        prefix.adjoining &&
        (prefix.tag == "audit" || (type == Type::Seccomp && fields.starts_with("auid=")));
    if (!genuine) return Found::Foreign;
    record.type = type;
    record.time = prefix.time;
    record.node = prefix.host;
    record.pid = prefix.tag == "audit" && prefix.pid > 1 ? prefix.pid : -1;
    record.body = fields.substr(0, fields.find('\x1d'));
    return Found::Record;
  }
  return Found::Foreign;
}

}  // namespace

void split_glued(Record& record, std::string_view& rest) {
  rest = {};
  if (record.style == Style::Interpreted) return;
  const std::size_t glued = glued_record(record.body);
  if (glued == std::string_view::npos) return;
  rest = record.body.substr(glued);
  record.body = record.body.substr(0, glued);
}

Type type_from_number(std::uint64_t number) {
  if (number >= 1800 && number <= 1807) return Type::Integrity;
  const auto found = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&](const TypeRow& row) { return row.number == number; });
  return found == kTypes.end() ? Type::Other : found->type;
}

Type type_from_name(std::string_view name) {
  static const kernel::NameIndex index = [] {
    kernel::NameIndex built(kTypes.size());
    for (const TypeRow& row : kTypes) built.add(row.name, static_cast<std::uint32_t>(row.type));
    return built;
  }();
  const std::uint32_t found = index.find(name);
  if (found != kernel::NameIndex::kAbsent) return static_cast<Type>(found);
  if (name.starts_with("INTEGRITY_")) return Type::Integrity;
  if (name == "CONTAINER_ID") return Type::ContainerId;
  const auto number = type_number(name);
  return number ? type_from_number(*number) : Type::Other;
}

model::Provenance provenance_of(const Record& record) {
  const bool by_process = record.type == Type::UserAvc || record.type == Type::VirtControl ||
                          record.type == Type::ServiceStart || record.type == Type::ServiceStop;
  return std::max(record.provenance,
                  by_process ? model::Provenance::AuditWriter : model::Provenance::Kernel);
}

bool is_auditd(std::string_view line) {
  return line.starts_with("type=") || line.starts_with("node=");
}

Found read_auditd(std::string_view line, Record& record, std::string_view& rest) {
  rest = {};
  if (line.starts_with("node=")) {
    const std::size_t end = line.find(' ');
    if (end == std::string_view::npos) return Found::Damaged;
    record.node = line.substr(5, end - 5);
    line.remove_prefix(end + 1);
  }
  if (!line.starts_with("type=")) return Found::Damaged;
  return read_auditd(line, read_type_word(line), record, rest);
}

TypeWord read_type_word(std::string_view line) {
  constexpr std::size_t kWord = 5;  // behind `type=`
  const std::size_t end = line.find(' ', kWord);
  return {
      end == std::string_view::npos ? Type::Other : type_from_name(line.substr(kWord, end - kWord)),
      end};
}

Found read_auditd(std::string_view line, const TypeWord& word, Record& record,
                  std::string_view& rest) {
  rest = {};
  const Found found = read_typed(line, word, record);
  if (found == Found::Record) split_glued(record, rest);
  return found;
}

namespace {

// A SECCOMP record's own fields, which only the kernel writes together.
bool has_seccomp_fields(std::string_view body) {
  return body.find(" syscall=") != std::string_view::npos &&
         body.find(" code=") != std::string_view::npos;
}

// The body of a security module's record, pasted without all that stood before it.
Found read_bare_denial(std::string_view line, Record& record) {
  for (const std::string_view word :
       {"apparmor=\"DENIED\" operation=", "apparmor=\"ALLOWED\" operation=", "avc:  denied  { ",
        "avc: denied { "}) {
    const std::size_t at = line.find(word);
    if (at == std::string_view::npos || (at > 0 && line[at - 1] != ' ' && line[at - 1] != '\t'))
      continue;
    if (word.starts_with("avc") && line.find("tclass=", at) == std::string_view::npos)
      return Found::Foreign;
    record.type = Type::Avc;
    record.body = line.substr(at);
    const framing::Prefix prefix = framing::read_prefix(line.substr(0, at));
    record.node = prefix.host;
    record.time = prefix.time;
    record.provenance = prefix.provenance;
    return Found::Record;
  }
  return Found::Foreign;
}

// `type=1326 … syscall=191 code=0x80000000`: a SECCOMP record whose stamp somebody cut away. Only
// the kernel writes these fields together; what stands before the type is not looked at.
Found read_stampless(std::string_view line, Record& record) {
  for (const std::string_view word : {"type=1326", "type=SECCOMP", "type=UNKNOWN[1326]"}) {
    const std::size_t at = line.find(word);
    if (at == std::string_view::npos || (at > 0 && line[at - 1] != ' ' && line[at - 1] != '\t'))
      continue;
    const std::string_view body = line.substr(at + word.size());
    if (!has_seccomp_fields(body) || !body.starts_with(' ')) return Found::Foreign;
    record.type = Type::Seccomp;
    record.body = body;
    const std::size_t kernel = line.substr(0, at).rfind("audit: ");
    const framing::Prefix prefix =
        framing::read_prefix(line.substr(0, kernel == std::string_view::npos ? at : kernel));
    record.node = prefix.host;
    record.time = prefix.time;
    record.provenance = prefix.provenance;
    return Found::Record;
  }
  return Found::Foreign;
}

}  // namespace

Found read_text(std::string_view line, Record& record, std::string_view& rest) {
  rest = {};
  if (is_json(line)) return Found::Foreign;
  const std::size_t at = line.find("audit(");
  if (at == std::string_view::npos) {
    const Found stampless = read_stampless(line, record);
    if (stampless != Found::Foreign) return stampless;
    const Found journal = read_journal_short(line, record);
    return journal == Found::Foreign ? read_bare_denial(line, record) : journal;
  }
  const auto form = kernel_form(line, at);
  if (!form) return Found::Foreign;
  record.type = form->type;
  if (record.type == Type::Other) return Found::Foreign;
  const framing::Prefix prefix = framing::read_prefix(line.substr(0, form->start));
  if (!framing::speaks_for_kernel(prefix)) return Found::Foreign;
  record.node = prefix.host;
  record.provenance = prefix.provenance;
  if (line.substr(form->start).starts_with("node=")) {
    const std::string_view node = line.substr(form->start + 5);
    record.node = node.substr(0, node.find(' '));
  }
  if (!read_from_stamp(line.substr(at + 5), record)) {
    // Somebody made the stamp unreadable (`audit(XXXXXXXXXX.XXX:XX)`), and left the rest.
    const std::size_t end = line.find(')', at);
    if (record.type != Type::Seccomp || end == std::string_view::npos ||
        !has_seccomp_fields(line.substr(end)))
      return Found::Damaged;
    record.body = line.substr(line.find_first_not_of(": ", end + 1));
  }
  if (record.time.basis == model::Time::Basis::None) record.time = prefix.time;
  split_glued(record, rest);
  return Found::Record;
}

}  // namespace medic::parsers::audit
