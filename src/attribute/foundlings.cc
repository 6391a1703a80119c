#include "attribute/foundlings.h"

#include <algorithm>

namespace medic::attribute {
namespace {

constexpr std::int64_t kExact = 2000;  // lines: a birth that is known no better orders no others
constexpr std::int64_t kStep = 256;    // numbers: a greater step back is the kernel beginning anew at pid_max
constexpr std::size_t kMaxNeighbours = 64;
constexpr std::size_t kMaxClones = 4096;  // looked at for one birth
constexpr std::size_t kMaxParents = 16;   // more that could be it tell nothing

bool is_timed(const Life& life) { return life.first_time.basis == model::Time::Basis::Epoch; }

}  // namespace

Foundlings::Foundlings(const ProcessTable& table, const KnownTasks& tasks, const ParentOf& parent) : table_(table) {
  gather_families(parent);
  gather_births();
  gather_kin();
  for (const KnownTask& task : tasks.all()) {
    if (!task.exe.empty() && task.host_numbers) kin_[task.exe].push_back({task.pid, kNoLife, &task});
  }
  for (auto& [program, kin] : kin_)
    std::stable_sort(kin.begin(), kin.end(), [](const Kin& a, const Kin& b) { return a.pid < b.pid; });
}

Foundlings::Clock Foundlings::clock_of(const model::Origin& origin) {
  return (static_cast<Clock>(origin.input) << 40) + static_cast<Clock>(origin.line);
}

// What a fork keeps of its parent for certain.
std::string Foundlings::program_of(const Life& life) const { return life.exe; }

bool Foundlings::is_one(LifeIndex index) const {
  const Life& life = table_.lives()[index];
  return life.kernel_numbers && !parent_known_[index] && life.first_ppid < 0 && life.execs == 0 && !life.exe.empty() &&
         is_timed(life);
}

void Foundlings::gather_families(const ParentOf& parent) {
  const auto& lives = table_.lives();
  parent_known_.resize(lives.size());
  for (const BirthClaim& claim : table_.claims()) families_[claim.parent].clones.push_back(clock_of(claim.origin));
  for (LifeIndex i = 0; i < lives.size(); ++i) {
    const LifeIndex up = parent(i);
    parent_known_[i] = up != kNoLife;
    const auto family = up == kNoLife ? families_.end() : families_.find(up);
    if (family != families_.end()) family->second.children.push_back(i);
  }
  for (auto& [index, family] : families_) {
    std::sort(family.clones.begin(), family.clones.end());
    std::sort(family.children.begin(), family.children.end(),
              [&](LifeIndex a, LifeIndex b) { return lives[a].pid < lives[b].pid; });
  }
  for (auto& [index, family] : families_)
    family.may_adopt =
        std::any_of(family.children.begin(), family.children.end(), [&](LifeIndex child) { return families_.count(child) != 0; });
  for (const BirthClaim& claim : table_.claims()) {
    const Life& from = lives[claim.parent];
    // What a runtime's clone returned is the host's own number: no order is needed.
    if (from.runtime == nullptr && !is_runtime_name(from.comm) && !from.exe.empty())
      clones_[program_of(from)].push_back({clock_of(claim.origin), claim.parent});
  }
  for (auto& [program, clones] : clones_)
    std::stable_sort(clones.begin(), clones.end(), [](const Clone& a, const Clone& b) { return a.at < b.at; });
}

// The n-th child by number was made by the n-th clone or a later one, if no child is an orphan that was another's.
void Foundlings::gather_births() {
  std::vector<Birth> births;
  for (const auto& [index, family] : families_) {
    for (std::size_t n = 0; n < family.children.size() && n < family.clones.size(); ++n) {
      const Life& child = table_.lives()[family.children[n]];
      const Birth birth{child.pid, family.may_adopt ? family.clones.front() : family.clones[n], clock_of(child.first)};
      if (birth.latest - birth.earliest <= kExact && birth.earliest - birth.latest <= kExact) births.push_back(birth);
    }
  }
  std::sort(births.begin(), births.end(),
            [](const Birth& a, const Birth& b) { return std::pair(a.earliest, a.pid) < std::pair(b.earliest, b.pid); });
  std::int64_t highest = -1;
  for (const Birth& birth : births) {
    if (epochs_.empty() || birth.pid < highest - kStep) {
      epochs_.emplace_back();
      highest = -1;
    }
    epochs_.back().push_back(birth);
    highest = std::max(highest, birth.pid);
  }
  for (Epoch& epoch : epochs_)
    std::sort(epoch.begin(), epoch.end(), [](const Birth& a, const Birth& b) { return a.pid < b.pid; });
}

void Foundlings::gather_kin() {
  const auto& lives = table_.lives();
  for (LifeIndex i = 0; i < lives.size(); ++i) {
    const Life& life = lives[i];
    if (life.kernel_numbers && !life.exe.empty() && !is_one(i) && life.runtime == nullptr)
      kin_[program_of(life)].push_back({life.pid, i, nullptr});
  }
}

// When was its number given out? Between those of its neighbours, in each round of the numbers that there was.
std::vector<Foundlings::Window> Foundlings::windows_of(const Life& life, Clock disorder) const {
  std::vector<Window> out;
  const Clock heard = clock_of(life.first);
  for (const Epoch& epoch : epochs_) {
    const auto at = std::lower_bound(epoch.begin(), epoch.end(), life.pid,
                                     [](const Birth& birth, std::int64_t pid) { return birth.pid < pid; });
    Window window{0, heard};
    bool any = false;
    std::size_t steps = kMaxNeighbours;
    for (auto below = at; below != epoch.begin() && steps-- > 0;) {
      if ((--below)->earliest > heard + disorder) continue;
      window.from = std::max(window.from, below->earliest - disorder);
      any = true;
    }
    steps = kMaxNeighbours;
    for (auto above = at; above != epoch.end() && steps-- > 0; ++above) {
      if (above->pid == life.pid) continue;
      window.to = std::min(window.to, above->latest);
      any = true;
    }
    if (any && window.from <= window.to) out.push_back(window);
  }
  if (epochs_.empty()) out.push_back({0, heard});
  return out;
}

bool Foundlings::could_be(const Life& child, LifeIndex parent) const {
  const Life& from = table_.lives()[parent];
  constexpr std::int64_t kTick = 10'000'000;  // audit's clock is coarse
  return from.host == child.host && from.auid == child.auid && from.session == child.session && &from != &child &&
         (from.subject.empty() || child.subject.empty() || from.subject == child.subject) && is_timed(from) &&
         from.first_time.ns <= child.first_time.ns + kTick;
}

std::vector<LifeIndex> Foundlings::possible_parents(LifeIndex index, Clock disorder) const {
  std::vector<LifeIndex> out;
  const Life& life = table_.lives()[index];
  const auto found = clones_.find(program_of(life));
  if (found == clones_.end()) return out;
  std::size_t steps = kMaxClones;
  for (const Window& window : windows_of(life, disorder)) {
    const auto from = std::lower_bound(found->second.begin(), found->second.end(), window.from,
                                       [](const Clone& clone, Clock at) { return clone.at < at; });
    for (auto clone = from; clone != found->second.end() && clone->at <= window.to + disorder; ++clone) {
      if (steps-- == 0) return {};
      if (std::find(out.begin(), out.end(), clone->parent) != out.end() || !could_be(life, clone->parent)) continue;
      const Family& family = families_.at(clone->parent);
      if (!family.may_adopt && family.clones.size() <= family.children.size()) continue;
      out.push_back(clone->parent);
      if (out.size() > kMaxParents) return {};
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

Foundlings::Kindred Foundlings::kindred(LifeIndex index) const {
  Kindred out;
  const Life& life = table_.lives()[index];
  const auto found = kin_.find(program_of(life));
  if (found == kin_.end()) return out;
  const std::vector<Kin>& kin = found->second;
  const auto fits = [&](const Kin& each) {
    if (each.life != kNoLife) return could_be(life, each.life);
    return each.task->from_ns - each.task->slack_ns <= life.first_time.ns && life.first_time.ns < each.task->gone_ns &&
           (life.host.empty() || each.task->host.empty() || life.host == each.task->host);
  };
  const auto at =
      std::lower_bound(kin.begin(), kin.end(), life.pid, [](const Kin& each, std::int64_t pid) { return each.pid < pid; });
  std::size_t steps = kMaxClones;
  const auto full = [&](const std::vector<Kin>& side) {
    const bool is_full = side.size() >= kMaxNeighbours || steps-- == 0;
    out.complete = out.complete && !is_full;
    return is_full;
  };
  for (auto below = at; below != kin.begin() && !full(out.below);) {
    if (fits(*--below)) out.below.push_back(*below);
  }
  steps = kMaxClones;
  for (auto above = at; above != kin.end() && !full(out.above); ++above) {
    if (above->pid != life.pid && fits(*above)) out.above.push_back(*above);
  }
  return out;
}

}  // namespace medic::attribute
