#include "attribute/claims.h"

#include <fmt/format.h>

#include <algorithm>

namespace medic::attribute {
namespace {

using model::Certainty;

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

Owner with(Owner owner, Certainty certainty, std::string reason) {
  owner.certainty = certainty;
  owner.reason = std::move(reason);
  return owner;
}

bool is_some(const Owner& owner) { return !owner.key.empty(); }

std::optional<Owner> settle(std::vector<Owner> claims) {
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

Claims::Claims(const ProcessTable& table, const ContainerBook& book, const KnownTasks& tasks)
    : table_(table), book_(book), tasks_(tasks) {
  for (const KnownTask& task : tasks_.all()) {
    for (const std::int64_t number : task.inner_pids) by_inner_number_[number].push_back(&task);
  }
  for (const UnitMoment& each : table_.units()) {
    if (!each.started) stops_[each.unit].push_back(&each);
  }
  find_labels();
}

// systemd ends all processes of a unit that it stops: the number is another's after that.
bool Claims::has_stopped_since(const KnownTask& task, const std::string& host, const model::Time& at) const {
  const auto stops = stops_.find(task.owner.unit);
  if (stops == stops_.end() || at.basis != model::Time::Basis::Epoch) return false;
  const std::int64_t alive = task.open_end ? task.from_ns : task.until_ns;
  return std::any_of(stops->second.begin(), stops->second.end(), [&](const UnitMoment* stop) {
    return stop->ns > alive && stop->ns < at.ns && (stop->host.empty() || host.empty() || stop->host == host);
  });
}

Claims::Windowed Claims::at_that_time(const Life& life, const model::Time& first, const model::Time& last) const {
  Windowed found = tasks_.at(life.pid, life.host, first, last);
  if (found.first == nullptr) return {nullptr, Fit::No};
  // A birth that the log shows is the birth of a task of that time alone.
  const KnownTask& task = *found.first;
  if (life.birth_seen && life.kernel_numbers && life.first_time.basis == model::Time::Basis::Epoch && !task.open_end &&
      life.first_time.ns > task.until_ns)
    return {nullptr, Fit::No};
  if (has_stopped_since(task, life.host, first)) return {nullptr, Fit::No};
  if (life.start_ticks >= 0 && task.start_ticks >= 0 && life.start_ticks != task.start_ticks) return {nullptr, Fit::No};
  return found;
}

std::vector<Owner> Claims::own(const Life& life) const {
  std::vector<Owner> out;
  if (!life.place().container_id.empty()) {
    Owner owner = book_.by_id(life.place().container_id, "");
    if (owner.name.empty()) owner.name = life.place().container_name;
    if (owner.image.empty()) owner.image = life.place().image;
    if (owner.pod.empty()) owner.pod = life.place().pod;
    out.push_back(with(std::move(owner), Certainty::Stated, "the log names the container of this process"));
  } else if (!life.place().container_name.empty() || !life.place().pod.empty()) {
    Owner owner = book_.by_name(life.place().container_name, life.place().pod);
    if (owner.image.empty()) owner.image = life.place().image;
    out.push_back(with(std::move(owner), Certainty::Stated, "the log names the container of this process"));
  }
  if (!life.place().cgroup.empty()) {
    if (Owner owner = book_.by_cgroup(life.place().cgroup); is_some(owner)) {
      const bool apart = life.cgroup_apart && life.kernel_numbers;
      out.push_back(
          with(std::move(owner), apart ? Certainty::Inferred : Certainty::Stated,
               (apart ? "an entry of the log shows this number in the control group " : "its control group stands in the log: ") +
                   life.place().cgroup));
    }
  }
  if (!life.place().unit.empty()) {
    if (Owner owner = book_.by_cgroup("/" + life.place().unit); is_some(owner))
      out.push_back(with(std::move(owner), Certainty::Stated, "its systemd unit stands in the log: " + life.place().unit));
  }
  return out;
}

Owner Claims::timed(const Life& life, const KnownTask* task, Fit how) {
  if (task == nullptr || how == Fit::No || !is_some(task->owner)) return {};
  const bool same_birth = life.start_ticks >= 0 && life.start_ticks == task->start_ticks;
  const Agreement agreement = names_agree(life, *task);
  const std::string named = fmt::format("{} names process {}{}", task->source, task->pid,
                                        task->told == KnownTask::Told::Namespace ? " in this container's pid namespace"
                                        : task->told == KnownTask::Told::Descent ? ", which descends from one of this container"
                                                                                 : "");
  if (same_birth) return with(task->owner, Certainty::Stated, named + " with the same time of birth");
  // Audit counts in the first pid namespace. Whose numbers a trace has, it does not say: the name has to agree.
  if (life.kernel_numbers && !task->host_numbers) return {};
  if (!life.kernel_numbers && agreement == Agreement::Differs) return {};
  switch (how) {
    case Fit::Within:
      if (life.kernel_numbers && task->open_end)
        return with(task->owner, Certainty::Inferred, named + ", which ran since before; whether it still did, no time tells");
      if (life.kernel_numbers) return with(task->owner, Certainty::Stated, named + ", and it was seen in its lifetime");
      if (agreement == Agreement::Agrees) return with(task->owner, Certainty::Inferred, named + ", and program and time agree");
      return with(task->owner, Certainty::Suspected, named + "; whether the trace counts alike is not known");
    case Fit::After:
      return with(task->owner, life.kernel_numbers || agreement == Agreement::Agrees ? Certainty::Inferred : Certainty::Suspected,
                  named + ", but was written before: the number could have been used again");
    case Fit::Partly: return with(task->owner, Certainty::Suspected, named + ", which was born later than some of this");
    default: break;
  }
  return with(task->owner, agreement == Agreement::Agrees ? Certainty::Inferred : Certainty::Suspected,
              named + "; the log has no times to compare");
}

// Category pairs and pid namespaces whose container is known for certain from elsewhere.
void Claims::find_labels() {
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
    if (categories_of(life.subject).empty() && life.place().pid_namespace.empty()) continue;
    for (const Owner& owner : own(life)) {
      learn(by_categories_, categories_of(life.subject), owner);
      learn(by_namespace_, life.place().pid_namespace, owner);
    }
  }
  // A namespace of the host is nobody's.
  for (const KnownTask& task : tasks_.all()) {
    if (!task.pid_namespace.empty() && task.inner_pids.empty()) by_namespace_.erase(task.pid_namespace);
  }
}

void Claims::add_label(const Life& life, std::vector<Owner>& claims) const {
  const std::string pair = categories_of(life.subject);
  if (const auto found = by_categories_.find(pair); found != by_categories_.end() && is_some(found->second)) {
    claims.push_back(
        with(found->second, Certainty::Inferred, fmt::format("the SELinux categories {} are this container's alone", pair)));
  }
  if (const auto found = by_namespace_.find(life.place().pid_namespace); found != by_namespace_.end() && is_some(found->second)) {
    claims.push_back(with(found->second, Certainty::Inferred,
                          fmt::format("the pid namespace {} is this container's", life.place().pid_namespace)));
  }
  const std::string profile = apparmor_of(life.subject);
  if (profile.empty()) return;
  if (Owner owner = book_.by_apparmor(profile); is_some(owner)) {
    if (!is_default_profile(profile))
      claims.push_back(with(std::move(owner), Certainty::Inferred,
                            fmt::format("of the containers known only this one has the AppArmor profile {}", profile)));
    else if (book_.containers().size() == 1)
      claims.push_back(with(std::move(owner), Certainty::Suspected,
                            fmt::format("it is the only container known, and the AppArmor profile {} is an engine's", profile)));
  }
}

// The program's name tells little, and only of a process that is known to be in some container.
void Claims::add_weak(const Life& life, std::vector<Owner>& claims) const {
  if (!claims.empty()) return;
  if (!life.kernel_numbers) add_inner_number(life, claims);
  const bool contained = life.was_runtime_init || life.subject.find("container_t:") != std::string::npos ||
                         is_default_profile(apparmor_of(life.subject)) != apparmor_of(life.subject).empty();
  if (!claims.empty() || !contained) return;
  if (Owner owner = book_.by_command(life.comm, life.exe); is_some(owner)) {
    claims.push_back(
        with(std::move(owner), Certainty::Suspected, fmt::format("of the containers known only this one runs {}", life.comm)));
  }
}

// A trace made inside: its numbers are the inner ones.
void Claims::add_inner_number(const Life& life, std::vector<Owner>& claims) const {
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

}  // namespace medic::attribute
