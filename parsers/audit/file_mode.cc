#include "parsers/audit/file_mode.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "kernel/errno.h"
#include "parsers/audit/fields.h"

namespace medic::parsers::audit {
namespace {

constexpr unsigned kRead = 4, kWrite = 2, kExecute = 1;
constexpr std::uint64_t kAccessMode = 3, kCreate = 0100;  // O_ACCMODE, O_CREAT

struct TypeRow {
  unsigned bits;
  std::string_view raw, interpreted;  // as we say it, and as ausearch -i does
};
constexpr unsigned kTypeBits = 0170000;
constexpr TypeRow kTypes[] = {
    {0140000, "socket", "socket"},   {0120000, "symbolic link", "link"},
    {0100000, "file", "file"},       {0060000, "block device", "block"},
    {0040000, "folder", "dir"},      {0020000, "character device", "character"},
    {0010000, "named pipe", "fifo"},
};

std::optional<unsigned> octal(std::string_view text) {
  if (text.empty() || text.size() > 7) return std::nullopt;
  unsigned out = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') return std::nullopt;
    out = out * 8 + static_cast<unsigned>(c - '0');
  }
  return out;
}

// `0140660`, or `socket,660` with words for suid and the like between.
std::optional<unsigned> mode_of(std::string_view text) {
  const std::size_t comma = text.rfind(',');
  if (comma == std::string_view::npos) return octal(text);
  const auto bits = octal(text.substr(comma + 1));
  for (const TypeRow& row : kTypes) {
    if (bits && text.starts_with(row.interpreted)) return *bits | row.bits;
  }
  return std::nullopt;
}

std::string_view type_word(unsigned mode) {
  for (const TypeRow& row : kTypes) {
    if ((mode & kTypeBits) == row.bits) return row.raw;
  }
  return "file";
}

// What the call asks for, of the object or of the folder that it stands in.
struct Wanted {
  unsigned bits = 0;
  bool of_parent = false;
  bool may_create = false;  // of the folder, where the object is not there
};

Wanted opened_with(const model::Call& call, unsigned flags_at) {
  constexpr unsigned kByMode[] = {kRead, kWrite, kRead | kWrite, 0};
  if (!call.args.has(flags_at)) return {};
  const std::uint64_t flags = call.args.value[flags_at];
  return {kByMode[flags & kAccessMode], false, (flags & kCreate) != 0};
}

Wanted wanted_by(const model::Call& call) {
  const std::string_view name = kernel::name_of(call.syscall.name);
  if (name == "connect" || name.starts_with("truncate")) return {kWrite, false, false};
  if (name == "open") return opened_with(call, 1);
  if (name == "openat") return opened_with(call, 2);
  if (name == "creat") return {kWrite, false, true};
  if (name == "execve" || name == "execveat" || name == "chdir") return {kExecute, false, false};
  constexpr std::string_view kOfFolder[] = {"mkdir",    "mkdirat", "rmdir", "unlink",
                                            "unlinkat", "symlink", "mknod", "symlinkat",
                                            "mknodat",  "bind"};
  if (std::find(std::begin(kOfFolder), std::end(kOfFolder), name) != std::end(kOfFolder))
    return {kWrite | kExecute, true, false};
  return {};
}

// The last such record that has a mode; null where there is none.
const FileMode* last_of(std::span<const FileMode> files, bool parent) {
  const auto found = std::find_if(files.rbegin(), files.rend(),
                                  [&](const FileMode& each) { return each.is_parent == parent; });
  return found == files.rend() ? nullptr : &*found;
}

std::string letters(unsigned bits) {
  std::string out;
  if ((bits & kRead) != 0) out += 'r';
  if ((bits & kWrite) != 0) out += 'w';
  if ((bits & kExecute) != 0) out += 'x';
  return out;
}

}  // namespace

std::optional<FileMode> file_mode_of(const Record& path) {
  const auto mode = mode_of(find_field(path.body, "mode").value);
  if (!mode) return std::nullopt;
  FileMode out;
  std::string scratch;
  out.mode = *mode;
  out.is_parent = find_field(path.body, "nametype").value == "PARENT";
  out.path = untrusted(find_field(path.body, "name"), path.style, scratch);
  out.owner = find_field(path.body, "ouid").value;
  out.group = find_field(path.body, "ogid").value;
  if (out.owner.empty() || out.group.empty()) return std::nullopt;
  return out;
}

std::size_t files_wanted(const Record& syscall) {
  const std::string_view exit = find_field(syscall.body, "exit").value;
  const auto number = leading_decimal(exit);
  if (number ? *number != -kernel::kEACCES : !exit.starts_with("EACCES")) return 0;
  const auto items = leading_decimal(find_field(syscall.body, "items").value);
  return items && *items > 0 ? static_cast<std::size_t>(std::min<std::int64_t>(*items, 16)) : 0;
}

std::optional<model::LayerDenial> refused_by_mode(const Record& syscall, const model::Call& call,
                                                  std::span<const FileMode> files,
                                                  RefusalTexts& texts) {
  Wanted wanted = wanted_by(call);
  const FileMode* file = last_of(files, wanted.of_parent);
  if (file == nullptr && wanted.may_create) {
    wanted = {kWrite | kExecute, true, false};
    file = last_of(files, true);
  }
  if (file == nullptr || wanted.bits == 0) return std::nullopt;
  const std::string_view user = find_field(syscall.body, "fsuid").value,
                         group = find_field(syscall.body, "fsgid").value;
  if (user.empty() || group.empty()) return std::nullopt;
  const unsigned shift = user == file->owner ? 6 : group == file->group ? 3 : 0;
  const unsigned lacking = wanted.bits & ~(file->mode >> shift & 7);
  if (lacking == 0) return std::nullopt;
  texts.permission = fmt::format("{} {:04o} {}:{}", letters(lacking), file->mode & 07777,
                                 file->owner, file->group);
  texts.caller = fmt::format("{}:{}", user, group);
  model::LayerDenial out;
  out.layer = model::LayerDenial::Layer::Dac;
  out.operation = kernel::name_of(call.syscall.name);
  out.permission = texts.permission;
  out.subj = texts.caller;
  out.target = file->path;
  out.target_context = type_word(file->mode);
  return out;
}

}  // namespace medic::parsers::audit
