// A program with its libraries, and every system call that its code can reach.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "elf/module.h"
#include "kernel/syscalls.h"

namespace medic::elf {

// Where files come from: a directory that stands for the root, or an archive. Paths are absolute in
// that root.
class FileTree {
 public:
  virtual ~FileTree() = default;
  // The file's bytes, symbolic links followed within the root; valid as long as the tree. Nothing
  // where there is no such file; a Problem where it cannot be read.
  virtual Result<std::optional<std::string_view>> read(const std::string& path) = 0;
};

// Keeps what was read of a file between runs. Both may do nothing.
class ModuleCache {
 public:
  virtual ~ModuleCache() = default;
  virtual std::optional<Module> load(const std::string& build_id) = 0;
  virtual void save(const Module& module) = 0;
};

// Modules by path, each read once.
class ModuleStore {
 public:
  explicit ModuleStore(FileTree& tree, ModuleCache* cache = nullptr) : tree_(tree), cache_(cache) {}
  // Null where there is no such file.
  Result<std::shared_ptr<const Module>> get(const std::string& path);

 private:
  FileTree& tree_;
  ModuleCache* cache_;
  std::map<std::string, Result<std::shared_ptr<const Module>>> modules_;
};

// What the answer does not cover. Each kind has its sentence in hole_text().
enum class HoleKind : std::uint8_t {
  UnknownNumber,   // enters the kernel with a number that no search finds
  UnknownCaller,   // enters it with a number that its callers give, and one of them is unknown
  MissingLibrary,  // needed, but not in the tree
  UnreadLibrary,   // in the tree, but unreadable
  NamedLibrary,    // loaded by a name that is made at run time
  Packed,          // its code is unpacked at run time
  CompatEntry,     // int 0x80 from 64-bit code
};
struct Hole {
  HoleKind kind;
  std::string where;   // "libc.so.6!syscall+0x12", or a file
  std::string detail;  // a name, or a problem's text
  friend auto operator<=>(const Hole&, const Hole&) = default;
};
std::string hole_text(const Hole& hole);

struct Reach {
  kernel::Arch arch = kernel::Arch::Unknown;
  std::map<kernel::SyscallId, std::vector<std::string>>
      calls;  // by number: the way there, root first, the call's place last
  std::set<Hole> holes;
  std::vector<std::string> files;  // in the order in which the loader maps them
  std::set<std::string> named;     // libraries that it may load by name and that were followed
};

// path: of the program, absolute in the store's tree. extra: libraries that it loads at run time,
// as the user or the log says. Fails where the program itself cannot be read; of its libraries that
// is a hole.
Result<Reach> reach(ModuleStore& store, const std::string& path,
                    const std::vector<std::string>& extra = {});

}  // namespace medic::elf
