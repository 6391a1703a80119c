#include "attribute/container_book.h"

#include <algorithm>

#include "attribute/cgroup_path.h"
#include "base/text.h"

namespace medic::attribute {
namespace {

constexpr std::size_t kShortId = 12;  // what docker ps prints

template <class T>
void take(T& to, const T& from) {
  if (to.empty()) to = from;
}

// Several files may describe one container: each says what the others leave out.
void merge(ContainerFact& to, const ContainerFact& from) {
  for (const auto member :
       {&ContainerFact::name, &ContainerFact::image, &ContainerFact::pod, &ContainerFact::pod_uid,
        &ContainerFact::cgroup, &ContainerFact::process_label, &ContainerFact::apparmor,
        &ContainerFact::command, &ContainerFact::seccomp, &ContainerFact::pid_namespace,
        &ContainerFact::host}) {
    take(to.*member, from.*member);
  }
  if (to.engine.empty() || to.engine == "oci" || to.engine == "runc")
    to.engine = from.engine.empty() ? to.engine : from.engine;
  take(to.cap_add, from.cap_add);
  take(to.cap_drop, from.cap_drop);
  to.privileged = to.privileged || from.privileged;
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool ends_with_path(std::string_view path, std::string_view tail) {
  while (tail.starts_with('/')) tail.remove_prefix(1);
  if (tail.empty() || !path.ends_with(tail)) return false;
  return path.size() == tail.size() || path[path.size() - tail.size() - 1] == '/';
}

// The id of a cgroupsPath or cgroup path.
std::string place_id(const std::string& path) {
  const auto place = parse_cgroup_path(path);
  return place && place->kind == CgroupPlace::Kind::Container ? place->id : std::string();
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string categories_of(std::string_view label) {
  const std::size_t at = label.rfind(":c");
  if (at == std::string_view::npos || label.find(":s0") == std::string_view::npos) return {};
  const std::string_view pair = label.substr(at + 1);
  const std::size_t comma = pair.find(",c");
  if (comma == std::string_view::npos || !is_digits(pair.substr(1, comma - 1)) ||
      !is_digits(pair.substr(comma + 2)))
    return {};
  return std::string(pair);
}

std::string apparmor_of(std::string_view label) {
  const std::size_t mode = label.rfind(" (");
  if (mode != std::string_view::npos && label.ends_with(')')) label = label.substr(0, mode);
  if (label == "unconfined" || label.find(":s0") != std::string_view::npos || label == "kernel")
    return {};
  return std::string(label);
}

bool same_owner(const Owner& a, const Owner& b) {
  if (a.key == b.key) return true;
  if (!a.id.empty() && !b.id.empty()) {
    const std::size_t shorter = std::min(a.id.size(), b.id.size());
    return shorter >= kShortId &&
           std::string_view(a.id).substr(0, shorter) == std::string_view(b.id).substr(0, shorter);
  }
  if (a.is_container() !=
      b.is_container()) {  // `docker-<id>.scope` is a unit to systemd and a container to us
    const Owner& unit = a.is_container() ? b : a;
    const Owner& container = a.is_container() ? a : b;
    return !unit.unit.empty() && unit.unit == container.unit;
  }
  if (!a.name.empty() && !b.name.empty())
    return a.name == b.name && (a.pod.empty() || b.pod.empty() || a.pod == b.pod);
  return !a.pod.empty() && a.pod == b.pod;  // one of them knows the pod alone
}

ContainerBook::ContainerBook(const SideFacts& facts) {
  for (const ContainerFact& fact : facts.containers) {
    if (fact.id.empty()) continue;
    const auto [at, is_new] = ids_.try_emplace(fact.id, containers_.size());
    if (is_new)
      containers_.push_back(fact);
    else
      merge(containers_[at->second], fact);
  }
}

const ContainerFact* ContainerBook::find(std::string_view id) const {
  const auto at = ids_.lower_bound(id);
  if (at == ids_.end()) return nullptr;
  if (at->first == id) return &containers_[at->second];
  const auto next = std::next(at);
  const bool only = next == ids_.end() || !std::string_view(next->first).starts_with(id);
  return id.size() >= kShortId && std::string_view(at->first).starts_with(id) && only
             ? &containers_[at->second]
             : nullptr;
}

Owner ContainerBook::of(const ContainerFact& fact) const {
  Owner owner;
  owner.id = fact.id;
  owner.name = fact.name;
  owner.image = fact.image;
  owner.pod = fact.pod.empty() ? fact.pod_uid : fact.pod;
  owner.engine = fact.engine;
  owner.key = "container " + (fact.id.empty() ? fact.name : fact.id);
  if (fact.privileged)
    owner.remarks.push_back(fact.source +
                            " says that it is privileged: engines give such a container no seccomp "
                            "profile, so a filter of its own would be at work");
  else if (fact.seccomp == "unconfined")
    owner.remarks.push_back(
        fact.source +
        " says that it runs without a seccomp profile, so a filter of its own would be at work");
  if (const auto place = parse_cgroup_path(fact.cgroup)) {
    owner.unit = place->unit;
    if (owner.pod.empty()) owner.pod = place->pod_uid;
  }
  return owner;
}

Owner ContainerBook::by_id(std::string_view id, std::string_view engine) const {
  Owner owner;
  if (id.empty()) return owner;
  if (const ContainerFact* fact = find(id))
    owner = of(*fact);
  else {
    owner.id = id;
    owner.key = "container " + owner.id;
  }
  if (owner.engine.empty() || owner.engine == "oci") owner.engine = engine;
  return owner;
}

Owner ContainerBook::by_name(std::string_view name, std::string_view pod) const {
  const ContainerFact* only = nullptr;
  bool several = false;
  for (const ContainerFact& fact : containers_) {
    const bool in_pod = pod.empty() || fact.pod.empty() || fact.pod == pod ||
                        fact.pod.ends_with("/" + std::string(pod));
    if (name.empty() || fact.name != name || !in_pod) continue;
    several = several || only != nullptr;
    only = &fact;
  }
  Owner owner;
  if (only != nullptr && !several)
    owner = of(*only);
  else {
    owner.name = name;
    owner.key = name.empty()
                    ? "pod " + std::string(pod)
                    : "named " + std::string(name) + (pod.empty() ? "" : " in " + std::string(pod));
  }
  if (owner.pod.empty()) owner.pod = pod;
  return owner;
}

Owner ContainerBook::by_cgroup(std::string_view path) const {
  const auto place = parse_cgroup_path(path);
  if (place && place->kind == CgroupPlace::Kind::Container) {
    Owner owner = by_id(place->id, place->engine);
    if (owner.pod.empty()) owner.pod = place->pod_uid;
    if (owner.unit.empty()) owner.unit = place->unit;
    if (place->engine != "kubernetes" && owner.engine == "kubernetes") owner.engine = place->engine;
    return owner;
  }
  // Runtimes used by hand give any path, often one that ends in the container's name.
  const std::string_view last = base_name(path);
  for (const ContainerFact& fact : containers_) {
    const bool same =
        !fact.cgroup.empty() && place_id(fact.cgroup).empty() && ends_with_path(path, fact.cgroup);
    if (same || (!last.empty() && last == fact.id)) return of(fact);
  }
  Owner owner;
  if (!place || place->kind == CgroupPlace::Kind::Helper) return owner;
  owner.unit = place->unit;
  owner.engine = place->engine;
  if (place->kind == CgroupPlace::Kind::Pod) {
    owner.pod = place->pod_uid;
    for (const ContainerFact& fact : containers_) {
      if (fact.pod_uid == place->pod_uid && !fact.pod.empty()) owner.pod = fact.pod;
    }
    owner.key = "pod " + owner.pod;
  } else {
    owner.key = "unit " + owner.unit;
  }
  return owner;
}

std::string ContainerBook::helped_by(std::string_view path) {
  const auto place = parse_cgroup_path(path);
  return place && place->kind == CgroupPlace::Kind::Helper ? place->id : std::string();
}

Owner ContainerBook::by_categories(std::string_view pair) const {
  const ContainerFact* only = nullptr;
  for (const ContainerFact& fact : containers_) {
    if (pair.empty() || categories_of(fact.process_label) != pair) continue;
    if (only != nullptr) return {};  // the containers of a pod share theirs
    only = &fact;
  }
  return only == nullptr ? Owner{} : of(*only);
}

Owner ContainerBook::by_apparmor(std::string_view profile) const {
  const ContainerFact* only = nullptr;
  for (const ContainerFact& fact : containers_) {
    if (profile.empty() || fact.apparmor != profile) continue;
    if (only != nullptr) return {};
    only = &fact;
  }
  return only == nullptr ? Owner{} : of(*only);
}

Owner ContainerBook::by_command(std::string_view comm, std::string_view exe) const {
  const ContainerFact* only = nullptr;
  for (const ContainerFact& fact : containers_) {
    const std::string_view program = base_name(fact.command).substr(0, 15);  // TASK_COMM_LEN - 1
    if (program.empty() || (program != comm && (exe.empty() || fact.command != exe))) continue;
    if (only != nullptr) return {};
    only = &fact;
  }
  return only == nullptr ? Owner{} : of(*only);
}

}  // namespace medic::attribute
