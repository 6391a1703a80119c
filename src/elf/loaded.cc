#include "elf/loaded.h"

#include <algorithm>

#include "elf/read_image.h"
#include "elf/read_module.h"

namespace medic::elf {

namespace {

using kernel::Arch;
constexpr std::size_t kMaxModules = 2000;

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }
std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
}

// ld.so(8): the folders that are searched at last; Debian's come first, where they are there.
std::vector<std::string> default_folders(Arch arch) {
  const std::string triplet = arch == Arch::Aarch64 ? "aarch64-linux-gnu"
                              : arch == Arch::X86   ? "i386-linux-gnu"
                                                    : "x86_64-linux-gnu";
  const std::string musl = arch == Arch::Aarch64 ? "aarch64-linux-musl"
                           : arch == Arch::X86   ? "i386-linux-musl"
                                                 : "x86_64-linux-musl";
  return {"/lib/" + triplet,
          "/usr/lib/" + triplet,
          "/usr/" + triplet + "/lib",
          "/lib64",
          "/usr/lib64",
          "/lib",
          "/usr/lib",
          "/lib32",
          "/usr/lib32",
          "/usr/local/lib",
          "/usr/local/lib64",
          "/usr/lib/" + musl,
          "/lib/" + musl};
}

}  // namespace

std::optional<Problem> Loaded::start(const std::string& path) {
  auto module = store_.get(path);
  if (!module) return module.error();
  if (!*module) {
    Problem problem;
    problem.file = path;
    problem.text = "no such file";
    return problem;
  }
  map(path, base_name(path));
  const std::string interpreter = modules_[0]->interpreter;
  map_needed(0);
  if (interpreter.empty()) return std::nullopt;
  const auto known = by_name_.find(base_name(interpreter));
  if (known != by_name_.end()) {
    loader_ = known->second;
  } else if (map(interpreter, base_name(interpreter))) {
    loader_ = static_cast<std::uint32_t>(modules_.size() - 1);
  } else {
    holes_.insert({HoleKind::MissingLibrary, modules_[0]->name, interpreter});
  }
  return std::nullopt;
}

bool Loaded::map(const std::string& path, const std::string& name) {
  if (by_name_.contains(name)) return true;
  if (modules_.size() >= kMaxModules) return false;
  auto module = store_.get(path);
  if (!module) {
    holes_.insert({HoleKind::UnreadLibrary, path, module.error().text});
    return false;
  }
  if (!*module || (!modules_.empty() && (*module)->arch != modules_[0]->arch)) return false;
  const auto index = static_cast<std::uint32_t>(modules_.size());
  by_name_[name] = index;
  if (!(*module)->soname.empty()) by_name_.emplace((*module)->soname, index);
  for (const Export& e : (*module)->exports) definers_.emplace(e.name, Definer{index, e.function});
  if ((*module)->packed) holes_.insert({HoleKind::Packed, (*module)->name, ""});
  modules_.push_back(std::move(*module));
  paths_.push_back(path);
  return true;
}

std::vector<std::string> Loaded::candidates(const std::string& name, std::uint32_t by) const {
  if (name.find('/') != std::string::npos) return {name};
  std::vector<std::string> found;
  for (const std::uint32_t module : {by, 0U}) {
    std::string list = modules_[module]->search_path;
    for (const char* origin : {"$ORIGIN", "${ORIGIN}"})
      replace_all(list, origin, folder_of(paths_[module]));
    for (std::size_t at = 0; at < list.size();) {
      const std::size_t end = std::min(list.find(':', at), list.size());
      if (end > at) found.push_back(list.substr(at, end - at) + "/" + name);
      at = end + 1;
    }
  }
  for (const std::string& folder : default_folders(modules_[0]->arch))
    found.push_back(folder + "/" + name);
  found.push_back(folder_of(paths_[by]) + "/" + name);
  return found;
}

bool Loaded::add(const std::string& name, std::uint32_t by) {
  if (by_name_.contains(name) || by_name_.contains(base_name(name))) return true;
  const std::size_t before = modules_.size();
  for (const std::string& path : candidates(name, by)) {
    if (!map(path, base_name(name))) continue;
    map_needed(before);
    return true;
  }
  return false;
}

// Breadth first, as the loader does it.
void Loaded::map_needed(std::size_t from) {
  for (std::size_t i = from; i < modules_.size(); ++i) {
    const std::shared_ptr<const Module> module = modules_[i];
    for (const std::string& name : module->needed) {
      if (by_name_.contains(name)) continue;
      bool there = false;
      for (const std::string& path : candidates(name, static_cast<std::uint32_t>(i))) {
        if ((there = map(path, base_name(name)))) break;
      }
      if (!there) holes_.insert({HoleKind::MissingLibrary, module->name, name});
    }
  }
}

std::optional<Definer> Loaded::definer(const std::string& name) const {
  const auto it = definers_.find(name);
  if (it == definers_.end()) return std::nullopt;
  return it->second;
}

Result<std::shared_ptr<const Module>> ModuleStore::get(const std::string& path) {
  if (const auto it = modules_.find(path); it != modules_.end()) return it->second;
  const auto make = [&]() -> Result<std::shared_ptr<const Module>> {
    const auto bytes = tree_.read(path);
    if (!bytes) return fail(bytes.error());
    if (!*bytes) return std::shared_ptr<const Module>();
    auto image = read_image(**bytes, path);
    if (!image) return fail(image.error());
    if (cache_ && !image->build_id.empty()) {
      if (auto known = cache_->load(image->build_id))
        return std::make_shared<const Module>(std::move(*known));
    }
    auto module = read_module(*image, path);
    if (!module) return fail(module.error());
    if (cache_ && !module->build_id.empty()) cache_->save(*module);
    return std::make_shared<const Module>(std::move(*module));
  };
  return modules_.emplace(path, make()).first->second;
}

}  // namespace medic::elf
