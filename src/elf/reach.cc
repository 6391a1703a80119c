// The walk over the call graph of a program and its libraries.
#include <fmt/format.h>
#include <algorithm>
#include <deque>

#include "elf/loaded.h"

namespace medic::elf {

namespace {

struct Node {
  std::uint32_t module = kNobody, function = kNobody;
  friend auto operator<=>(const Node&, const Node&) = default;
};

struct State {
  Node parent;            // module kNobody: a root
  const char* root = "";  // why it is one
  bool reached = false;
  bool anyhow = false;  // also by a way that gives it no known number
};

constexpr std::size_t kShownWay = 9;
const std::set<std::string, std::less<>> kLoads{"dlopen", "dlmopen", "__libc_dlopen_mode"};
const std::set<std::string, std::less<>> kLooksUp{"dlsym", "dlvsym"};

class Walking {
 public:
  Walking(ModuleStore& store, const std::vector<std::string>& extra)
      : loaded_(store), extra_(extra) {}
  Result<Reach> run(const std::string& path);

 private:
  void root_module(std::uint32_t index);
  void root_exports(std::uint32_t index, const char* why);
  void root_name(const std::string& name, std::uint32_t but, const char* why);
  void visit(Node node, Node parent, const char* why, bool number_known);
  void next();
  void drain();
  void follow(Node node);
  void follow_import(Node node, const Edge& edge);
  void sites(Node node);
  void load_named(std::uint32_t by);
  void look_up_named(std::uint32_t by);
  void modules_added();
  std::vector<std::string> way(Node node, std::uint64_t at) const;
  std::string place(Node node, std::uint64_t at) const;
  std::string function_name(Node node) const;
  const Module& module(std::uint32_t index) const { return *loaded_.modules()[index]; }
  const Function& function(Node n) const { return module(n.module).functions[n.function]; }

  Loaded loaded_;
  const std::vector<std::string>& extra_;
  std::vector<std::vector<State>> states_;
  std::deque<Node> open_;
  std::set<std::uint32_t> loaders_, lookers_;
  std::map<std::string, std::pair<Node, bool>> unresolved_;
  std::uint32_t rooted_ = 0;  // modules whose own roots were visited
  Reach made_;
};

void Walking::visit(Node node, Node parent, const char* why, bool number_known) {
  if (node.function == kNobody) return;
  State& state = states_[node.module][node.function];
  if (!number_known && !state.anyhow) {
    state.anyhow = true;
    for (const Site& site : function(node).sites) {
      if (!site.parameter) continue;
      const std::string by = parent.module == kNobody ? std::string(why) : place(parent, 0);
      made_.holes.insert({HoleKind::UnknownCaller, place(node, site.at), by});
    }
  }
  if (state.reached) return;
  state.reached = true;
  state.parent = parent;
  state.root = why;
  open_.push_back(node);
}

void Walking::root_exports(std::uint32_t index, const char* why) {
  for (const Export& e : module(index).exports) visit({index, e.function}, {}, why, false);
}

void Walking::root_name(const std::string& name, std::uint32_t but, const char* why) {
  for (std::uint32_t m = 0; m < states_.size(); ++m) {
    if (m == but) continue;
    const auto& exports = module(m).exports;
    auto it = std::lower_bound(exports.begin(), exports.end(), name,
                               [](const Export& e, const std::string& n) { return e.name < n; });
    for (; it != exports.end() && it->name == name; ++it) visit({m, it->function}, {}, why, false);
  }
}

// What runs or may be called in a module without any code's mention.
void Walking::root_module(std::uint32_t index) {
  const Module& m = module(index);
  for (const std::uint32_t f : m.startup) visit({index, f}, {}, "startup", false);
  for (const std::uint32_t f : m.pointed_at) visit({index, f}, {}, "pointer in data", false);
  for (const std::uint32_t i : m.pointed_imports) {
    if (const auto to = loaded_.definer(m.imports[i]))
      visit({to->module, to->function}, {}, "pointer in data", false);
    else
      unresolved_.emplace(m.imports[i], std::pair{Node{}, false});
  }
  // The Go linker has left out what cannot be reached; its tables of methods hold offsets that are
  // no pointers.
  if (m.go) {
    for (std::uint32_t f = 0; f < m.functions.size(); ++f) visit({index, f}, {}, "Go", true);
  }
  // Of libc and the loader it is not known which code asks for names.
  const bool answers = std::any_of(m.exports.begin(), m.exports.end(),
                                   [](const Export& e) { return kLoads.contains(e.name); });
  if (answers || index == loaded_.loader()) {
    if (answers) load_named(index);
    look_up_named(index);
  }
}

void Walking::modules_added() {
  const std::size_t before = states_.size();
  for (std::size_t i = before; i < loaded_.modules().size(); ++i)
    states_.emplace_back(module(static_cast<std::uint32_t>(i)).functions.size());
  for (auto it = unresolved_.begin(); it != unresolved_.end();) {
    const auto to = loaded_.definer(it->first);
    if (to && to->module < states_.size()) {
      visit({to->module, to->function}, it->second.first, "pointer in data", it->second.second);
      it = unresolved_.erase(it);
    } else {
      ++it;
    }
  }
}

// Libraries whose names stand in a module that loads libraries: whatever they export may be asked
// for.
void Walking::load_named(std::uint32_t by) {
  if (!loaders_.insert(by).second) return;
  const std::shared_ptr<const Module> asker = loaded_.modules()[by];
  for (const std::string& name : asker->libraries_named) {
    if (name.find('%') != std::string::npos || name.find('{') != std::string::npos) {
      made_.holes.insert({HoleKind::NamedLibrary, asker->name, name});
      continue;
    }
    if (name == asker->soname || name == asker->name) continue;
    const std::size_t before = loaded_.modules().size();
    if (!loaded_.add(name, by) || loaded_.modules().size() == before) continue;
    made_.named.insert(name);
    modules_added();
    for (std::size_t i = before; i < states_.size(); ++i)
      root_exports(static_cast<std::uint32_t>(i), "loaded by name");
  }
  if (asker->libraries_named.empty()) made_.holes.insert({HoleKind::NamedLibrary, asker->name, ""});
}

void Walking::look_up_named(std::uint32_t by) {
  if (!lookers_.insert(by).second) return;
  // libc asks for names of other libraries; what it has itself it calls without asking.
  const bool libc = by != 0 && by != loaded_.loader() &&
                    std::any_of(module(by).exports.begin(), module(by).exports.end(),
                                [](const Export& e) { return kLoads.contains(e.name); });
  for (const std::string& name : module(by).symbols_named)
    root_name(name, libc ? by : kNobody, "looked up by name");
}

void Walking::follow_import(Node node, const Edge& edge) {
  const std::string& name = module(node.module).imports[edge.to];
  const auto to = loaded_.definer(name);
  if (to && to->module < states_.size())
    visit({to->module, to->function}, node, "", edge.number_known);
  else
    unresolved_.emplace(name, std::pair{node, edge.number_known});
  // The loader calls its own functions before it has looked symbols up; a library may be bound to
  // itself (-Bsymbolic).
  const auto& exports = module(node.module).exports;
  auto own = std::lower_bound(exports.begin(), exports.end(), name,
                              [](const Export& e, const std::string& n) { return e.name < n; });
  for (; own != exports.end() && own->name == name; ++own)
    visit({node.module, own->function}, node, "", edge.number_known);
  if (kLoads.contains(name)) load_named(node.module);
  if (kLooksUp.contains(name)) look_up_named(node.module);
}

void Walking::sites(Node node) {
  for (const Site& site : function(node).sites) {
    if (site.unknown) made_.holes.insert({HoleKind::UnknownNumber, place(node, site.at), ""});
    if (site.compat) made_.holes.insert({HoleKind::CompatEntry, place(node, site.at), ""});
    const kernel::Arch arch = site.compat ? kernel::Arch::X86 : made_.arch;
    for (const std::int32_t number : site.numbers) {
      auto& known = made_.calls[{arch, number}];
      if (known.empty()) known = way(node, site.at);
    }
  }
}

void Walking::follow(Node node) {
  sites(node);
  // The list of edges stays where it is: modules are shared and constant.
  for (const Edge& edge : function(node).edges) {
    if (edge.imported)
      follow_import(node, edge);
    else
      visit({node.module, edge.to}, node, "", edge.number_known);
  }
}

std::string Walking::function_name(Node node) const {
  const Function& f = function(node);
  if (!f.name.empty()) return f.name;
  if (f.range.start == 0) return "";
  return fmt::format("{}+{:#x}", module(node.module).name, f.range.start);
}

std::string Walking::place(Node node, std::uint64_t at) const {
  const Function& f = function(node);
  if (f.name.empty())
    return fmt::format("{}+{:#x}", module(node.module).name, at ? at : f.range.start);
  if (!at || at == f.range.start) return fmt::format("{}!{}", module(node.module).name, f.name);
  return fmt::format("{}!{}+{:#x}", module(node.module).name, f.name, at - f.range.start);
}

std::vector<std::string> Walking::way(Node node, std::uint64_t at) const {
  std::vector<std::string> names{place(node, at)};
  const State* state = &states_[node.module][node.function];
  for (; state->parent.module != kNobody; state = &states_[node.module][node.function]) {
    node = state->parent;
    // A stub of the linkage table says nothing that the next name does not.
    const Function& f = function(node);
    const auto hands_on = [&](const Edge& e) {
      return e.imported && e.kind == EdgeKind::Jump && e.at - f.range.start < 8;
    };
    if (f.name.empty() && std::any_of(f.edges.begin(), f.edges.end(), hands_on)) continue;
    names.push_back(function_name(node));
  }
  if (*state->root) names.push_back(fmt::format("({})", state->root));
  std::reverse(names.begin(), names.end());
  if (names.size() > kShownWay) {
    const auto first = names.begin() + 4, last = names.end() - 4;
    names.erase(first + 1, last);
    names[4] = "…";
  }
  return names;
}

void Walking::next() {
  const Node node = open_.front();
  open_.pop_front();
  follow(node);
}

void Walking::drain() {
  while (!open_.empty() || rooted_ < states_.size()) {
    if (open_.empty())
      root_module(rooted_++);
    else
      next();
  }
}

Result<Reach> Walking::run(const std::string& path) {
  if (auto problem = loaded_.start(path)) return fail(std::move(*problem));
  const std::size_t needed = loaded_.modules().size();
  for (const std::string& name : extra_) {
    if (!loaded_.add(name, 0)) made_.holes.insert({HoleKind::MissingLibrary, path, name});
  }
  made_.arch = module(0).arch;
  modules_added();
  // From the program's own start first, so that a way that code takes is shown before one through
  // data.
  visit({0, module(0).entry}, {}, "", false);
  while (!open_.empty()) next();
  // A library that was asked about has no entry that anybody runs: whatever it exports may be
  // called.
  if (module(0).interpreter.empty() && !module(0).needed.empty()) root_exports(0, "exported");
  if (!module(0).soname.empty()) root_exports(0, "exported");
  if (const std::uint32_t loader = loaded_.loader(); loader != kNobody)
    visit({loader, module(loader).entry}, {}, "loader", false);
  for (const std::string& name : extra_) {
    for (auto i = static_cast<std::uint32_t>(needed); i < states_.size(); ++i) {
      if (loaded_.paths()[i] == name) root_exports(i, "loaded at run time");
    }
  }
  drain();
  made_.holes.insert(loaded_.holes().begin(), loaded_.holes().end());
  made_.files = loaded_.paths();
  return std::move(made_);
}

}  // namespace

std::string hole_text(const Hole& hole) {
  switch (hole.kind) {
    case HoleKind::UnknownNumber:
      return hole.where + " makes a system call whose number is not known";
    case HoleKind::UnknownCaller:
      return hole.where +
             " makes a system call whose number its caller gives, and a caller is not known (" +
             hole.detail + ")";
    case HoleKind::MissingLibrary:
      return hole.where + " needs " + hole.detail + ", which is not there";
    case HoleKind::UnreadLibrary: return hole.where + ": " + hole.detail;
    case HoleKind::NamedLibrary:
      return hole.where + " loads libraries by names that are made at run time" +
             (hole.detail.empty() ? "" : " (" + hole.detail + ")");
    case HoleKind::Packed: return hole.where + " is packed: its code is made at run time";
    case HoleKind::CompatEntry:
      return hole.where + " enters the kernel as i386 code does (int 0x80)";
  }
  return "";
}

Result<Reach> reach(ModuleStore& store, const std::string& path,
                    const std::vector<std::string>& extra) {
  return Walking(store, extra).run(path);
}

}  // namespace medic::elf
