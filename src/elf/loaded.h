// The files that the loader maps for a program, in its order of looking symbols up.
#pragma once

#include "elf/program.h"

namespace medic::elf {

struct Definer {
  std::uint32_t module = 0, function = 0;
};

class Loaded {
 public:
  explicit Loaded(ModuleStore& store) : store_(store) {}

  // The program itself.
  std::optional<Problem> start(const std::string& path);
  // A library by its name or path, with what it needs. by: index of the module that asks. False
  // where it is not there.
  bool add(const std::string& name, std::uint32_t by);

  const std::vector<std::shared_ptr<const Module>>& modules() const { return modules_; }
  const std::vector<std::string>& paths() const { return paths_; }
  std::set<Hole>& holes() { return holes_; }
  // The first module that exports the name, as the loader finds it.
  std::optional<Definer> definer(const std::string& name) const;
  // Index of the module that is the loader, or kNobody.
  std::uint32_t loader() const { return loader_; }

 private:
  bool map(const std::string& path, const std::string& name);
  void map_needed(std::size_t from);
  std::vector<std::string> candidates(const std::string& name, std::uint32_t by) const;

  ModuleStore& store_;
  std::vector<std::shared_ptr<const Module>> modules_;
  std::vector<std::string> paths_;
  std::map<std::string, std::uint32_t> by_name_;
  std::unordered_map<std::string, Definer> definers_;
  std::set<Hole> holes_;
  std::uint32_t loader_ = kNobody;
};

}  // namespace medic::elf
