#include "attribute/attribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "attribute/claims.h"
#include "attribute/container_book.h"
#include "attribute/parent_inference.h"
#include "attribute/known_tasks.h"
#include "attribute/parents.h"

namespace medic::attribute {
namespace {

using model::Certainty;
using Role = RuntimeCommand::Role;

constexpr int kMaxClimb = 256;  // deeper trees are made to make us climb

// Its own name, and that of the sealed copy of itself that it runs.
bool is_runtime_program(std::string_view comm, std::string_view exe) {
  if (!may_be_runtime_exe(exe)) return false;
  return is_runtime_init_comm(comm) || comm == "crun" || comm == "runc" ||
         comm == "memfd:crun_clon" || comm == "memfd:runc_clon" || exe == "/";
}

}  // namespace

class Attribution::Join {
 public:
  Join(const ProcessTable& table, const SideFacts& facts)
      : table_(table),
        facts_(facts),
        book_(facts),
        tasks_(facts, book_),
        parents_(table),
        claims_(table, book_, tasks_),
        inferred_parents_(table, tasks_, [this](ProcessIndex index) { return parent(index); }) {
    is_silent_ = facts.empty() && std::none_of(table.processes().begin(), table.processes().end(),
                                               [](const Process& process) {
                                                 return process.placement != nullptr ||
                                                        process.runtime != nullptr;
                                               });
    const std::size_t count = table.processes().size();
    lineage_.resize(count);
    whole_.resize(count);
    untimed_.resize(count);
    inferred_parents_.ask(
        [this](ProcessIndex index, const model::Time& when) { return told_owner(index, when); },
        [this](ProcessIndex index) { return is_executed(index); },
        [this](ProcessIndex index) {
          const Process& process = table_.processes()[index];
          return claims_.at_that_time(process, process.first_time, process.first_time).second >=
                 Fit::After;
        });
  }

  const Owner* owner(ProcessIndex index, const model::Time& first, const model::Time& last) {
    if (is_silent_ || index == kNoProcess || index >= table_.processes().size()) return nullptr;
    const Process& process = table_.processes()[index];
    const auto windowed = claims_.at_that_time(process, first, last);
    std::optional<const Owner*>& known =
        windowed.first == nullptr
            ? untimed_[index]
            : cache_[{index, windowed.first, static_cast<int>(windowed.second)}];
    if (!known) known = resolved(index, windowed);
    return *known;
  }

  const Owner* resolved(ProcessIndex index, const Claims::Windowed& windowed) {
    const Process& process = table_.processes()[index];
    std::vector<Owner> claims = claims_.own(process);
    if (Owner timed = Claims::timed(process, windowed.first, windowed.second); is_some(timed))
      claims.push_back(std::move(timed));
    claims_.add_label(process, claims);
    if (const Owner& inherited = lineage(index); is_some(inherited))
      claims.push_back(inherited);
    else if (claims.empty())
      add_inferred_parent_claim(index, claims);
    claims_.add_weak(process, claims);
    return keep(resolve(std::move(claims)));
  }

  const Owner* whole(ProcessIndex index) {
    if (index == kNoProcess || index >= table_.processes().size()) return nullptr;
    if (!whole_[index])
      whole_[index] =
          owner(index, table_.processes()[index].first_time, table_.processes()[index].last_time);
    return *whole_[index];
  }

  std::string missing(ProcessIndex index) const {
    if (index == kNoProcess) return "the log does not say which process it was";
    const Process& process = table_.processes()[index];
    std::string out =
        fmt::format("neither process {} nor one that it comes from is named by ", process.pid);
    out += facts_.empty() ? "anything that knows containers" : "a side file at that time";
    std::string would = facts_.snapshots.empty()
                            ? "a file of scripts/snapshot-containers from while it ran (--snapshot)"
                            : "a snapshot taken while it ran";
    if (process.first_ppid < 0)
      would += ", or audit rules for execve, clone and exit_group, which say parents,";
    return out + "; " + would + " would have said";
  }

  Stage stage(ProcessIndex index, Phase phase, std::string_view comm, std::string_view exe) {
    if (is_runtime_program(comm, exe) && phase != Phase::FilteredExec) return Stage::RuntimeInit;
    if (index == kNoProcess || index >= table_.processes().size()) return Stage::Application;
    const Process& process = table_.processes()[index];
    // A trace: between loading the filter and executing the program, in the process that does both.
    if (phase == Phase::Filtered && process.filter_seen && process.phase == Phase::FilteredExec)
      return Stage::RuntimeInit;
    return is_executed(index) ? Stage::Executed : Stage::Application;
  }

  ProcessIndex parent(ProcessIndex index) const { return parents_.of(index); }

  std::vector<std::int64_t> ancestry(ProcessIndex index) const {
    std::vector<std::int64_t> out;
    const auto add = [&](std::int64_t pid) {
      if (pid > 0 && std::find(out.begin(), out.end(), pid) == out.end()) out.push_back(pid);
    };
    for (int i = 0; i < kMaxClimb && index != kNoProcess; ++i) {
      const Process& process = table_.processes()[index];
      for (const std::int64_t pid : {process.pid, process.first_ppid, process.ppid}) add(pid);
      index = parent(index);
      if (index != kNoProcess) continue;
      const KnownTask* task =
          tasks_.at(process.pid, process.host, process.first_time, process.last_time).first;
      if (task == nullptr && process.first_ppid > 0)
        task = tasks_.at(process.first_ppid, process.host, process.first_time, process.first_time)
                   .first;
      for (int j = 0; j < kMaxClimb && task != nullptr; ++j, task = tasks_.parent(*task)) {
        add(task->pid);
        add(task->ppid);
      }
    }
    return out;
  }

  const ProcessTable& table() const { return table_; }
  bool has_side_facts() const { return !facts_.empty(); }

  bool speaks_of_containers() const {
    return !facts_.empty() ||
           std::any_of(
               table_.processes().begin(), table_.processes().end(), [](const Process& process) {
                 return process.was_runtime_init || !process.place().container_id.empty() ||
                        !process.place().container_name.empty() || !process.place().pod.empty() ||
                        (process.runtime && !process.runtime->id.empty());
               });
  }

 private:
  struct Lineage {
    bool known = false;
    bool executed = false;
    ProcessIndex root = kNoProcess;  // where the climb ended
    Owner owner;
  };
  struct CacheKey {
    ProcessIndex process;
    const KnownTask* task;
    int fit;
    friend auto operator<=>(const CacheKey&, const CacheKey&) = default;
  };

  // The nearest ancestor that says. Every process passed on the way gets the answer too.
  const Owner& lineage(ProcessIndex index) {
    if (lineage_[index].known) return lineage_[index].owner;
    std::vector<ProcessIndex> path;
    Lineage found;
    bool guessed = false;
    ProcessIndex at = index;
    for (int i = 0; i < kMaxClimb; ++i) {
      if (lineage_[at].known) {
        found = lineage_[at];
        break;
      }
      path.push_back(at);
      const Process& process = table_.processes()[at];
      guessed = guessed || process.parent_guessed;
      const ProcessIndex up = parent(at);
      if (up == kNoProcess || std::find(path.begin(), path.end(), up) != path.end()) {
        found = from_task(process);
        if (!is_some(found.owner)) found = from_creator(at);
        found.root = at;
        break;
      }
      if (step_up(process, up, found)) break;
      at = up;
    }
    if (guessed && is_some(found.owner)) {
      found.owner.certainty = Certainty::Suspected;
      found.owner.reason += "; which process is whose child is a guess";
    }
    found.known = true;
    for (const ProcessIndex each : path) lineage_[each] = found;
    return lineage_[index].owner;
  }

  // What evidence speaks of it, without guessing by births and names.
  std::optional<Owner> told_owner(ProcessIndex index, const model::Time& when) {
    const Process& process = table_.processes()[index];
    const auto windowed = claims_.at_that_time(process, when, when);
    std::vector<Owner> claims = claims_.own(process);
    if (Owner timed = Claims::timed(process, windowed.first, windowed.second); is_some(timed))
      claims.push_back(std::move(timed));
    claims_.add_label(process, claims);
    if (const Owner& inherited = lineage(index); is_some(inherited)) claims.push_back(inherited);
    return resolve(std::move(claims));
  }

  void add_inferred_parent_claim(ProcessIndex index, std::vector<Owner>& claims) {
    const ProcessIndex root = lineage_[index].root;
    if (root == kNoProcess || !inferred_parents_.has_unknown_parent(root)) return;
    const InferredParented& found = inferred_parents_.of(root);
    if (!is_some(found.owner)) return;
    claims.push_back(found.owner);
    if (root != index)
      claims.back().reason = fmt::format("it comes from process {}: {}",
                                         table_.processes()[root].pid, found.owner.reason);
  }

  // Does the parent resolve it? True also where it resolves that nothing is inherited.
  bool step_up(const Process& process, ProcessIndex up, Lineage& found) {
    const Process& from = table_.processes()[up];
    const model::Time& when = process.first_time;
    if (from.runtime != nullptr && from.runtime->role != Role::Init &&
        from.runtime->role != Role::Release) {
      found = from_command(*from.runtime, from.pid);
      return true;
    }
    const auto windowed = claims_.at_that_time(from, when, when);
    std::vector<Owner> claims = claims_.own(from);
    if (Owner timed = Claims::timed(from, windowed.first, windowed.second); is_some(timed))
      claims.push_back(std::move(timed));
    claims_.add_label(from, claims);
    const auto owner = resolve(std::move(claims));
    if (!owner) return false;
    // A unit's children may be runtimes: being a descendant of containerd.service says nothing.
    if (owner->is_container())
      found.owner =
          with(*owner, std::max(owner->certainty, Certainty::Inferred),
               fmt::format("it comes from process {}, of which {}", from.pid, owner->reason));
    found.executed = windowed.first != nullptr && windowed.first->executed;
    return true;
  }

  Lineage from_command(const RuntimeCommand& command, std::int64_t pid) const {
    Lineage out;
    out.executed = command.role == Role::Exec;
    if (command.id.empty()) return out;
    Owner owner;
    if (command.role == Role::Shim && command.pod) {
      owner = book_.by_id(command.id, "");
      if (owner.pod.empty()) return out;  // the sandbox, of whose pod nothing is known
      const std::string pod = owner.pod;
      owner = Owner{};
      owner.pod = pod;
      owner.engine = "kubernetes";
      owner.key = "pod " + pod;
    } else {
      owner = book_.by_id(command.id, command.engine == "conmon"            ? "podman"
                                      : command.engine == "containerd-shim" ? "containerd"
                                                                            : command.engine);
      if (owner.name.empty()) owner.name = command.name;
    }
    static constexpr std::string_view kDid[] = {
        "", "started", "executed something into", "", "watches", "watches", ""};
    out.owner = with(std::move(owner), Certainty::Inferred,
                     fmt::format("its parent, {} (process {}), {} this container", command.engine,
                                 pid, kDid[static_cast<std::size_t>(command.role)]));
    return out;
  }

  // The parent is not in the log: does a side file know it?
  Lineage from_task(const Process& process) const {
    if (process.first_ppid <= 0 || facts_.empty() || !process.kernel_numbers) return {};
    auto [task, how] =
        tasks_.at(process.first_ppid, process.host, process.first_time, process.first_time);
    const bool after = how == Fit::After;
    if (how == Fit::No || how == Fit::Partly) return {};
    for (int i = 0; i < kMaxClimb && task != nullptr; ++i) {
      if (!task->host_numbers) return {};
      if (task->command.role != Role::None && task->command.role != Role::Init &&
          task->command.role != Role::Release)
        return from_command(task->command, task->pid);
      if (!task->helps.empty())
        return from_command({Role::Monitor, "conmon", task->helps, "", false}, task->pid);
      if (is_some(task->owner)) {
        Lineage out;
        out.executed = task->executed;
        if (!task->owner.is_container()) return {};
        out.owner =
            with(task->owner, Certainty::Inferred,
                 fmt::format("its parent, process {}, is in this container as {} says{}", task->pid,
                             task->source, after ? ", which was written before" : ""));
        return out;
      }
      task = tasks_.parent(*task);
    }
    return {};
  }

  // Its parent has ended: whoever created the container.
  Lineage from_creator(ProcessIndex index) const {
    const ProcessIndex creator = parents_.creator_of(index);
    if (creator == kNoProcess) return {};
    const Process& create = table_.processes()[creator];
    Lineage out = from_command(*create.runtime, create.pid);
    out.owner.certainty = Certainty::Suspected;
    out.owner.reason = fmt::format(
        "its number follows that of {} (process {}), which created this container, and it began "
        "when that was started",
        create.runtime->engine, create.pid);
    return out;
  }

  bool is_executed(ProcessIndex index) {
    if (is_silent_) return false;
    const Process& process = table_.processes()[index];
    lineage(index);
    if (lineage_[index].executed) return true;
    const ProcessIndex root = lineage_[index].root;
    if (!is_some(lineage_[index].owner) && root != kNoProcess &&
        inferred_parents_.has_unknown_parent(root) && inferred_parents_.of(root).executed)
      return true;
    const auto windowed = claims_.at_that_time(process, process.first_time, process.last_time);
    return windowed.first != nullptr && windowed.second >= Fit::After && process.kernel_numbers &&
           windowed.first->executed;
  }

  const Owner* keep(std::optional<Owner> owner) {
    if (!owner) return nullptr;
    // Processes are many and owners few.
    std::string text =
        owner->key + '\n' + owner->reason + '\n' + std::string(name(owner->certainty));
    for (const std::string& each : owner->contradictions) text += '\n' + each;
    const auto [at, is_new] = stored_.try_emplace(std::move(text), nullptr);
    if (is_new) at->second = std::make_unique<Owner>(std::move(*owner));
    return at->second.get();
  }

  const ProcessTable& table_;
  const SideFacts& facts_;
  bool is_silent_ = false;  // nothing names an owner or a runtime: no process has an owner
  const ContainerBook book_;
  const KnownTasks tasks_;
  const Parents parents_;
  const Claims claims_;
  InferredParents inferred_parents_;
  std::vector<Lineage> lineage_;
  std::vector<std::optional<const Owner*>> whole_;
  // Owners that were resolved: where no side file's task is of that time, and where one is.
  // References into them stay good.
  std::vector<std::optional<const Owner*>> untimed_;
  std::map<CacheKey, std::optional<const Owner*>> cache_;
  std::map<std::string, std::unique_ptr<Owner>> stored_;
};

Attribution::Attribution(const ProcessTable& table, const SideFacts& facts)
    : join_(std::make_unique<Join>(table, facts)) {}
Attribution::~Attribution() = default;
Attribution::Attribution(Attribution&&) noexcept = default;

const Owner* Attribution::owner(ProcessIndex process, const model::Time& first,
                                const model::Time& last) const {
  return join_->owner(process, first, last);
}
const Owner* Attribution::owner(ProcessIndex process) const { return join_->whole(process); }
std::string Attribution::missing(ProcessIndex process) const { return join_->missing(process); }
Stage Attribution::stage(ProcessIndex process, Phase phase, std::string_view comm,
                         std::string_view exe) const {
  return join_->stage(process, phase, comm, exe);
}
ProcessIndex Attribution::parent(ProcessIndex process) const { return join_->parent(process); }
std::vector<std::int64_t> Attribution::ancestry(ProcessIndex process) const {
  return process == kNoProcess ? std::vector<std::int64_t>{} : join_->ancestry(process);
}
const ProcessTable& Attribution::table() const { return join_->table(); }
bool Attribution::has_side_facts() const { return join_->has_side_facts(); }
bool Attribution::speaks_of_containers() const { return join_->speaks_of_containers(); }

}  // namespace medic::attribute
