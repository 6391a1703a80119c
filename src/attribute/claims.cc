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

// Profiles that engines give to every container distinguish nothing.
bool is_default_profile(std::string_view profile) {
  return profile.empty() || profile == "docker-default" || profile == "crio-default" ||
         profile.starts_with("cri-containerd") || profile.starts_with("containers-default") ||
         profile.starts_with("lxc-container-default") || profile == "runtime/default";
}

enum class Agreement { Differs, Unknown, Agrees };

Agreement names_agree(const Process& process, const KnownTask& task) {
  if (!process.exe.empty() && process.exe == task.exe) return Agreement::Agrees;
  if (process.comm.empty() || task.comm.empty()) return Agreement::Unknown;
  return process.comm == task.comm ? Agreement::Agrees : Agreement::Differs;
}

}  // namespace

Owner with(Owner owner, Certainty certainty, std::string reason) {
  owner.certainty = certainty;
  owner.reason = std::move(reason);
  return owner;
}

bool is_some(const Owner& owner) { return !owner.key.empty(); }

std::optional<Owner> resolve(std::vector<Owner> claims) {
  if (claims.empty()) return std::nullopt;
  std::stable_sort(claims.begin(), claims.end(),
                   [](const Owner& a, const Owner& b) { return a.certainty < b.certainty; });
  // A container within a unit, or within a pod, is the closer word.
  const auto closer = std::find_if(claims.begin(), claims.end(), [&](const Owner& each) {
    return each.certainty == claims.front().certainty && each.is_container() &&
           (!each.id.empty() || !each.name.empty());
  });
  if (closer != claims.end()) std::rotate(claims.begin(), closer, closer + 1);
  Owner out = claims.front();
  for (std::size_t i = 1; i < claims.size(); ++i) {
    const Owner& other = claims[i];
    if (same_owner(out, other)) {
      for (const auto member :
           {&Owner::id, &Owner::name, &Owner::image, &Owner::pod, &Owner::unit, &Owner::engine}) {
        if ((out.*member).empty()) out.*member = other.*member;
      }
      continue;
    }
    out.contradictions.push_back(
        fmt::format("{} ({}): {}", display(other), name(other.certainty), other.reason));
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
  may_be_inner_trace_ =
      book_.containers().size() == 1 &&
      std::none_of(
          table_.processes().begin(), table_.processes().end(), [&](const Process& process) {
            const bool is_named =
                std::any_of(tasks_.all().begin(), tasks_.all().end(),
                            [&](const KnownTask& task) { return task.pid == process.pid; });
            return process.kernel_numbers || process.is_hosts || process.runtime != nullptr ||
                   is_named || !process.place().empty();
          });
}

// systemd ends all processes of a unit that it stops: the number is another's after that.
bool Claims::has_stopped_since(const KnownTask& task, const std::string& host,
                               const model::Time& at) const {
  const auto stops = stops_.find(task.owner.unit);
  if (stops == stops_.end() || at.basis != model::Time::Basis::Epoch) return false;
  const std::int64_t alive = task.partial ? task.from_ns : task.until_ns;
  return std::any_of(stops->second.begin(), stops->second.end(), [&](const UnitMoment* stop) {
    return stop->ns > alive && stop->ns < at.ns &&
           (stop->host.empty() || host.empty() || stop->host == host);
  });
}

Claims::Windowed Claims::at_that_time(const Process& process, const model::Time& first,
                                      const model::Time& last) const {
  Windowed found = tasks_.at(process.pid, process.host, first, last);
  if (found.first == nullptr) return {nullptr, Fit::No};
  // A birth that the log shows is the birth of a task of that time alone.
  const KnownTask& task = *found.first;
  if (process.birth_seen && process.kernel_numbers &&
      process.first_time.basis == model::Time::Basis::Epoch && !task.partial &&
      process.first_time.ns > task.until_ns)
    return {nullptr, Fit::No};
  if (has_stopped_since(task, process.host, first)) return {nullptr, Fit::No};
  if (process.start_ticks >= 0 && task.start_ticks >= 0 && process.start_ticks != task.start_ticks)
    return {nullptr, Fit::No};
  return found;
}

std::vector<Owner> Claims::own(const Process& process) const {
  std::vector<Owner> out = told_by_log(process);
  if (process.place().provenance == model::Provenance::Kernel) return out;
  for (Owner& owner : out) {
    owner.certainty = Certainty::Suspected;
    owner.reason +=
        process.place().provenance == model::Provenance::AuditWriter
            ? "; whoever has CAP_AUDIT_WRITE may write such a record, as a container may"
            : "; a container may have written that line itself";
  }
  return out;
}

std::vector<Owner> Claims::told_by_log(const Process& process) const {
  std::vector<Owner> out;
  if (!process.place().container_id.empty()) {
    Owner owner = book_.by_id(process.place().container_id, "");
    if (owner.name.empty()) owner.name = process.place().container_name;
    if (owner.image.empty()) owner.image = process.place().image;
    if (owner.pod.empty()) owner.pod = process.place().pod;
    out.push_back(
        with(std::move(owner), Certainty::Stated, "the log names the container of this process"));
  } else if (!process.place().container_name.empty() || !process.place().pod.empty()) {
    Owner owner = book_.by_name(process.place().container_name, process.place().pod);
    if (owner.image.empty()) owner.image = process.place().image;
    out.push_back(
        with(std::move(owner), Certainty::Stated, "the log names the container of this process"));
  }
  if (!process.place().cgroup.empty()) {
    if (Owner owner = book_.by_cgroup(process.place().cgroup); is_some(owner)) {
      const bool apart = process.cgroup_apart && process.kernel_numbers;
      out.push_back(with(std::move(owner), apart ? Certainty::Inferred : Certainty::Stated,
                         (apart ? "an entry of the log shows this number in the control group "
                                : "its control group stands in the log: ") +
                             process.place().cgroup));
    }
  }
  if (!process.place().unit.empty()) {
    if (Owner owner = book_.by_cgroup("/" + process.place().unit); is_some(owner))
      out.push_back(with(std::move(owner), Certainty::Stated,
                         "its systemd unit stands in the log: " + process.place().unit));
  }
  return out;
}

Owner Claims::timed(const Process& process, const KnownTask* task, Fit how) {
  if (task == nullptr || how == Fit::No || !is_some(task->owner)) return {};
  const bool same_birth = process.start_ticks >= 0 && process.start_ticks == task->start_ticks;
  const Agreement agreement = names_agree(process, *task);
  const std::string named = fmt::format(
      "{} names process {}{}", task->source, task->pid,
      task->given == KnownTask::Source::Namespace ? " in this container's pid namespace"
      : task->given == KnownTask::Source::Descent ? ", which descends from one of this container"
                                                  : "");
  if (same_birth)
    return with(task->owner, Certainty::Stated, named + " with the same time of birth");
  // Audit counts in the first pid namespace. Whose numbers a trace has, it does not say: the name
  // has to agree.
  if (process.kernel_numbers && !task->host_numbers) return {};
  if (!process.kernel_numbers && agreement == Agreement::Differs) return {};
  switch (how) {
    case Fit::Within:
      if (process.kernel_numbers && task->partial)
        return with(task->owner, Certainty::Inferred,
                    named + ", which ran since before; whether it still did, no time says");
      if (process.kernel_numbers)
        return with(task->owner, Certainty::Stated, named + ", and it was seen in its lifetime");
      if (agreement == Agreement::Agrees)
        return with(task->owner, Certainty::Inferred, named + ", and program and time agree");
      return with(task->owner, Certainty::Suspected,
                  named + "; whether the trace counts alike is not known");
    case Fit::After:
      return with(task->owner,
                  process.kernel_numbers || agreement == Agreement::Agrees ? Certainty::Inferred
                                                                           : Certainty::Suspected,
                  named + ", but was written before: the number could have been used again");
    case Fit::Partly:
      return with(task->owner, Certainty::Suspected,
                  named + ", which was born later than some of this");
    default: break;
  }
  return with(task->owner,
              agreement == Agreement::Agrees ? Certainty::Inferred : Certainty::Suspected,
              named + "; the log has no times to compare");
}

// Category pairs and pid namespaces whose container is known for certain from elsewhere.
void Claims::find_labels() {
  const auto learn = [](auto& map, const std::string& key, const Owner& owner) {
    if (key.empty() || !is_some(owner) || !owner.is_container()) return;
    const auto [at, is_new] = map.emplace(key, owner);
    if (!is_new && !same_owner(at->second, owner))
      at->second = Owner{};  // several: it says nothing
  };
  for (const KnownTask& task : tasks_.all()) {
    learn(by_categories_, categories_of(task.label), task.owner);
    learn(by_namespace_, task.pid_namespace, task.owner);
  }
  for (const ContainerFact& fact : book_.containers())
    learn(by_categories_, categories_of(fact.process_label), book_.of(fact));
  for (const Process& process : table_.processes()) {
    if (categories_of(process.subj).empty() && process.place().pid_namespace.empty()) continue;
    for (const Owner& owner : own(process)) {
      learn(by_categories_, categories_of(process.subj), owner);
      learn(by_namespace_, process.place().pid_namespace, owner);
    }
  }
  // A namespace of the host is nobody's: the first one has this inode everywhere
  // (PROC_PID_INIT_INO, include/linux/proc_ns.h).
  by_namespace_.erase("4026531836");
  for (const Process& process : table_.processes()) {
    if (process.is_hosts || process.pid == 1) by_namespace_.erase(process.place().pid_namespace);
  }
  for (const KnownTask& task : tasks_.all()) {
    if (!task.pid_namespace.empty() && task.inner_pids.empty())
      by_namespace_.erase(task.pid_namespace);
  }
}

void Claims::add_label(const Process& process, std::vector<Owner>& claims) const {
  const std::string pair = categories_of(process.subj);
  if (const auto found = by_categories_.find(pair);
      found != by_categories_.end() && is_some(found->second)) {
    claims.push_back(
        with(found->second, Certainty::Inferred,
             fmt::format("the SELinux categories {} are this container's alone", pair)));
  }
  if (const auto found = by_namespace_.find(process.place().pid_namespace);
      found != by_namespace_.end() && is_some(found->second)) {
    claims.push_back(with(
        found->second, Certainty::Inferred,
        fmt::format("the pid namespace {} is this container's", process.place().pid_namespace)));
  }
  const std::string profile = apparmor_of(process.subj);
  if (profile.empty()) return;
  if (Owner owner = book_.by_apparmor(profile); is_some(owner)) {
    if (!is_default_profile(profile))
      claims.push_back(
          with(std::move(owner), Certainty::Inferred,
               fmt::format("of the containers known only this one has the AppArmor profile {}",
                           profile)));
    else if (book_.containers().size() == 1)
      claims.push_back(with(
          std::move(owner), Certainty::Suspected,
          fmt::format("it is the only container known, and the AppArmor profile {} is an engine's",
                      profile)));
  }
}

// The program's name says little, and only of a process that is known to be in some container.
void Claims::add_weak(const Process& process, std::vector<Owner>& claims) const {
  if (!claims.empty()) return;
  if (!process.kernel_numbers) add_inner_number(process, claims);
  const bool contained =
      process.was_runtime_init || process.subj.find("container_t:") != std::string::npos ||
      is_default_profile(apparmor_of(process.subj)) != apparmor_of(process.subj).empty();
  if (claims.empty() && !process.kernel_numbers) add_only_container(claims);
  if (!claims.empty() || !contained) return;
  if (Owner owner = book_.by_command(process.comm, process.exe); is_some(owner)) {
    claims.push_back(
        with(std::move(owner), Certainty::Suspected,
             fmt::format("of the containers known only this one runs {}", process.comm)));
  }
}

// A trace that was given with one container's description, and in which nobody has the number that
// this names: it was made inside, and counts otherwise.
void Claims::add_only_container(std::vector<Owner>& claims) const {
  if (!may_be_inner_trace_) return;
  Owner owner = book_.of(book_.containers().front());
  if (!is_some(owner)) return;
  claims.push_back(
      with(std::move(owner), Certainty::Suspected,
           fmt::format("{} describes this container alone, and the trace is taken for one of it",
                       book_.containers().front().source)));
}

// A trace made inside: its numbers are the inner ones.
void Claims::add_inner_number(const Process& process, std::vector<Owner>& claims) const {
  const KnownTask* only = nullptr;
  const auto found = by_inner_number_.find(process.pid);
  if (found == by_inner_number_.end()) return;
  for (const KnownTask* task : found->second) {
    if (names_agree(process, *task) != Agreement::Agrees || !is_some(task->owner) ||
        fit(*task, process.first_time, process.last_time) == Fit::No)
      continue;
    if (only != nullptr && !same_owner(only->owner, task->owner)) return;
    only = task;
  }
  if (only != nullptr)
    claims.push_back(
        with(only->owner, Certainty::Suspected,
             fmt::format("{} has one process that is {} inside its container and has this name",
                         only->source, process.pid)));
}

}  // namespace medic::attribute
