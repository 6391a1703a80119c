#include "attribute/attribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "attribute/cgroup_path.h"
#include "attribute/container_book.h"
#include "attribute/known_tasks.h"
#include "base/text.h"

namespace medic::attribute {
namespace {

using model::Certainty;
using Role = RuntimeCommand::Role;

constexpr int kMaxClimb = 256;          // deeper trees are made to make us climb
constexpr std::size_t kMaxTries = 256;  // of lives with one number: more than a log that is no attack has within a second

Owner with(Owner owner, Certainty certainty, std::string reason) {
  owner.certainty = certainty;
  owner.reason = std::move(reason);
  return owner;
}

bool is_some(const Owner& owner) { return !owner.key.empty(); }

std::string display(const Owner& owner) {
  if (!owner.is_container()) return owner.unit;
  if (!owner.name.empty()) return owner.name;
  if (!owner.id.empty()) return owner.id.substr(0, 12);
  return owner.pod;
}

// Profiles that engines give to every container tell nothing apart.
bool is_default_profile(std::string_view profile) {
  return profile.empty() || profile == "docker-default" || profile == "crio-default" || profile.starts_with("cri-containerd") ||
         profile.starts_with("containers-default") || profile.starts_with("lxc-container-default") ||
         profile == "runtime/default";
}

enum class Agreement { Differs, Unknown, Agrees };

Agreement names_agree(const Life& life, const KnownTask& task) {
  if (!life.exe.empty() && life.exe == task.exe) return Agreement::Agrees;
  if (life.comm.empty() || task.comm.empty()) return Agreement::Unknown;
  return life.comm == task.comm ? Agreement::Agrees : Agreement::Differs;
}

}  // namespace

class Attribution::Join {
 public:
  Join(const ProcessTable& table, const SideFacts& facts) : table_(table), facts_(facts), book_(facts), tasks_(facts, book_) {
    const std::size_t count = table.lives().size();
    lineage_.resize(count);
    whole_.resize(count);
    index_lives();
    find_labels();
  }

  const Owner* owner(LifeIndex index, const model::Time& first, const model::Time& last) {
    if (index == kNoLife || index >= table_.lives().size()) return nullptr;
    const Life& life = table_.lives()[index];
    const auto windowed = at_that_time(life, first, last);
    const CacheKey key{index, windowed.first, static_cast<int>(windowed.second)};
    const auto known = cache_.find(key);
    if (known != cache_.end()) return known->second;
    std::vector<Owner> claims = own_claims(life);
    if (Owner timed = timed_claim(life, windowed.first, windowed.second); is_some(timed)) claims.push_back(std::move(timed));
    add_label_claims(life, claims);
    if (const Owner& inherited = lineage(index); is_some(inherited)) claims.push_back(inherited);
    add_weak_claims(life, claims);
    return cache_[key] = keep(settle(std::move(claims)));
  }

  const Owner* whole(LifeIndex index) {
    if (index == kNoLife || index >= table_.lives().size()) return nullptr;
    if (!whole_[index]) whole_[index] = owner(index, table_.lives()[index].first_time, table_.lives()[index].last_time);
    return *whole_[index];
  }

  std::string missing(LifeIndex index) const {
    if (index == kNoLife) return "the log does not say which process it was";
    const Life& life = table_.lives()[index];
    std::string out = fmt::format("neither process {} nor one that it comes from is named by ", life.pid);
    out += facts_.empty() ? "anything that knows containers" : "a side file at that time";
    std::string would = facts_.snapshots.empty() ? "a file of scripts/snapshot-containers from while it ran (--snapshot)"
                                                 : "a snapshot taken while it ran";
    if (life.first_ppid < 0) would += ", or audit rules for execve and clone, which tell parents,";
    return out + "; " + would + " would have told";
  }

  Stage stage(LifeIndex index, Phase phase, std::string_view comm, std::string_view exe) {
    const bool runtime_name = is_runtime_init_comm(comm) || comm == "crun" || comm == "runc" || exe == "/";
    if (runtime_name && phase != Phase::FilteredExec) return Stage::RuntimeInit;
    if (index == kNoLife || index >= table_.lives().size()) return Stage::Application;
    const Life& life = table_.lives()[index];
    // A trace: between loading the filter and executing the program, in the process that does both.
    if (phase == Phase::Filtered && life.filter_seen && life.phase == Phase::FilteredExec) return Stage::RuntimeInit;
    return is_executed(index) ? Stage::Executed : Stage::Application;
  }

  // By link, else by number: the youngest life with that number which was there when the child was first heard of.
  LifeIndex parent(LifeIndex index) const {
    const Life& life = table_.lives()[index];
    if (life.parent != kNoLife) return life.parent;
    const auto found = life.first_ppid <= 1 ? by_pid_.end() : by_pid_.find(life.first_ppid);
    // Heard of only as an orphan, or its parent never did what is recorded.
    if (found == by_pid_.end()) return claimed_parent(life);
    // Lives are numbered in the order in which they were first heard of. The nearest before us is the one, if it still lived.
    const std::vector<LifeIndex>& lives = found->second;
    const auto after = std::upper_bound(lives.begin(), lives.end(), index);
    std::size_t tries = kMaxTries;
    for (auto at = after; at != lives.begin() && tries-- > 0;) {
      const Life& other = table_.lives()[*--at];
      if (*at == index || other.host != life.host || begins_after(other, life)) continue;
      if (!(other.death_seen && begins_after(life, other.last, other.last_time))) return *at;
    }
    // Heard of only later: it may have been there all the time, unless its birth was seen.
    tries = kMaxTries;
    for (auto at = after; at != lives.end() && tries-- > 0; ++at) {
      const Life& other = table_.lives()[*at];
      if (other.host == life.host) return other.birth_seen ? claimed_parent(life) : *at;
    }
    return claimed_parent(life);
  }

  std::vector<std::int64_t> ancestry(LifeIndex index) const {
    std::vector<std::int64_t> out;
    const auto add = [&](std::int64_t pid) {
      if (pid > 0 && std::find(out.begin(), out.end(), pid) == out.end()) out.push_back(pid);
    };
    for (int i = 0; i < kMaxClimb && index != kNoLife; ++i) {
      const Life& life = table_.lives()[index];
      for (const std::int64_t pid : {life.pid, life.first_ppid, life.ppid}) add(pid);
      index = parent(index);
      if (index != kNoLife) continue;
      const KnownTask* task = tasks_.at(life.pid, life.host, life.first_time, life.last_time).first;
      if (task == nullptr && life.first_ppid > 0)
        task = tasks_.at(life.first_ppid, life.host, life.first_time, life.first_time).first;
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
    return !facts_.empty() || std::any_of(table_.lives().begin(), table_.lives().end(), [](const Life& life) {
      return life.was_runtime_init || !life.container_id.empty() || !life.container_name.empty() || !life.pod.empty() ||
             (life.runtime && !life.runtime->id.empty());
    });
  }

 private:
  using Windowed = std::pair<const KnownTask*, Fit>;
  struct Lineage {
    bool known = false;
    bool executed = false;
    Owner owner;
  };
  struct CacheKey {
    LifeIndex life;
    const KnownTask* task;
    int fit;
    friend auto operator<=>(const CacheKey&, const CacheKey&) = default;
  };

  static bool begins_after(const Life& life, const model::Origin& origin, const model::Time& time) {
    using Basis = model::Time::Basis;
    if (life.first_time.basis == Basis::Epoch && time.basis == Basis::Epoch) return life.first_time.ns > time.ns;
    return std::pair(life.first.input, life.first.line) > std::pair(origin.input, origin.line);
  }
  static bool begins_after(const Life& life, const Life& other) { return begins_after(life, other.first, other.first_time); }

  void index_lives() {
    for (LifeIndex i = 0; i < table_.lives().size(); ++i) by_pid_[table_.lives()[i].pid].push_back(i);
    for (const BirthClaim& claim : table_.claims()) claims_[claim.child].push_back(&claim);
    for (const KnownTask& task : tasks_.all()) {
      for (const std::int64_t number : task.inner_pids) by_inner_number_[number].push_back(&task);
    }
  }

  // What clone returned is the host's number only where the caller was outside of the container: a runtime, and its stages
  // before the last.
  LifeIndex claimed_parent(const Life& life) const {
    const auto found = claims_.find(life.pid);
    if (found == claims_.end()) return kNoLife;
    LifeIndex best = kNoLife;
    std::size_t tries = kMaxTries;
    for (auto at = found->second.rbegin(); at != found->second.rend() && tries-- > 0; ++at) {
      const BirthClaim* claim = *at;
      const Life& from = table_.lives()[claim->parent];
      const bool outside = from.runtime != nullptr || (from.execs == 0 && (from.was_runtime_init || is_runtime_name(from.comm)));
      if (!outside || from.host != life.host || &from == &life) continue;
      if (!begins_after(life, claim->origin, claim->time) && !(life.first.line == claim->origin.line)) {
        // The child's first record may stand before its parent's call has returned, but not long before.
        constexpr std::int64_t kEarly = 1'000'000'000;
        if (life.first_time.basis != model::Time::Basis::Epoch || claim->time.ns - life.first_time.ns > kEarly) continue;
      }
      best = claim->parent;
      break;
    }
    return best;
  }

  Windowed at_that_time(const Life& life, const model::Time& first, const model::Time& last) const {
    if (facts_.empty()) return {nullptr, Fit::No};
    Windowed found = tasks_.at(life.pid, life.host, first, last);
    if (found.first == nullptr) return {nullptr, Fit::No};
    // A birth that the log shows is the birth of a task of that time alone.
    const KnownTask& task = *found.first;
    if (life.birth_seen && life.kernel_numbers && life.first_time.basis == model::Time::Basis::Epoch && !task.open_end &&
        life.first_time.ns > task.until_ns)
      return {nullptr, Fit::No};
    if (life.start_ticks >= 0 && task.start_ticks >= 0 && life.start_ticks != task.start_ticks) return {nullptr, Fit::No};
    return found;
  }

  // What the log itself says of this very process.
  std::vector<Owner> own_claims(const Life& life) const {
    std::vector<Owner> out;
    if (!life.container_id.empty()) {
      Owner owner = book_.by_id(life.container_id, "");
      if (owner.name.empty()) owner.name = life.container_name;
      if (owner.image.empty()) owner.image = life.image;
      if (owner.pod.empty()) owner.pod = life.pod;
      out.push_back(with(std::move(owner), Certainty::Stated, "the log names the container of this process"));
    } else if (!life.container_name.empty() || !life.pod.empty()) {
      Owner owner = book_.by_name(life.container_name, life.pod);
      if (owner.image.empty()) owner.image = life.image;
      out.push_back(with(std::move(owner), Certainty::Stated, "the log names the container of this process"));
    }
    if (!life.cgroup.empty()) {
      if (Owner owner = book_.by_cgroup(life.cgroup); is_some(owner))
        out.push_back(with(std::move(owner), Certainty::Stated, "its control group stands in the log: " + life.cgroup));
    }
    if (!life.unit.empty()) {
      if (Owner owner = book_.by_cgroup("/" + life.unit); is_some(owner))
        out.push_back(with(std::move(owner), Certainty::Stated, "its systemd unit stands in the log: " + life.unit));
    }
    return out;
  }

  static Owner timed_claim(const Life& life, const KnownTask* task, Fit how) {
    if (task == nullptr || how == Fit::No || !is_some(task->owner)) return {};
    const bool same_birth = life.start_ticks >= 0 && life.start_ticks == task->start_ticks;
    const Agreement agreement = names_agree(life, *task);
    const std::string named = fmt::format("{} names process {}", task->source, task->pid);
    if (same_birth) return with(task->owner, Certainty::Stated, named + " with the same time of birth");
    // Audit counts in the first pid namespace. Whose numbers a trace has, it does not say: the name has to agree.
    if (life.kernel_numbers && !task->host_numbers) return {};
    if (!life.kernel_numbers && agreement == Agreement::Differs) return {};
    switch (how) {
      case Fit::Within:
        if (life.kernel_numbers)
          return with(task->owner, Certainty::Stated,
                      named + (task->open_end ? ", which runs since before" : ", and it was seen in its lifetime"));
        if (agreement == Agreement::Agrees) return with(task->owner, Certainty::Inferred, named + ", and program and time agree");
        return with(task->owner, Certainty::Suspected, named + "; whether the trace counts alike is not known");
      case Fit::After:
        return with(task->owner,
                    life.kernel_numbers || agreement == Agreement::Agrees ? Certainty::Inferred : Certainty::Suspected,
                    named + ", but was written before: the number could have been used again");
      case Fit::Partly: return with(task->owner, Certainty::Suspected, named + ", which was born later than some of this");
      default: break;
    }
    return with(task->owner, agreement == Agreement::Agrees ? Certainty::Inferred : Certainty::Suspected,
                named + "; the log has no times to compare");
  }

  // Category pairs and pid namespaces whose container is known for certain from elsewhere.
  void find_labels() {
    const auto learn = [](auto& map, const std::string& key, const Owner& owner) {
      if (key.empty() || !is_some(owner) || !owner.is_container()) return;
      const auto [at, is_new] = map.emplace(key, owner);
      if (!is_new && !same_owner(at->second, owner)) at->second = Owner{};  // several: it tells nothing
    };
    for (const KnownTask& task : tasks_.all()) {
      learn(by_categories_, categories_of(task.label), task.owner);
      learn(by_namespace_, task.pid_namespace, task.owner);
    }
    for (const ContainerFact& fact : book_.containers()) learn(by_categories_, categories_of(fact.process_label), book_.of(fact));
    for (const Life& life : table_.lives()) {
      if (categories_of(life.subject).empty() && life.pid_namespace.empty()) continue;
      for (const Owner& owner : own_claims(life)) {
        learn(by_categories_, categories_of(life.subject), owner);
        learn(by_namespace_, life.pid_namespace, owner);
      }
    }
    // A namespace of the host is nobody's.
    for (const KnownTask& task : tasks_.all()) {
      if (!task.pid_namespace.empty() && task.inner_pids.empty()) by_namespace_.erase(task.pid_namespace);
    }
  }

  void add_label_claims(const Life& life, std::vector<Owner>& claims) const {
    const std::string pair = categories_of(life.subject);
    if (const auto found = by_categories_.find(pair); found != by_categories_.end() && is_some(found->second)) {
      claims.push_back(
          with(found->second, Certainty::Inferred, fmt::format("the SELinux categories {} are this container's alone", pair)));
    }
    if (const auto found = by_namespace_.find(life.pid_namespace); found != by_namespace_.end() && is_some(found->second)) {
      claims.push_back(
          with(found->second, Certainty::Inferred, fmt::format("the pid namespace {} is this container's", life.pid_namespace)));
    }
    const std::string profile = apparmor_of(life.subject);
    if (profile.empty()) return;
    if (Owner owner = book_.by_apparmor(profile); is_some(owner)) {
      if (!is_default_profile(profile))
        claims.push_back(with(std::move(owner), Certainty::Inferred,
                              fmt::format("of the containers known only this one has the AppArmor profile {}", profile)));
      else if (book_.containers().size() == 1)
        claims.push_back(
            with(std::move(owner), Certainty::Suspected,
                 fmt::format("it is the only container known, and the AppArmor profile {} is an engine's", profile)));
    }
  }

  // The program's name tells little, and only of a process that is known to be in some container.
  void add_weak_claims(const Life& life, std::vector<Owner>& claims) const {
    if (!claims.empty()) return;
    if (!life.kernel_numbers) add_inner_number_claim(life, claims);
    const bool contained = life.was_runtime_init || life.subject.find("container_t:") != std::string::npos ||
                           is_default_profile(apparmor_of(life.subject)) != apparmor_of(life.subject).empty();
    if (!claims.empty() || !contained) return;
    if (Owner owner = book_.by_command(life.comm, life.exe); is_some(owner)) {
      claims.push_back(
          with(std::move(owner), Certainty::Suspected, fmt::format("of the containers known only this one runs {}", life.comm)));
    }
  }

  // A trace made inside: its numbers are the inner ones.
  void add_inner_number_claim(const Life& life, std::vector<Owner>& claims) const {
    const KnownTask* only = nullptr;
    const auto found = by_inner_number_.find(life.pid);
    if (found == by_inner_number_.end()) return;
    for (const KnownTask* task : found->second) {
      if (names_agree(life, *task) != Agreement::Agrees || !is_some(task->owner) ||
          fit(*task, life.first_time, life.last_time) == Fit::No)
        continue;
      if (only != nullptr && !same_owner(only->owner, task->owner)) return;
      only = task;
    }
    if (only != nullptr)
      claims.push_back(
          with(only->owner, Certainty::Suspected,
               fmt::format("{} has one process that is {} inside its container and has this name", only->source, life.pid)));
  }

  // The nearest ancestor that tells. Every life passed on the way gets the answer too.
  const Owner& lineage(LifeIndex index) {
    std::vector<LifeIndex> path;
    Lineage found;
    bool guessed = false;
    LifeIndex at = index;
    for (int i = 0; i < kMaxClimb; ++i) {
      if (lineage_[at].known) {
        found = lineage_[at];
        break;
      }
      path.push_back(at);
      const Life& life = table_.lives()[at];
      guessed = guessed || life.parent_guessed;
      const LifeIndex up = parent(at);
      if (up == kNoLife || std::find(path.begin(), path.end(), up) != path.end()) {
        found = from_task(life);
        break;
      }
      if (step_up(life, up, found)) break;
      at = up;
    }
    if (guessed && is_some(found.owner)) {
      found.owner.certainty = Certainty::Suspected;
      found.owner.reason += "; which process is whose child is a guess";
    }
    found.known = true;
    for (const LifeIndex each : path) lineage_[each] = found;
    return lineage_[index].owner;
  }

  // Does the parent settle it? True also where it settles that nothing is inherited.
  bool step_up(const Life& life, LifeIndex up, Lineage& found) {
    const Life& from = table_.lives()[up];
    const model::Time& when = life.first_time;
    if (from.runtime != nullptr && from.runtime->role != Role::Init) {
      found = from_command(*from.runtime, from.pid);
      return true;
    }
    const auto windowed = at_that_time(from, when, when);
    std::vector<Owner> claims = own_claims(from);
    if (Owner timed = timed_claim(from, windowed.first, windowed.second); is_some(timed)) claims.push_back(std::move(timed));
    add_label_claims(from, claims);
    const auto owner = settle(std::move(claims));
    if (!owner) return false;
    // A unit's children may be runtimes: being a descendant of containerd.service says nothing.
    if (owner->is_container())
      found.owner = with(*owner, std::max(owner->certainty, Certainty::Inferred),
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
    static constexpr std::string_view kDid[] = {"", "started", "executed something into", "", "watches", "watches"};
    out.owner = with(std::move(owner), Certainty::Inferred,
                     fmt::format("its parent, {} (process {}), {} this container", command.engine, pid,
                                 kDid[static_cast<std::size_t>(command.role)]));
    return out;
  }

  // The parent is not in the log: does a side file know it?
  Lineage from_task(const Life& life) const {
    if (life.first_ppid <= 0 || facts_.empty() || !life.kernel_numbers) return {};
    auto [task, how] = tasks_.at(life.first_ppid, life.host, life.first_time, life.first_time);
    const bool after = how == Fit::After;
    if (how == Fit::No || how == Fit::Partly) return {};
    for (int i = 0; i < kMaxClimb && task != nullptr; ++i) {
      if (!task->host_numbers) return {};
      if (task->command.role != Role::None && task->command.role != Role::Init) return from_command(task->command, task->pid);
      if (!task->helps.empty()) return from_command({Role::Monitor, "conmon", task->helps, "", false}, task->pid);
      if (is_some(task->owner)) {
        Lineage out;
        out.executed = task->executed;
        if (!task->owner.is_container()) return {};
        out.owner = with(task->owner, Certainty::Inferred,
                         fmt::format("its parent, process {}, is in this container as {} says{}", task->pid, task->source,
                                     after ? ", which was written before" : ""));
        return out;
      }
      task = tasks_.parent(*task);
    }
    return {};
  }

  bool is_executed(LifeIndex index) {
    const Life& life = table_.lives()[index];
    lineage(index);
    if (lineage_[index].executed) return true;
    const auto windowed = at_that_time(life, life.first_time, life.last_time);
    return windowed.first != nullptr && windowed.second >= Fit::After && life.kernel_numbers && windowed.first->executed;
  }

  // The surest claim, made fuller by those that agree, with those that do not beside it.
  static std::optional<Owner> settle(std::vector<Owner> claims) {
    if (claims.empty()) return std::nullopt;
    std::stable_sort(claims.begin(), claims.end(), [](const Owner& a, const Owner& b) { return a.certainty < b.certainty; });
    // A container within a unit, or within a pod, is the closer word.
    const auto closer = std::find_if(claims.begin(), claims.end(), [&](const Owner& each) {
      return each.certainty == claims.front().certainty && each.is_container() && (!each.id.empty() || !each.name.empty());
    });
    if (closer != claims.end()) std::rotate(claims.begin(), closer, closer + 1);
    Owner out = claims.front();
    for (std::size_t i = 1; i < claims.size(); ++i) {
      const Owner& other = claims[i];
      if (same_owner(out, other)) {
        for (const auto member : {&Owner::id, &Owner::name, &Owner::image, &Owner::pod, &Owner::unit, &Owner::engine}) {
          if ((out.*member).empty()) out.*member = other.*member;
        }
        continue;
      }
      out.contradictions.push_back(fmt::format("{} ({}): {}", display(other), name(other.certainty), other.reason));
      if (other.certainty == out.certainty) out.certainty = Certainty::Suspected;
    }
    return out;
  }

  const Owner* keep(std::optional<Owner> owner) {
    if (!owner) return nullptr;
    // Lives are many and owners few.
    std::string text = owner->key + '\n' + owner->reason + '\n' + std::string(name(owner->certainty));
    for (const std::string& each : owner->contradictions) text += '\n' + each;
    const auto [at, is_new] = stored_.try_emplace(std::move(text), nullptr);
    if (is_new) at->second = std::make_unique<Owner>(std::move(*owner));
    return at->second.get();
  }

  const ProcessTable& table_;
  const SideFacts& facts_;
  const ContainerBook book_;
  const KnownTasks tasks_;
  std::unordered_map<std::int64_t, std::vector<LifeIndex>> by_pid_;
  std::unordered_map<std::int64_t, std::vector<const BirthClaim*>> claims_;
  std::unordered_map<std::int64_t, std::vector<const KnownTask*>> by_inner_number_;
  std::map<std::string, Owner, std::less<>> by_categories_, by_namespace_;
  std::vector<Lineage> lineage_;
  std::vector<std::optional<const Owner*>> whole_;
  std::map<CacheKey, const Owner*> cache_;
  std::map<std::string, std::unique_ptr<Owner>> stored_;
};

Attribution::Attribution(const ProcessTable& table, const SideFacts& facts) : join_(std::make_unique<Join>(table, facts)) {}
Attribution::~Attribution() = default;
Attribution::Attribution(Attribution&&) noexcept = default;

const Owner* Attribution::owner(LifeIndex life, const model::Time& first, const model::Time& last) const {
  return join_->owner(life, first, last);
}
const Owner* Attribution::owner(LifeIndex life) const { return join_->whole(life); }
std::string Attribution::missing(LifeIndex life) const { return join_->missing(life); }
Stage Attribution::stage(LifeIndex life, Phase phase, std::string_view comm, std::string_view exe) const {
  return join_->stage(life, phase, comm, exe);
}
LifeIndex Attribution::parent(LifeIndex life) const { return join_->parent(life); }
std::vector<std::int64_t> Attribution::ancestry(LifeIndex life) const {
  return life == kNoLife ? std::vector<std::int64_t>{} : join_->ancestry(life);
}
const ProcessTable& Attribution::table() const { return join_->table(); }
bool Attribution::has_side_facts() const { return join_->has_side_facts(); }
bool Attribution::speaks_of_containers() const { return join_->speaks_of_containers(); }

}  // namespace medic::attribute
