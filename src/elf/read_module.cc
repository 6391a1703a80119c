#include "elf/read_module.h"

#include <cstring>
#include <algorithm>
#include <unordered_map>

#include "elf/known_code.h"
#include "elf/number_search.h"
#include "elf/strings.h"

namespace medic::elf {

namespace {

// A system call number that no kernel has is a sign of a search gone astray.
constexpr std::int64_t kMaxNumber = 1023;
constexpr std::int64_t kX32 = 0x40000000;
constexpr std::size_t kMaxParameters = 2000;
constexpr int kMaxTailJumps = 100;

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

class Making {
 public:
  Making(const Image& image, Decoder& decoder, const std::string& name)
      : image_(image), decoder_(decoder), name_(name) {}
  Module run();

 private:
  void header();
  void functions();
  void names();
  void imports();
  void edges();
  void slot_edge(const Transfer& use);
  void add_edge(std::uint64_t at, EdgeKind kind, bool imported, std::uint32_t to);
  void data_pointers();
  void fixed_pointers();
  void sites();
  void find_stops();
  bool is_table(std::uint64_t at) const;
  bool returns(std::uint32_t function, int depth = 0);
  void follow_parameters();
  void follow_callers(const Parameter& parameter);
  void argument_at(std::uint64_t at, Place place);
  void record(std::uint64_t at, const Found& found, bool compat);
  std::uint32_t local(std::uint64_t address) const { return sweep_.function_at(address); }

  const Image& image_;
  Decoder& decoder_;
  const std::string& name_;
  Sweep sweep_;
  Module made_;
  std::unordered_map<std::uint64_t, const Relocation*> by_place_;
  std::unordered_map<std::string, std::uint32_t> import_index_;
  std::optional<NumberSearch> search_;
  std::vector<std::uint64_t> stops_;  // calls that do not come back
  std::unordered_map<std::uint32_t, bool>
      returns_;  // known so far; true while it is being found out
  std::set<Parameter> known_parameters_;
  std::vector<Parameter> open_parameters_;
};

void Making::header() {
  made_.name = base_name(name_);
  made_.build_id = image_.build_id;
  made_.soname = image_.soname;
  made_.interpreter = image_.interpreter;
  made_.search_path = image_.search_path;
  made_.arch = image_.arch;
  made_.position_independent = image_.position_independent;
  made_.go = image_.go;
  made_.packed = image_.packed;
  made_.needed = image_.needed;
}

void Making::functions() {
  sweep_ = sweep(image_, decoder_);
  made_.functions.resize(sweep_.functions.size());
  for (std::size_t i = 0; i < made_.functions.size(); ++i)
    made_.functions[i].range = sweep_.functions[i];
  made_.entry = local(image_.entry);
  for (const std::uint64_t address : image_.startup) {
    if (const auto f = local(address); f != kNobody) made_.startup.push_back(f);
  }
  for (std::uint32_t i = 0; i + 1 < made_.functions.size(); ++i) {
    if (sweep_.runs_on[i] && made_.functions[i].range.end == made_.functions[i + 1].range.start)
      made_.functions[i].edges.push_back(
          {made_.functions[i].range.end - 1, EdgeKind::Jump, false, false, i + 1});
  }
}

void Making::names() {
  for (const Symbol& symbol : image_.symbols) {
    if (!symbol.defined || !symbol.function || symbol.name.empty()) continue;
    const std::uint32_t f = local(symbol.value);
    if (f == kNobody) continue;
    std::string& name = made_.functions[f].name;
    // Of several names the one without underscores is what people know.
    const bool better = name.empty() || (name[0] == '_' && symbol.name[0] != '_') ||
                        (name[0] == '_' && symbol.name.size() < name.size());
    if (made_.functions[f].range.start == symbol.value && better) name = symbol.name;
    if (symbol.exported) made_.exports.push_back({symbol.name, f});
  }
  std::sort(made_.exports.begin(), made_.exports.end(), [](const Export& a, const Export& b) {
    return std::tie(a.name, a.function) < std::tie(b.name, b.function);
  });
}

void Making::imports() {
  for (const Relocation& relocation : image_.relocations) {
    by_place_[relocation.place] = &relocation;
    if (!relocation.symbol) continue;
    const Symbol& symbol = image_.symbols[relocation.symbol];
    if (symbol.name.empty() || symbol.data) continue;
    if (import_index_.emplace(symbol.name, made_.imports.size()).second)
      made_.imports.push_back(symbol.name);
  }
}

void Making::add_edge(std::uint64_t at, EdgeKind kind, bool imported, std::uint32_t to) {
  const std::uint32_t from = local(at);
  if (from == kNobody || to == kNobody || (!imported && from == to)) return;
  made_.functions[from].edges.push_back({at, kind, imported, false, to});
}

void Making::slot_edge(const Transfer& use) {
  const auto it = by_place_.find(use.target);
  if (it == by_place_.end()) return;
  const Relocation& relocation = *it->second;
  if (!relocation.symbol) return add_edge(use.at, use.kind, false, local(relocation.target));
  if (const auto import = import_index_.find(image_.symbols[relocation.symbol].name);
      import != import_index_.end())
    add_edge(use.at, use.kind, true, import->second);
}

void Making::edges() {
  for (const Transfer& t : sweep_.transfers) add_edge(t.at, t.kind, false, local(t.target));
  for (const Transfer& t : sweep_.slots) slot_edge(t);
  for (const Transfer& t : sweep_.addresses) {
    // A pointer leads to a function's start; inside of one that the unwinder knows, it is a jump
    // table's or no pointer at all.
    if (!inside_a_frame(image_, t.target)) add_edge(t.at, EdgeKind::Takes, false, local(t.target));
  }
}

void Making::data_pointers() {
  for (const Relocation& relocation : image_.relocations) {
    if (relocation.binding == Binding::Slot) continue;
    if (relocation.symbol) {
      const auto import = import_index_.find(image_.symbols[relocation.symbol].name);
      if (import != import_index_.end()) made_.pointed_imports.push_back(import->second);
      continue;
    }
    const std::uint32_t f = local(relocation.target);
    if (f == kNobody || inside_a_frame(image_, relocation.target)) continue;
    (relocation.binding == Binding::Resolver ? made_.startup : made_.pointed_at).push_back(f);
  }
  if (!image_.position_independent) fixed_pointers();
  for (auto* list : {&made_.startup, &made_.pointed_at, &made_.pointed_imports}) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
}

// A program that is linked to fixed addresses has pointers in its data without relocations: every
// aligned word may be one.
void Making::fixed_pointers() {
  const std::size_t word = static_cast<std::size_t>(convention_of(image_.arch).word);
  for (const Segment& segment : image_.segments) {
    std::uint64_t first = (word - segment.address % word) % word;
    for (std::uint64_t i = first; i + word <= segment.bytes.size(); i += word) {
      std::uint64_t value = 0;
      std::memcpy(&value, segment.bytes.data() + i, word);
      const std::uint32_t f = local(value);
      if (f == kNobody || inside_a_frame(image_, value)) continue;
      const bool in_code = local(segment.address + i) != kNobody;
      if (!in_code) made_.pointed_at.push_back(f);
    }
  }
}

void Making::record(std::uint64_t at, const Found& found, bool compat) {
  const std::uint32_t f = local(at);
  if (f == kNobody) return;
  auto& sites = made_.functions[f].sites;
  auto site = std::find_if(sites.begin(), sites.end(), [&](const Site& s) { return s.at == at; });
  if (site == sites.end()) site = sites.insert(sites.end(), Site{at, {}, false, false, compat});
  site->unknown = site->unknown || found.unknown;
  site->parameter = site->parameter || !found.parameters.empty();
  for (const std::int64_t value : found.values) {
    const std::int64_t number = static_cast<std::int32_t>(value);
    if (number >= 0 && (number & ~kX32) <= kMaxNumber)
      site->numbers.push_back(static_cast<std::int32_t>(number));
  }
  std::sort(site->numbers.begin(), site->numbers.end());
  site->numbers.erase(std::unique(site->numbers.begin(), site->numbers.end()), site->numbers.end());
  for (const Parameter& parameter : found.parameters) {
    if (known_parameters_.size() >= kMaxParameters)
      site->unknown = true;
    else if (known_parameters_.insert(parameter).second)
      open_parameters_.push_back(parameter);
  }
}

// `at` hands a number to something that enters the kernel with it.
void Making::argument_at(std::uint64_t at, Place place) {
  record(at, search_->find_argument(at, place), false);
  const std::uint32_t f = local(at);
  if (f == kNobody) return;
  for (Edge& edge : made_.functions[f].edges) {
    if (edge.at == at && edge.kind != EdgeKind::Takes) edge.number_known = true;
  }
}

void Making::follow_callers(const Parameter& parameter) {
  const std::uint64_t start = made_.functions[parameter.function].range.start;
  auto it = std::lower_bound(sweep_.transfers.begin(), sweep_.transfers.end(),
                             Transfer{start, 0, EdgeKind::Call});
  std::vector<std::uint64_t> callers;
  for (; it != sweep_.transfers.end() && it->target == start; ++it) callers.push_back(it->at);
  // Callers through the procedure linkage table: a stub jumps through the slot of an exported name.
  for (const std::uint64_t at : callers) {
    if (local(at) != parameter.function) argument_at(at, parameter.place);
  }
}

void Making::follow_parameters() {
  while (!open_parameters_.empty()) {
    const Parameter parameter = open_parameters_.back();
    open_parameters_.pop_back();
    follow_callers(parameter);
  }
}

// Can control come back from the function? Not where it has no return, and all that it jumps to has
// none.
bool Making::returns(std::uint32_t function, int depth) {
  if (const auto it = returns_.find(function); it != returns_.end()) return it->second;
  if (depth > kMaxTailJumps) return true;
  returns_[function] = true;  // while it is being found out, for circles of jumps
  const Range range = sweep_.functions[function];
  const auto within = [&](const std::vector<std::uint64_t>& list) {
    const auto it = std::lower_bound(list.begin(), list.end(), range.start);
    return it != list.end() && *it < range.end;
  };
  // A stub of the linkage table: what follows its jump only looks the name up.
  for (const Edge& edge : made_.functions[function].edges) {
    if (edge.imported && edge.kind == EdgeKind::Jump && edge.at - range.start < 8)
      return returns_[function] = !never_returns(made_.imports[edge.to]);
  }
  bool comes_back = sweep_.runs_on[function] || within(sweep_.returns);
  for (const Edge& edge : made_.functions[function].edges) {
    if (comes_back || edge.kind != EdgeKind::Jump) continue;
    comes_back =
        edge.imported ? !never_returns(made_.imports[edge.to]) : returns(edge.to, depth + 1);
  }
  // A jump whose target is not known: only through an imported name's slot it is among the edges.
  if (!comes_back && within(sweep_.indirect_jumps)) {
    const auto& edges = made_.functions[function].edges;
    comes_back = std::none_of(edges.begin(), edges.end(),
                              [](const Edge& e) { return e.imported && e.kind == EdgeKind::Jump; });
  }
  return returns_[function] = comes_back;
}

void Making::find_stops() {
  for (std::uint32_t f = 0; f < made_.functions.size(); ++f) {
    for (const Edge& edge : made_.functions[f].edges) {
      if (edge.kind != EdgeKind::Call) continue;
      if (edge.imported ? never_returns(made_.imports[edge.to]) : !returns(edge.to))
        stops_.push_back(edge.at);
    }
  }
  std::sort(stops_.begin(), stops_.end());
}

// Hand-written code keeps tables among its instructions: what the unwinder does not know, and what
// is not all instructions, and gives no number, is no code.
bool Making::is_table(std::uint64_t at) const {
  if (image_.frames.empty() || in_a_frame(image_, at)) return false;
  const std::uint32_t f = local(at);
  if (f == kNobody) return true;
  const Range range = sweep_.functions[f];
  const auto it = std::lower_bound(sweep_.invalid.begin(), sweep_.invalid.end(), range.start);
  return it != sweep_.invalid.end() && *it < range.end;
}

void Making::sites() {
  const Convention& convention = convention_of(image_.arch);
  find_stops();
  search_.emplace(image_, decoder_, sweep_, stops_);
  for (const std::uint64_t at : sweep_.kernel_entries) {
    const bool compat =
        image_.arch == kernel::Arch::X86_64 && image_.at(at).substr(0, 2) == "\xcd\x80";
    const Found found = search_->find(at, convention.number);
    if (found.values.empty() && is_table(at)) continue;
    record(at, found, compat);
  }
  // syscall(2) of another library: its stub's callers, and calls through the GOT, hand the number.
  if (const auto import = import_index_.find("syscall"); import != import_index_.end()) {
    for (const Transfer& use : sweep_.slots) {
      const auto relocation = by_place_.find(use.target);
      if (use.kind == EdgeKind::Takes || relocation == by_place_.end() ||
          !relocation->second->symbol)
        continue;
      if (image_.symbols[relocation->second->symbol].name == "syscall")
        argument_at(use.at, convention.wrapper_number);
    }
  }
  follow_parameters();
  add_setxid_numbers(made_);
}

Module Making::run() {
  header();
  functions();
  names();
  imports();
  edges();
  data_pointers();
  sites();
  const bool asks = import_index_.contains("dlsym") || import_index_.contains("dlvsym");
  const bool answers = std::any_of(made_.exports.begin(), made_.exports.end(), [](const Export& e) {
    return e.name == "dlsym" || e.name == "__libc_early_init";
  });
  made_.looks_up_names = asks || answers || (image_.needed.empty() && image_.interpreter.empty());
  Strings strings = read_strings(image_, made_.looks_up_names);
  made_.libraries_named = std::move(strings.libraries);
  made_.symbols_named = std::move(strings.symbols);
  return std::move(made_);
}

}  // namespace

Result<Module> read_module(const Image& image, const std::string& name) {
  auto decoder = Decoder::make(image.arch, image.got, !image.position_independent);
  if (!decoder) return fail(decoder.error());
  return Making(image, **decoder, name).run();
}

}  // namespace medic::elf
