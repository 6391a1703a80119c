#include "attribute/unknown_parents.h"

#include <algorithm>

namespace medic::attribute {
namespace {

constexpr std::int64_t kExact = 2000;  // lines: a birth that is known no better orders no others
constexpr std::int64_t kStep =
    256;  // numbers: a greater step back is the kernel beginning anew at pid_max
constexpr std::size_t kMaxNeighbours = 64;
constexpr std::size_t kMaxClones = 4096;  // looked at for one birth
constexpr std::size_t kMaxParents = 16;   // more that could be it say nothing

bool is_timed(const Process& process) {
  return process.first_time.basis == model::Time::Basis::Epoch;
}

}  // namespace

UnknownParents::UnknownParents(const ProcessTable& table, const KnownTasks& tasks,
                               const ParentOf& parent)
    : table_(table) {
  gather_families(parent);
  gather_births();
  gather_same_program();
  for (const KnownTask& task : tasks.all()) {
    if (!task.exe.empty() && task.host_numbers)
      kin_[task.exe].push_back({task.pid, kNoProcess, &task});
  }
  for (auto& [program, same_program] : kin_)
    std::stable_sort(same_program.begin(), same_program.end(),
                     [](const SameProgram& a, const SameProgram& b) { return a.pid < b.pid; });
}

UnknownParents::Clock UnknownParents::clock_of(const model::Origin& origin) {
  return (static_cast<Clock>(origin.input) << 40) + static_cast<Clock>(origin.line);
}

// What a fork keeps of its parent for certain.
std::string UnknownParents::program_of(const Process& process) const { return process.exe; }

bool UnknownParents::is_one(ProcessIndex index) const {
  const Process& process = table_.processes()[index];
  return process.kernel_numbers && !parent_known_[index] && process.first_ppid < 0 &&
         process.execs == 0 && !process.exe.empty() && is_timed(process);
}

void UnknownParents::gather_families(const ParentOf& parent) {
  const auto& processes = table_.processes();
  parent_known_.resize(processes.size());
  for (const BirthClaim& claim : table_.claims())
    families_[claim.parent].clones.push_back(clock_of(claim.origin));
  for (ProcessIndex i = 0; i < processes.size(); ++i) {
    const ProcessIndex up = parent(i);
    parent_known_[i] = up != kNoProcess;
    const auto family = up == kNoProcess ? families_.end() : families_.find(up);
    if (family != families_.end()) family->second.children.push_back(i);
  }
  for (auto& [index, family] : families_) {
    std::sort(family.clones.begin(), family.clones.end());
    std::sort(family.children.begin(), family.children.end(),
              [&](ProcessIndex a, ProcessIndex b) { return processes[a].pid < processes[b].pid; });
  }
  for (auto& [index, family] : families_)
    family.may_adopt = std::any_of(family.children.begin(), family.children.end(),
                                   [&](ProcessIndex child) { return families_.count(child) != 0; });
  for (const BirthClaim& claim : table_.claims()) {
    const Process& from = processes[claim.parent];
    // What a runtime's clone returned is the host's own number: no order is needed.
    if (from.runtime == nullptr && !is_runtime_name(from.comm) && !from.exe.empty())
      clones_[program_of(from)].push_back({clock_of(claim.origin), claim.parent});
  }
  for (auto& [program, clones] : clones_)
    std::stable_sort(clones.begin(), clones.end(),
                     [](const Clone& a, const Clone& b) { return a.at < b.at; });
}

// The n-th child by number was made by the n-th clone or a later one, if no child is an orphan that
// was another's.
void UnknownParents::gather_births() {
  std::vector<Birth> births;
  for (const auto& [index, family] : families_) {
    for (std::size_t n = 0; n < family.children.size() && n < family.clones.size(); ++n) {
      const Process& child = table_.processes()[family.children[n]];
      const Birth birth{child.pid, family.may_adopt ? family.clones.front() : family.clones[n],
                        clock_of(child.first)};
      if (birth.latest - birth.earliest <= kExact && birth.earliest - birth.latest <= kExact)
        births.push_back(birth);
    }
  }
  std::sort(births.begin(), births.end(), [](const Birth& a, const Birth& b) {
    return std::pair(a.earliest, a.pid) < std::pair(b.earliest, b.pid);
  });
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
    std::sort(epoch.begin(), epoch.end(),
              [](const Birth& a, const Birth& b) { return a.pid < b.pid; });
}

void UnknownParents::gather_same_program() {
  const auto& processes = table_.processes();
  for (ProcessIndex i = 0; i < processes.size(); ++i) {
    const Process& process = processes[i];
    if (process.kernel_numbers && !process.exe.empty() && !is_one(i) && process.runtime == nullptr)
      kin_[program_of(process)].push_back({process.pid, i, nullptr});
  }
}

// When was its number given out? Between those of its neighbours, in each round of the numbers that
// there was.
std::vector<UnknownParents::Window> UnknownParents::windows_of(const Process& process,
                                                               Clock disorder) const {
  std::vector<Window> out;
  const Clock heard = clock_of(process.first);
  for (const Epoch& epoch : epochs_) {
    const auto at =
        std::lower_bound(epoch.begin(), epoch.end(), process.pid,
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
      if (above->pid == process.pid) continue;
      window.to = std::min(window.to, above->latest);
      any = true;
    }
    if (any && window.from <= window.to) out.push_back(window);
  }
  if (epochs_.empty()) out.push_back({0, heard});
  return out;
}

bool UnknownParents::could_be(const Process& child, ProcessIndex parent) const {
  const Process& from = table_.processes()[parent];
  constexpr std::int64_t kTick = 10'000'000;  // audit's clock is coarse
  return from.host == child.host && from.auid == child.auid && from.session == child.session &&
         &from != &child && (from.subj.empty() || child.subj.empty() || from.subj == child.subj) &&
         is_timed(from) && from.first_time.ns <= child.first_time.ns + kTick;
}

std::vector<ProcessIndex> UnknownParents::possible_parents(ProcessIndex index,
                                                           Clock disorder) const {
  std::vector<ProcessIndex> out;
  const Process& process = table_.processes()[index];
  const auto found = clones_.find(program_of(process));
  if (found == clones_.end()) return out;
  std::size_t steps = kMaxClones;
  for (const Window& window : windows_of(process, disorder)) {
    const auto from = std::lower_bound(found->second.begin(), found->second.end(), window.from,
                                       [](const Clone& clone, Clock at) { return clone.at < at; });
    for (auto clone = from; clone != found->second.end() && clone->at <= window.to + disorder;
         ++clone) {
      if (steps-- == 0) return {};
      if (std::find(out.begin(), out.end(), clone->parent) != out.end() ||
          !could_be(process, clone->parent))
        continue;
      const Family& family = families_.at(clone->parent);
      if (!family.may_adopt && family.clones.size() <= family.children.size()) continue;
      out.push_back(clone->parent);
      if (out.size() > kMaxParents) return {};
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

UnknownParents::Close UnknownParents::same_program(ProcessIndex index) const {
  Close out;
  const Process& process = table_.processes()[index];
  const auto found = kin_.find(program_of(process));
  if (found == kin_.end()) return out;
  const std::vector<SameProgram>& same_program = found->second;
  const auto fits = [&](const SameProgram& each) {
    if (each.process != kNoProcess) return could_be(process, each.process);
    return each.task->from_ns - each.task->slack_ns <= process.first_time.ns &&
           process.first_time.ns < each.task->gone_ns &&
           (process.host.empty() || each.task->host.empty() || process.host == each.task->host);
  };
  const auto at =
      std::lower_bound(same_program.begin(), same_program.end(), process.pid,
                       [](const SameProgram& each, std::int64_t pid) { return each.pid < pid; });
  std::size_t steps = kMaxClones;
  const auto full = [&](const std::vector<SameProgram>& side) {
    const bool is_full = side.size() >= kMaxNeighbours || steps-- == 0;
    out.complete = out.complete && !is_full;
    return is_full;
  };
  for (auto below = at; below != same_program.begin() && !full(out.below);) {
    if (fits(*--below)) out.below.push_back(*below);
  }
  steps = kMaxClones;
  for (auto above = at; above != same_program.end() && !full(out.above); ++above) {
    if (above->pid != process.pid && fits(*above)) out.above.push_back(*above);
  }
  return out;
}

}  // namespace medic::attribute
