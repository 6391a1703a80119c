// Which files a log argument stands for, and writing a file so that a crash leaves the old or the
// new one, never half.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/text.h"
#include "io/reader.h"

namespace medic::io {
namespace {

Problem problem(ProblemKind kind, const std::string& path, std::string text,
                std::string hint = "") {
  Problem out;
  out.kind = kind;
  out.file = path;
  out.text = std::move(text);
  out.hint = std::move(hint);
  return out;
}

// audit.log.12.gz → ("audit.log", 12); audit.log → ("audit.log", 0); messages-20260101 →
// ("messages", a date: older sorts first by name).
struct Rotation {
  std::string stem;
  std::uint64_t age = 0;  // larger is older
  std::string date;       // of dated rotation; empty for the live file, which is the newest
};

Rotation rotation_of(std::string_view name) {
  for (const std::string_view suffix : {".gz", ".xz", ".zst", ".bz2"}) {
    if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  }
  const std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos) {
    const auto number = parse_decimal(name.substr(dot + 1));
    if (number && *number < 100000) return {std::string(name.substr(0, dot)), *number, ""};
  }
  const std::size_t dash = name.rfind('-');
  if (dash != std::string_view::npos && name.size() - dash - 1 >= 8 &&
      parse_decimal(name.substr(dash + 1, 8))) {
    return {std::string(name.substr(0, dash)), 0, std::string(name.substr(dash + 1))};
  }
  return {std::string(name), 0, ""};
}

bool older(const std::string& a, const std::string& b) {
  const Rotation x = rotation_of(a), y = rotation_of(b);
  if (x.stem != y.stem) return x.stem < y.stem;
  // Of strace -ff a process number: parents come before their children, as far as numbers say.
  constexpr std::uint64_t kOldest = 1000;
  if (x.age != y.age) return std::max(x.age, y.age) < kOldest ? x.age > y.age : x.age < y.age;
  if (x.date != y.date) return y.date.empty() || (!x.date.empty() && x.date < y.date);
  return a < b;
}

struct Temporary {
  std::string path;
  int descriptor = -1;
  ~Temporary() {
    if (descriptor >= 0) close(descriptor);
    if (!path.empty()) unlink(path.c_str());
  }
};

// Holds back the signals that end a program while a temporary file is there: they come after it.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t ending;
    sigemptyset(&ending);
    for (const int each : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&ending, each);
    pthread_sigmask(SIG_BLOCK, &ending, &before_);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

// Access control lists, security labels and a user's own attributes: what cannot be set is left
// out, as mv(1) does between file systems.
void copy_attributes(const std::string& from, int to) {
  const ssize_t size = listxattr(from.c_str(), nullptr, 0);
  if (size <= 0) return;
  std::string names(static_cast<std::size_t>(size), '\0'), value;
  const ssize_t got = listxattr(from.c_str(), names.data(), names.size());
  if (got <= 0) return;
  names.resize(static_cast<std::size_t>(got));
  for (std::size_t at = 0; at < names.size(); at += std::strlen(&names[at]) + 1) {
    const char* name = &names[at];
    const ssize_t length = getxattr(from.c_str(), name, nullptr, 0);
    if (length < 0) continue;
    value.resize(static_cast<std::size_t>(length));
    const ssize_t read = getxattr(from.c_str(), name, value.data(), value.size());
    if (read >= 0) fsetxattr(to, name, value.data(), static_cast<std::size_t>(read), 0);
  }
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

void sync_folder(const std::string& path) {
  const int folder = open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  fsync(folder);
  close(folder);
}

// A symbolic link is followed, so that the link stays and its target is replaced.
std::string final_target(const std::string& path) {
  char* real = realpath(path.c_str(), nullptr);
  if (real == nullptr) return path;
  std::string out(real);
  std::free(real);
  return out;
}

// like: whose mode and owner the file gets, where it exists.
Result<void> replace(const std::string& path, std::string_view content, const std::string& like) {
  struct stat before {};
  bool exists = stat(path.c_str(), &before) == 0;
  if (exists && !S_ISREG(before.st_mode)) {
    // /dev/null, a pipe: nothing to replace, and nothing that a rename may destroy.
    const int out = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (out < 0)
      return fail(problem(ProblemKind::Output, path,
                          fmt::format("cannot be written: {}", std::strerror(errno))));
    auto written = write_all(out, content, path);
    close(out);
    return written;
  }
  exists = stat(like.c_str(), &before) == 0;
  const SignalsHeld held;
  Temporary temporary;
  temporary.path = path + ".XXXXXX";
  temporary.descriptor = mkostemp(temporary.path.data(), O_CLOEXEC);
  if (temporary.descriptor < 0) {
    temporary.path.clear();
    return fail(problem(ProblemKind::Output, path,
                        fmt::format("cannot be written: {}", std::strerror(errno)),
                        "is its folder writable?"));
  }
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(temporary.descriptor, exists ? before.st_mode & 07777 : 0666 & ~mask);
  if (exists && fchown(temporary.descriptor, before.st_uid, before.st_gid) != 0) {
    fchmod(temporary.descriptor,
           before.st_mode & 0777);  // not ours to give away: the new file is the writer's
  }
  if (exists) copy_attributes(like, temporary.descriptor);
  if (auto written = write_all(temporary.descriptor, content, path); !written) return written;
  if (fsync(temporary.descriptor) != 0 || rename(temporary.path.c_str(), path.c_str()) != 0) {
    return fail(problem(ProblemKind::Output, path,
                        fmt::format("cannot be written: {}", std::strerror(errno))));
  }
  temporary.path.clear();
  sync_folder(path);
  return {};
}

}  // namespace

RotatedName rotated_name(std::string_view path) {
  Rotation rotation = rotation_of(path);
  return {std::move(rotation.stem), rotation.age};
}

bool reads_before(std::string_view path, std::string_view other) {
  const auto parts = [](std::string_view whole) {
    const std::size_t name = whole.rfind('/') == std::string_view::npos ? 0 : whole.rfind('/') + 1;
    return std::pair(whole.substr(0, name), std::string(whole.substr(name)));
  };
  const auto [folder, name] = parts(path);
  const auto [other_folder, other_name] = parts(other);
  return folder != other_folder ? folder < other_folder : older(name, other_name);
}

namespace {

// Of all entries that are not hidden, in no order; nothing, with errno, where it cannot be listed.
std::optional<std::vector<std::string>> names_in(const std::string& path) {
  DIR* folder = opendir(path.c_str());
  if (folder == nullptr) return std::nullopt;
  std::vector<std::string> out;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.') out.emplace_back(entry->d_name);
  }
  closedir(folder);
  return out;
}

}  // namespace

std::vector<std::string> files_ending(const std::string& folder, std::string_view suffix) {
  std::vector<std::string> out;
  for (const std::string& name : names_in(folder).value_or(std::vector<std::string>())) {
    if (name.ends_with(suffix)) out.push_back(folder + "/" + name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

Result<std::vector<std::string>> expand_input(const std::string& path) {
  struct stat status {};
  if (path == "-" || stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
    return std::vector<std::string>{path};
  std::optional<std::vector<std::string>> listed = names_in(path);
  if (!listed)
    return fail(problem(ProblemKind::Input, path,
                        fmt::format("cannot be listed: {}", std::strerror(errno))));
  std::vector<std::string>& names = *listed;
  std::sort(names.begin(), names.end(), older);
  std::vector<std::string> out;
  for (const std::string& name : names) {
    std::string full = path + (path.ends_with('/') ? "" : "/") + name;
    if (stat(full.c_str(), &status) == 0 && S_ISREG(status.st_mode)) out.push_back(std::move(full));
  }
  if (out.empty())
    return fail(problem(ProblemKind::Input, path, "is a directory without a file in it",
                        "name a log, or a directory of logs"));
  return out;
}

Result<void> write_all(int descriptor, std::string_view content, std::string_view name) {
  while (!content.empty()) {
    const ssize_t wrote = write(descriptor, content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0)
      return fail(problem(ProblemKind::Output, std::string(name),
                          fmt::format("cannot be written: {}", std::strerror(errno))));
    content.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<void> write_atomically(const std::string& path, std::string_view content,
                              std::string_view backup) {
  if (path == "-") return write_all(STDOUT_FILENO, content, "standard output");
  const std::string target = final_target(path);
  if (!backup.empty()) {
    const auto old = read_file(target, std::size_t{1} << 30);
    if (!old)
      return fail(
          problem(ProblemKind::Output, path, "cannot be kept as a backup: " + old.error().text));
    if (auto kept = replace(target + std::string(backup), *old, target); !kept) return kept;
  }
  return replace(target, content, target);
}

}  // namespace medic::io
