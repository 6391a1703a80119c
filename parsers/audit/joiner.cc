#include "parsers/audit/joiner.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/text.h"
#include "parsers/audit/fields.h"

namespace medic::parsers::audit {
namespace {

// Bounds on what a hostile log can make us keep: beyond them a record is read as it stands.
constexpr std::size_t kMaxTextBytes = 8 * 1024;

// What MAC_TASK_CONTEXTS says of the LSM that separates containers: SELinux before AppArmor before
// the rest.
std::string_view task_context(std::string_view body) {
  for (std::string_view key : {"subj_selinux", "subj_apparmor", "subj_smack"}) {
    const std::string_view value = find_field(body, key).value;
    if (!value.empty() && value != "?" && value != "(null)") return value;
  }
  return {};
}

// The companion that speaks first, of that type.
std::string_view first_of_type(const std::vector<Companion>& companions, Type type) {
  const auto found = std::find_if(companions.begin(), companions.end(),
                                  [&](const Companion& one) { return one.type == type; });
  return found == companions.end() ? std::string_view{} : std::string_view(found->text);
}

// The PATH record whose last part is what the AVC calls name=.
std::string_view path_named(const std::vector<Companion>& companions, std::string_view name) {
  if (name.empty()) return {};
  for (const Companion& companion : companions) {
    const std::string_view path = companion.text;
    if (companion.type != Type::Path || !path.starts_with('/')) continue;
    if (path.size() > name.size() && path.ends_with(name) &&
        path[path.size() - name.size() - 1] == '/')
      return path;
  }
  return {};
}

// Who made the call of a SYSCALL record: pid, comm, exe, a NUL between two.
std::string task_of(const Record& record) {
  std::string scratch;
  std::string out(find_field(record.body, "pid").value);
  if (out.empty()) return out;
  for (std::string_view key : {"comm", "exe"}) {
    out += '\0';
    out += untrusted(find_field(record.body, key), record.style, scratch);
  }
  return out;
}

Companions summary(const Record& record, const std::vector<Companion>& companions) {
  Companions out;
  out.subj = first_of_type(companions, Type::TaskContexts);
  out.args = words_among(companions);
  if (record.type == Type::LandlockAccess) {
    out.task = first_of_type(companions, Type::Syscall);
    out.maker = first_of_type(companions, Type::LandlockDomain);
  }
  if (record.type == Type::Syscall && files_wanted(record) > 0) out.files = files_among(companions);
  std::string scratch;
  if (record.type == Type::Avc)
    out.path =
        path_named(companions, untrusted(find_field(record.body, "name"), record.style, scratch));
  return out;
}

bool has_paths(const std::vector<Companion>& companions, std::size_t wanted) {
  return static_cast<std::size_t>(std::count_if(
             companions.begin(), companions.end(),
             [](const Companion& each) { return each.type == Type::Path; })) >= wanted;
}

// Is there nothing left that a further companion could say?
bool satisfied(const Record& record, const std::vector<Companion>& companions) {
  const Companions known = summary(record, companions);
  const bool subj = !known.subj.empty() || record.body.find("subj=?") == std::string_view::npos;
  if (record.type == Type::Syscall) {
    const std::size_t files = files_wanted(record);
    return subj && (files > 0 ? has_paths(companions, files) : !known.args.empty());
  }
  if (record.type == Type::Avc) return !known.path.empty();
  if (record.type == Type::LandlockAccess) return !known.task.empty();
  return subj;
}

}  // namespace

EventKey key_of(const Record& record) {
  return {record.serial, record.time.ns, std::hash<std::string_view>{}(record.node)};
}

// a0, a1, …; a word too long for one record (a1_len= a1[0]=) ends them.
std::string words_of(const Record& record) {
  std::string out, scratch;
  FieldCursor cursor(record.body);
  unsigned next = 0;
  for (Field field; cursor.next(field) && out.size() < kMaxTextBytes;) {
    if (!field.key.starts_with('a') || parse_decimal(field.key.substr(1)) != next ||
        (field.key.size() > 2 && field.key[1] == '0'))
      continue;
    if (next++ != 0) out += '\0';
    out += untrusted(field, record.style, scratch);
  }
  return out;
}

bool is_companion(Type type) {
  return type == Type::Execve || type == Type::Path || type == Type::TaskContexts ||
         type == Type::Syscall || type == Type::ContainerId || type == Type::LandlockDomain;
}

void add_companion(const Record& record, std::uint64_t line, std::vector<Companion>& out) {
  std::string scratch;
  std::string_view text;
  if (record.type == Type::TaskContexts) text = task_context(record.body);
  if (record.type == Type::Execve) text = scratch = words_of(record);
  if (record.type == Type::Syscall) text = scratch = task_of(record);
  if (record.type == Type::ContainerId) text = container_id_of(record);
  if (record.type == Type::LandlockDomain) {
    const Field exe = find_field(record.body, "exe");
    text =
        untrusted(exe.value.empty() ? find_field(record.body, "comm") : exe, record.style, scratch);
  }
  std::optional<FileMode> file;
  if (record.type == Type::Path) {
    text = untrusted(find_field(record.body, "name"), record.style, scratch);
    file = file_mode_of(record);
  }
  if (!text.empty() || file)
    out.push_back({key_of(record), line, record.type, std::string(text.substr(0, kMaxTextBytes)),
                   std::move(file)});
}

namespace {

// Where a companion is looked for: of which event, on which line.
struct Sought {
  EventKey key;
  std::uint64_t line = 0;
};

// A line may hold several records whose line ends were lost.
void add_companions_of(std::string_view text, const Sought& sought, std::vector<Companion>& out) {
  std::string_view node;
  for (bool first = true; !text.empty(); first = false) {
    Record other;
    std::string_view glued;
    const Found found = first ? read_line(text, other, glued) : read_text(text, other, glued);
    if (first) node = other.node;
    if (other.node.empty()) other.node = node;
    if (found == Found::Record && is_companion(other.type) && key_of(other) == sought.key)
      add_companion(other, sought.line, out);
    text = glued;
  }
}

}  // namespace

Lookahead look_ahead(const Record& record, std::uint64_t record_line, std::string_view after) {
  Lookahead out;
  const EventKey key = key_of(record);
  char needle[24];
  const auto end = fmt::format_to_n(needle, sizeof needle, ":{})", record.serial).out;
  const std::string_view serial(needle, static_cast<std::size_t>(end - needle));
  std::size_t left = kReach;
  for (std::uint64_t line = record_line + 1; line < record_line + kWindow; ++line) {
    if (after.empty()) return out;
    const std::size_t newline = after.find('\n');
    const std::string_view text = after.substr(0, newline);
    if (text.size() >= left) break;
    left -= text.size();
    after.remove_prefix(newline == std::string_view::npos ? after.size() : newline + 1);
    if (text.find(serial) == std::string_view::npos) continue;
    add_companions_of(text, {key, line}, out.companions);
    if (satisfied(record, out.companions)) break;
  }
  out.complete = true;
  return out;
}

std::vector<FileMode> files_among(const std::vector<Companion>& companions) {
  std::vector<FileMode> out;
  for (const Companion& each : companions) {
    if (each.file) out.push_back(*each.file);
  }
  return out;
}

std::string_view words_among(const std::vector<Companion>& companions) {
  return first_of_type(companions, Type::Execve);
}

Reading read_with(const Record& record, const Place& place,
                  const std::vector<Companion>& companions, Interpreter& interpreter,
                  EventSink& sink) {
  const Companions known = summary(record, companions);
  return interpreter.read(record, place, &known, sink);
}

}  // namespace medic::parsers::audit
