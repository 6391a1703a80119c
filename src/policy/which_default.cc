#include "policy/which_default.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "kernel/capability.h"

namespace medic::profile {
namespace {

using kernel::Arch;
using kernel::LibseccompVersion;
using Outcome = SeenCall::Outcome;

// One release for each different set of names that libseccomp resolves (kernel/syscalls.h), the
// newest first.
constexpr LibseccompVersion kLibseccomps[] = {LibseccompVersion{}, {2, 6, 1}, {2, 6, 0}, {2, 5, 5},
                                              {2, 5, 4},           {2, 5, 3}, {2, 5, 2}, {2, 5, 0},
                                              {2, 4, 2},           {2, 4, 0}, {2, 3, 3}, {2, 3, 2}};
constexpr LibseccompVersion kOldestLibseccomp{2, 3, 2};
constexpr KernelVersion kOldKernel{3, 10};  // older than any minKernel of the table
constexpr std::size_t kMostDeciding = 5;    // named calls; more help nobody

std::set<std::string> every_capability() {
  std::set<std::string> out;
  for (int number = 0; !kernel::capability_name(number).empty(); ++number)
    out.emplace(kernel::capability_name(number));
  return out;
}

// The context's own capabilities first; then the extremes between which every gate of the table
// opens and shuts.
std::vector<Context> capability_worlds(const Surroundings& around) {
  std::vector<Context> out{around.context};
  if (around.caps_known) return out;
  Context all = around.context, none = around.context;
  all.caps = every_capability();
  none.caps.clear();
  Context old = none;
  old.kernel = kOldKernel;
  out.insert(out.end(), {all, none, old});
  return out;
}

// A content under one runtime and one libseccomp, with the capabilities that are needed made when
// they are.
class World {
 public:
  World(const Profile& profile, const std::vector<Context>& contexts, Runtime runtime,
        LibseccompVersion libseccomp)
      : profile_(profile),
        contexts_(contexts),
        runtime_(runtime),
        libseccomp_(libseccomp),
        evaluators_(contexts.size()) {}

  // Nothing where the engine would refuse the profile there.
  std::optional<Verdict> verdict(std::size_t caps, const kernel::Call& call) {
    auto& evaluator = evaluators_[caps];
    if (!evaluator) {
      Context context = contexts_[caps];
      context.runtime = runtime_;
      context.libseccomp = libseccomp_;
      context.judge = nullptr;
      auto made = Evaluator::make(profile_, context);
      if (!made) return std::nullopt;
      evaluator.emplace(std::move(*made));
    }
    return evaluator->evaluate(call);
  }
  std::size_t caps_count() const { return contexts_.size(); }

 private:
  const Profile& profile_;
  const std::vector<Context>& contexts_;
  Runtime runtime_;
  LibseccompVersion libseccomp_;
  std::vector<std::optional<Evaluator>> evaluators_;
};

bool is_open(const Verdict& verdict) {
  return verdict.decision == Decision::Depends || verdict.mixed;
}

// Could the call have come out like this?
bool agrees(const SeenCall& seen, const Verdict& verdict) {
  if (is_open(verdict)) return true;
  if (kernel::lets_run(verdict.action)) return seen.outcome != Outcome::Refused;
  if (seen.outcome == Outcome::Passed) return false;
  if ((verdict.action != kernel::Action::Errno) != seen.killed) return false;
  return seen.errno_value == 0 || verdict.action != kernel::Action::Errno ||
         verdict.errno_value == seen.errno_value;
}

// A profile cut down to what can matter to the calls that were seen, and the releases of libseccomp
// that can make a difference.
class Reduced {
 public:
  Reduced(Profile profile, const std::vector<SeenCall>& seen)
      : profile_(std::move(profile)), seen_(seen) {
    for (const SeenCall& each : seen) {
      archs_.insert(each.call.id.arch);
      if (const kernel::NameId name = kernel::name_at(each.call.id); name != kernel::kNoName)
        names_.insert(name);
    }
    cut_architectures();
    cut_names();
  }
  const Profile& profile() const { return profile_; }

  // Of those that resolve the same seen names and lead to the same stub the newest stands for all.
  std::vector<LibseccompVersion> libseccomps() const {
    std::vector<LibseccompVersion> out;
    std::set<std::vector<bool>> known;
    for (const LibseccompVersion version : kLibseccomps) {
      if (known.insert(signature(version)).second) out.push_back(version);
    }
    return out;
  }

 private:
  using Largest = std::map<Arch, std::int32_t>;

  void cut_architectures() {
    for (ArchMapEntry& entry : profile_.arch_map)
      std::erase_if(entry.sub_architectures, [&](Arch arch) { return !archs_.contains(arch); });
  }

  static void raise(Largest& largest, Arch arch, kernel::NameId name) {
    if (const auto number = kernel::number_of(name, arch))
      largest[arch] = std::max(largest[arch], *number);
  }

  // runc's stub stands above the largest number, so the names that may be the largest stay too:
  // those that only a newer libseccomp resolves, and the largest of the others in each rule.
  void cut_names() {
    for (Rule& rule : profile_.rules) {
      std::vector<kernel::NameId> ids;
      Largest largest;
      for (const Name& each : rule.names) {
        ids.push_back(kernel::find_name(each.text));
        if (!is_old(ids.back())) continue;
        for (const Arch arch : archs_) raise(largest, arch, ids.back());
      }
      std::vector<Name> kept;
      for (std::size_t i = 0; i < ids.size(); ++i) {
        const bool is_largest = std::any_of(largest.begin(), largest.end(), [&](const auto& each) {
          return kernel::number_of(ids[i], each.first) == each.second;
        });
        if (!is_old(ids[i]) || names_.contains(ids[i]) || is_largest)
          kept.push_back(std::move(rule.names[i]));
      }
      rule.names = std::move(kept);
    }
  }

  static bool is_old(kernel::NameId name) {
    return name != kernel::kNoName && kernel::known_to_libseccomp(name, kOldestLibseccomp);
  }

  std::vector<bool> signature(LibseccompVersion version) const {
    Largest always, sometimes;  // sometimes: where the rules that a gate may shut count too
    for (const Rule& rule : profile_.rules) {
      for (const Name& each : rule.names) {
        const kernel::NameId name = kernel::find_name(each.text);
        if (name == kernel::kNoName || !kernel::known_to_libseccomp(name, version)) continue;
        for (const Arch arch : archs_) {
          raise(sometimes, arch, name);
          if (rule.includes.empty() && rule.excludes.empty()) raise(always, arch, name);
        }
      }
    }
    std::vector<bool> out;
    for (const SeenCall& each : seen_) {
      const kernel::NameId name = kernel::name_at(each.call.id);
      out.push_back(name == kernel::kNoName || kernel::known_to_libseccomp(name, version));
      out.push_back(each.call.id.number > always[each.call.id.arch]);
      out.push_back(each.call.id.number > sometimes[each.call.id.arch]);
    }
    return out;
  }

  Profile profile_;
  const std::vector<SeenCall>& seen_;
  std::set<Arch> archs_;
  std::set<kernel::NameId> names_;
};

class Search {
 public:
  Search(const std::vector<SeenCall>& seen, const Surroundings& around)
      : seen_(seen), around_(around), contexts_(capability_worlds(around)) {
    order_.resize(seen.size());
    for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = i;
  }

  // Nothing: no world makes the content agree; `against` gets the call that says so.
  std::optional<Fit> try_content(std::size_t content, std::size_t& against) {
    Problems ignored;
    auto whole = read_profile(write_default_profile(content), {}, ignored);
    if (!whole) return std::nullopt;
    const Reduced reduced(std::move(*whole), seen_);
    const Profile& profile = reduced.profile();
    std::optional<std::size_t> first_against;
    for (const LibseccompVersion libseccomp : libseccomps(reduced)) {
      for (const Runtime runtime : runtimes()) {
        World world(profile, contexts_, runtime, libseccomp);
        const auto failed = contradiction(world);
        if (!failed) return fit(world, content, runtime, libseccomp);
        if (!first_against) first_against = failed;
        if (is_same_everywhere(profile, seen_[*failed])) {
          against = *failed;
          return std::nullopt;
        }
      }
    }
    against = first_against.value_or(0);
    return std::nullopt;
  }

 private:
  std::vector<Runtime> runtimes() const {
    if (around_.runtime_known) return {around_.context.runtime};
    return {Runtime::Runc, Runtime::Crun};  // without a stub runc is as crun
  }

  std::vector<LibseccompVersion> libseccomps(const Reduced& reduced) const {
    if (around_.libseccomp_known) return {around_.context.libseccomp};
    return reduced.libseccomps();
  }

  bool agrees_somehow(World& world, const SeenCall& seen) const {
    for (std::size_t caps = 0; caps < world.caps_count(); ++caps) {
      const auto verdict = world.verdict(caps, seen.call);
      if (verdict && agrees(seen, *verdict)) return true;
    }
    return false;
  }

  // The first call that could not have come out so. What spoke against one content is asked first
  // of the next.
  std::optional<std::size_t> contradiction(World& world) {
    for (std::size_t i = 0; i < order_.size(); ++i) {
      if (agrees_somehow(world, seen_[order_[i]])) continue;
      const std::size_t found = order_[i];
      std::rotate(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(i),
                  order_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      return found;
    }
    return std::nullopt;
  }

  // A call that the oldest libseccomp knows, and that is below the smallest stub, means the same
  // under any runtime.
  bool is_same_everywhere(const Profile& profile, const SeenCall& seen) const {
    const kernel::NameId name = kernel::name_at(seen.call.id);
    if (name == kernel::kNoName || !kernel::known_to_libseccomp(name, kOldestLibseccomp))
      return false;
    World oldest(profile, contexts_, Runtime::Runc, kOldestLibseccomp);
    for (std::size_t caps = 0; caps < oldest.caps_count(); ++caps) {
      const auto verdict = oldest.verdict(caps, seen.call);
      if (!verdict || verdict->decision == Decision::RuntimeEnosys || agrees(seen, *verdict))
        return false;
    }
    return true;
  }

  Fit fit(World& world, std::size_t content, Runtime runtime, LibseccompVersion libseccomp) const {
    Fit out{content,    runtime,
            libseccomp, around_.libseccomp_known || libseccomp == LibseccompVersion{},
            true,       0};
    for (const SeenCall& each : seen_) {
      const auto verdict = world.verdict(0, each.call);
      if (!verdict || !agrees(each, *verdict)) out.usual_caps = false;
      if (verdict && each.outcome == Outcome::Either && !is_open(*verdict) &&
          !kernel::lets_run(verdict->action))
        ++out.explains;
    }
    return out;
  }

  const std::vector<SeenCall>& seen_;
  const Surroundings& around_;
  std::vector<Context> contexts_;
  std::vector<std::size_t> order_;
};

// The releases of an engine come in the order of its table; a later place is a newer release.
std::size_t newest_place(const Engine& engine, std::size_t content) {
  for (std::size_t i = engine.shipped.size(); i > 0; --i) {
    if (engine.shipped[i - 1].content == content) return i;
  }
  return 0;
}

const Engine* first_with(const std::vector<const Engine*>& engines, std::size_t content) {
  for (const Engine* engine : engines) {
    if (newest_place(*engine, content) != 0) return engine;
  }
  return nullptr;
}

void sort_fits(Match& match) {
  const auto rank = [&](const Fit& fit) {
    const Engine* engine = first_with(match.engines, fit.content);
    const auto place =
        std::find(match.engines.begin(), match.engines.end(), engine) - match.engines.begin();
    return std::tuple(
        !fit.usual_libseccomp, -static_cast<std::ptrdiff_t>(fit.explains), !fit.usual_caps, place,
        -static_cast<std::ptrdiff_t>(engine == nullptr ? 0 : newest_place(*engine, fit.content)));
  };
  std::stable_sort(match.fits.begin(), match.fits.end(),
                   [&](const Fit& a, const Fit& b) { return rank(a) < rank(b); });
}

std::string name_of(const SeenCall& seen) {
  const std::string_view name = kernel::known_name(seen.call.id);
  return name.empty() ? fmt::format("call {}", seen.call.id.number) : std::string(name);
}

}  // namespace

const Engine* Match::best_engine() const {
  return fits.empty() ? nullptr : first_with(engines, fits.front().content);
}

std::string Match::best_name() const {
  const Engine* engine = best_engine();
  if (engine == nullptr) return {};
  return fmt::format("{}@{}", engine->name,
                     engine->shipped[newest_place(*engine, fits.front().content) - 1].text);
}

Match which_default(const std::vector<SeenCall>& seen, const Surroundings& around) {
  Match out;
  out.engines = around.engines;
  if (out.engines.empty()) {
    for (const Engine& engine : all_engines()) out.engines.push_back(&engine);
  }
  std::set<std::size_t> contents;
  for (const Engine* engine : out.engines) {
    for (const Engine::Shipped& each : engine->shipped) contents.insert(each.content);
  }
  out.considered = contents.size();
  Search search(seen, around);
  std::map<std::string, std::size_t> ruled_out;
  for (const std::size_t content : contents) {
    std::size_t against = 0;
    if (auto fit = search.try_content(content, against))
      out.fits.push_back(*fit);
    else if (!seen.empty())
      ++ruled_out[name_of(seen[against])];
  }
  sort_fits(out);
  std::vector<std::pair<std::string, std::size_t>> by_weight(ruled_out.begin(), ruled_out.end());
  std::stable_sort(by_weight.begin(), by_weight.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (auto& [name, count] : by_weight) out.deciding.push_back(std::move(name));
  return out;
}

std::string describe(const Match& match) {
  std::vector<std::string> shown(
      match.deciding.begin(), match.deciding.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                           match.deciding.size(), kMostDeciding)));
  const std::string more = match.deciding.size() > shown.size()
                               ? fmt::format(" and {} more", match.deciding.size() - shown.size())
                               : "";
  const std::string calls = fmt::format("{}{}", fmt::join(shown, ", "), more);
  if (match.fits.empty())
    return fmt::format("none that is known: a custom profile ({})",
                       calls.empty() ? "nothing was compared" : fmt::format("by {}", calls));
  std::vector<std::size_t> contents;
  const bool usual = match.fits.front().usual_libseccomp;
  for (const Fit& fit : match.fits) {
    if (fit.usual_libseccomp == usual) contents.push_back(fit.content);
  }
  std::string out;
  for (const Engine* engine : match.engines) {
    const std::string releases = releases_of(*engine, contents);
    if (!releases.empty())
      out += fmt::format("{}{} {}", out.empty() ? "" : " or ", engine->title, releases);
  }
  if (!usual) out += " with an old libseccomp";
  if (usual && contents.size() < match.fits.size()) out += ", or others with an old libseccomp";
  if (match.deciding.empty()) return out + " (no call here distinguishes them)";
  return out + fmt::format(" ({} call{} decide{}: {})", match.deciding.size(),
                           match.deciding.size() == 1 ? "" : "s",
                           match.deciding.size() == 1 ? "s" : "", calls);
}

}  // namespace medic::profile
