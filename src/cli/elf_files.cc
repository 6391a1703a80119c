#include "cli/elf_files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "elf/read_image.h"
#include "elf/read_module.h"
#include "elf/serialize.h"
#include "io/archive.h"
#include "io/reader.h"

namespace medic::cli {
namespace {

namespace fs = std::filesystem;
constexpr int kMaxLinksFollowed = 40;
constexpr std::size_t kMaxFilesLookedAt = 20'000;
constexpr std::uint64_t kMaxArchiveBytes = std::uint64_t{4} << 30;
constexpr std::size_t kMaxCacheBytes = std::size_t{512} << 20;

// A path within a root, made of what `link_of` says of each step: nothing where the step is no
// link.
template <class LinkOf>
std::string follow(const std::string& path, LinkOf&& link_of) {
  std::vector<std::string> done, left;
  const auto push = [&](const std::string& text) {
    std::vector<std::string> parts;
    for (const fs::path& part : fs::path(text)) parts.push_back(part.string());
    for (auto it = parts.rbegin(); it != parts.rend(); ++it) left.push_back(*it);
  };
  push(path);
  for (int links = 0; !left.empty();) {
    const std::string part = left.back();
    left.pop_back();
    if (part.empty() || part == "." || part == "/") continue;
    if (part == "..") {
      if (!done.empty()) done.pop_back();
      continue;
    }
    std::string here;
    for (const std::string& each : done) here += "/" + each;
    const std::optional<std::string> target = link_of(here + "/" + part);
    if (!target) {
      done.push_back(part);
      continue;
    }
    if (++links > kMaxLinksFollowed) return "";
    if (target->starts_with('/')) done.clear();
    push(*target);
  }
  std::string out;
  for (const std::string& each : done) out += "/" + each;
  return out;
}

class Mapping {
 public:
  Mapping(void* at, std::size_t size) : at_(at), size_(size) {}
  ~Mapping() { munmap(at_, size_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  std::string_view view() const { return {static_cast<const char*>(at_), size_}; }

 private:
  void* at_;
  std::size_t size_;
};

// Null where it is no regular file with contents, or cannot be opened.
Result<std::unique_ptr<Mapping>> map_file(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status {};
  if (descriptor < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::unique_ptr<Mapping>();
  Problem problem;
  problem.file = path;
  problem.text = "cannot be read";
  if (descriptor < 0) return fail(std::move(problem));
  const bool regular =
      fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
  if (!regular) {
    close(descriptor);
    return std::unique_ptr<Mapping>();
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  void* at = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  close(descriptor);
  if (at == MAP_FAILED) return fail(std::move(problem));
  return std::make_unique<Mapping>(at, size);
}

class DirectoryTree : public elf::FileTree {
 public:
  explicit DirectoryTree(std::string root) : root_(root == "/" ? "" : std::move(root)) {}
  Result<std::optional<std::string_view>> read(const std::string& path) override {
    const std::string real =
        follow(path, [&](const std::string& step) -> std::optional<std::string> {
          std::error_code failed;
          const fs::path target = fs::read_symlink(root_ + step, failed);
          if (failed) return std::nullopt;
          return target.string();
        });
    if (real.empty()) return std::optional<std::string_view>();
    if (const auto it = files_.find(real); it != files_.end())
      return std::optional<std::string_view>(it->second->view());
    auto file = map_file(root_ + real);
    if (!file) return fail(file.error());
    if (!*file) return std::optional<std::string_view>();
    return std::optional<std::string_view>((files_[real] = std::move(*file))->view());
  }

 private:
  std::string root_;
  std::map<std::string, std::unique_ptr<Mapping>> files_;
};

std::string absolute_name(const std::string& member) {
  return fs::path("/" + member).lexically_normal().string();
}

class ArchiveTree : public elf::FileTree {
 public:
  std::map<std::string, std::string> files, links;
  Result<std::optional<std::string_view>> read(const std::string& path) override {
    const std::string real =
        follow(path, [&](const std::string& step) -> std::optional<std::string> {
          const auto it = links.find(step);
          if (it == links.end()) return std::nullopt;
          return it->second;
        });
    const auto it = files.find(real);
    if (it == files.end()) return std::optional<std::string_view>();
    return std::optional<std::string_view>(it->second);
  }
};

class FileSource : public io::ByteSource {
 public:
  explicit FileSource(std::unique_ptr<Mapping> file)
      : file_(std::move(file)), left_(file_->view()) {}
  Result<std::size_t> read(char* to, std::size_t size) override {
    const std::string_view part = left_.substr(0, size);
    std::copy(part.begin(), part.end(), to);
    left_.remove_prefix(part.size());
    return part.size();
  }

 private:
  std::unique_ptr<Mapping> file_;
  std::string_view left_;
};

// The member's bytes where it is an ELF file; empty otherwise.
Result<std::string> elf_member(io::ByteSource& source, std::uint64_t room) {
  std::string bytes, block(std::size_t{1} << 16, '\0');
  for (;;) {
    const auto got = source.read(block.data(), block.size());
    if (!got) return fail(got.error());
    if (*got == 0) return bytes;
    bytes.append(block, 0, *got);
    if (!elf::is_elf(bytes) && bytes.size() >= 4) return std::string();
    if (bytes.size() > room) return std::string();
  }
}

bool is_program(std::string_view bytes) {
  const auto image =
      elf::is_elf(bytes) ? elf::read_image(bytes, "") : Result<elf::Image>(fail(Problem{}));
  return image &&
         (!image->interpreter.empty() ||
          (image->needed.empty() && image->soname.empty() && image->entry != 0)) &&
         image->soname.empty();
}

class FolderCache : public elf::ModuleCache {
 public:
  explicit FolderCache(std::string folder) : folder_(std::move(folder)) {}
  std::optional<elf::Module> load(const std::string& build_id) override {
    const auto bytes = io::read_file(path(build_id), kMaxCacheBytes);
    if (!bytes) return std::nullopt;
    auto module = elf::load_module(*bytes);
    if (module && module->build_id != build_id) module.reset();
    return module;
  }
  void save(const elf::Module& module) override {
    std::error_code failed;
    fs::create_directories(folder_, failed);
    // A cache that cannot be written is one that is not there.
    (void)io::write_atomically(path(module.build_id), elf::save_module(module), "");
  }

 private:
  std::string path(const std::string& build_id) const {
    return folder_ + "/" + build_id + ".module";
  }
  std::string folder_;
};

}  // namespace

std::unique_ptr<elf::FileTree> directory_tree(const std::string& root) {
  return std::make_unique<DirectoryTree>(root);
}

bool is_archive(const std::string& path) {
  const auto file = map_file(path);
  return file && *file &&
         (io::is_tar((*file)->view().substr(0, 512)) ||
          !io::compression_of((*file)->view().substr(0, 16)).empty());
}

Result<TreeWithNames> archive_tree(const std::string& path) {
  auto file = map_file(path);
  if (!file) return fail(file.error());
  if (!*file) return fail(io::source_problem(path, "no such file", ""));
  const std::string_view compression = io::compression_of((*file)->view().substr(0, 16));
  std::unique_ptr<io::ByteSource> source = std::make_unique<FileSource>(std::move(*file));
  if (!compression.empty()) source = io::decompress(compression, std::move(source), path);
  io::Archive archive(std::move(source), path);
  auto tree = std::make_unique<ArchiveTree>();
  TreeWithNames made;
  std::uint64_t room = kMaxArchiveBytes;
  for (;;) {
    auto member = archive.next();
    if (!member) return fail(member.error());
    if (!*member) break;
    auto bytes = elf_member(*(*member)->source, room);
    if (!bytes) return fail(bytes.error());
    if (bytes->empty() || !elf::is_elf(*bytes)) continue;
    room -= std::min<std::uint64_t>(room, bytes->size());
    const std::string name = absolute_name((*member)->name);
    if (is_program(*bytes)) made.programs.push_back(name);
    tree->files[name] = std::move(*bytes);
  }
  for (const auto& link : archive.links())
    tree->links[absolute_name(link.name)] = link.hard ? absolute_name(link.target) : link.target;
  std::sort(made.programs.begin(), made.programs.end());
  made.tree = std::move(tree);
  return made;
}

std::vector<std::string> programs_below(const std::string& root) {
  std::vector<std::string> found;
  std::error_code failed;
  std::size_t looked_at = 0;
  fs::recursive_directory_iterator it(root, fs::directory_options::skip_permission_denied, failed);
  for (; !failed && it != fs::recursive_directory_iterator() && looked_at < kMaxFilesLookedAt;
       it.increment(failed)) {
    std::error_code ignored;
    if (!it->is_regular_file(ignored) || it->is_symlink(ignored)) continue;
    ++looked_at;
    const auto file = map_file(it->path().string());
    if (!file || !*file || !is_program((*file)->view())) continue;
    found.push_back("/" + fs::relative(it->path(), root, ignored).string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool is_library(const std::string& path) {
  const auto file = map_file(path);
  return file && *file && elf::is_elf((*file)->view()) && !is_program((*file)->view());
}

std::unique_ptr<elf::ModuleCache> folder_cache(const std::string& folder) {
  return std::make_unique<FolderCache>(folder);
}

}  // namespace medic::cli
