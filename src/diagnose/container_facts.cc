#include "diagnose/container_facts.h"

#include <algorithm>

namespace medic::diagnose {

const attribute::ContainerFact* container_of(const Case& c, const Group& group) {
  if (c.options.side_facts == nullptr || c.options.owners == nullptr) return nullptr;
  const ledger::Observation& first = *group.members.front();
  const attribute::Owner* owner =
      c.options.owners->owner(first.process(), first.first(), first.last());
  if (owner == nullptr || !owner->is_container() || owner->id.empty()) return nullptr;
  const attribute::ContainerFact* found = nullptr;
  for (const attribute::ContainerFact& fact : c.options.side_facts->containers) {
    if (fact.id.empty() || !(fact.id.starts_with(owner->id) || owner->id.starts_with(fact.id)))
      continue;
    // Two files may describe it; the one that speaks of capabilities is the one to ask.
    if (found == nullptr || (found->held_caps.empty() && !fact.held_caps.empty())) found = &fact;
  }
  return found;
}

std::optional<std::set<std::string>> caps_of(const attribute::ContainerFact& fact) {
  if (fact.privileged) return profile::parse_caps("all");
  std::string caps = fact.held_caps.empty() ? "default" : fact.held_caps.front();
  for (std::size_t i = 1; i < fact.held_caps.size(); ++i) caps += "," + fact.held_caps[i];
  if (!fact.held_caps.empty()) return profile::parse_caps(caps);
  const auto has_all = [](const std::vector<std::string>& list) {
    return std::any_of(list.begin(), list.end(),
                       [](const std::string& each) { return each == "ALL" || each == "all"; });
  };
  if (has_all(fact.cap_drop)) caps = "none";
  if (has_all(fact.cap_add)) caps = "all";
  for (const std::string& each : fact.cap_add) caps += has_all({each}) ? "" : ",+" + each;
  for (const std::string& each : fact.cap_drop) caps += has_all({each}) ? "" : ",-" + each;
  return profile::parse_caps(caps);
}

}  // namespace medic::diagnose
