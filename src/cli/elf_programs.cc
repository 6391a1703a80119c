#include "cli/elf_programs.h"

#include <filesystem>
#include <set>

#include "cli/elf_files.h"
#include "cli/session.h"

namespace medic::cli {
namespace {

namespace fs = std::filesystem;

// What --elf names: programs with the roots that they are in, and libraries that they load at run
// time.
struct Code {
  struct Root {
    std::unique_ptr<elf::FileTree> tree;
    std::vector<std::string> programs;
  };
  std::vector<Root> roots;
  std::vector<std::string> libraries;
};

Result<Code> code_of(const CodeOptions& args) {
  Code code;
  Code::Root here;
  const std::string root = args.root.value_or("/");
  here.tree = directory_tree(root);
  for (const std::string& path : args.elf) {
    std::error_code failed;
    if (fs::is_directory(path, failed)) {
      code.roots.push_back({directory_tree(path), programs_below(path)});
      if (code.roots.back().programs.empty())
        return usage_failure<Code>(path + " holds no ELF program");
    } else if (is_archive(path)) {
      auto archive = archive_tree(path);
      if (!archive) return fail(archive.error());
      code.roots.push_back({std::move(archive->tree), std::move(archive->programs)});
      if (code.roots.back().programs.empty())
        return usage_failure<Code>(path + " holds no ELF program");
    } else {
      // With --root a path is one within it, where it is not already.
      const std::string absolute = root != "/" && path.starts_with('/') && !path.starts_with(root)
                                       ? path
                                       : fs::absolute(path, failed).string();
      const std::string inside =
          root != "/" && absolute.starts_with(root) ? absolute.substr(root.size()) : absolute;
      (is_library(path) ? code.libraries : here.programs).push_back(inside);
    }
  }
  if (here.programs.empty() && code.roots.empty()) std::swap(here.programs, code.libraries);
  if (!here.programs.empty()) code.roots.push_back(std::move(here));
  return code;
}

std::string joined(const std::vector<std::string>& way) {
  std::string text;
  for (const std::string& step : way) text += (text.empty() ? "" : " → ") + step;
  return text;
}

Result<Reached> reach_all(Code& code, elf::ModuleCache* cache) {
  Reached made;
  std::set<elf::Hole> holes;
  std::set<std::string> files;
  for (Code::Root& root : code.roots) {
    elf::ModuleStore store(*root.tree, cache);
    for (const std::string& program : root.programs) {
      auto reach = elf::reach(store, program, code.libraries);
      if (!reach && root.programs.size() == 1) return fail(reach.error());
      if (!reach) {
        holes.insert({elf::HoleKind::UnreadLibrary, program, reach.error().text});
        continue;
      }
      made.arch = reach->arch;
      made.programs.push_back(program);
      files.insert(reach->files.begin(), reach->files.end());
      holes.insert(reach->holes.begin(), reach->holes.end());
      for (const auto& [id, way] : reach->calls) {
        const std::string_view name = kernel::known_name(id);
        if (!name.empty()) made.ways.emplace(std::string(name), joined(way));
      }
    }
  }
  made.holes.assign(holes.begin(), holes.end());
  made.files.assign(files.begin(), files.end());
  return made;
}

}  // namespace

Result<Reached> reach_programs(const CodeOptions& args) {
  auto code = code_of(args);
  if (!code) return fail(code.error());
  const auto cache = args.cache.has_value() ? folder_cache(args.cache.value_or("")) : nullptr;
  return reach_all(*code, cache.get());
}

}  // namespace medic::cli
