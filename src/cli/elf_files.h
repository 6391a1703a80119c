// Files for src/elf: of a root directory or of a root's archive, and the cache of what was read of
// them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "elf/program.h"

namespace medic::cli {

// A directory as a root: absolute symbolic links and .. stay within it. Files are mapped, not read.
std::unique_ptr<elf::FileTree> directory_tree(const std::string& root);

// A tar, compressed or not: its ELF files, held in memory; at most 4 GiB of them.
struct TreeWithNames {
  std::unique_ptr<elf::FileTree> tree;
  std::vector<std::string> programs;  // those that name a loader or are static, absolute
};
Result<TreeWithNames> archive_tree(const std::string& path);
bool is_archive(const std::string& path);

// ELF programs below a directory, absolute within it, sorted; libraries are left out. At most 20000
// files are looked at.
std::vector<std::string> programs_below(const std::string& root);

// Does an ELF file name itself as a library, so that it is no program of its own?
bool is_library(const std::string& path);

// Files named by build-id in a folder, which is made where it is not there. Damaged and foreign
// files are as if absent.
std::unique_ptr<elf::ModuleCache> folder_cache(const std::string& folder);

}  // namespace medic::cli
