// The containers that side files know, each once, found by id, short id, name, control group or
// label.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "attribute/owner.h"
#include "attribute/side_facts.h"

namespace medic::attribute {

class ContainerBook {
 public:
  explicit ContainerBook(const SideFacts& facts);

  // Of one container by its id, which may be cut to 12 digits or more. The engine is the one that
  // evidence named, if any.
  Owner by_id(std::string_view id, std::string_view engine) const;
  // Of the container that a control group's path belongs to; key empty where it speaks of none.
  // Units of the host have one too.
  Owner by_cgroup(std::string_view path) const;
  // Where the log has a name but no id.
  Owner by_name(std::string_view name, std::string_view pod) const;
  Owner of(const ContainerFact& fact) const;
  // The only container with this SELinux category pair, this AppArmor profile, this program. Key
  // empty: none, or several.
  Owner by_categories(std::string_view pair) const;
  Owner by_apparmor(std::string_view profile) const;
  Owner by_command(std::string_view comm, std::string_view exe) const;
  // The id of the container whose helper (conmon) runs in this control group; empty when it is no
  // helper's.
  static std::string helped_by(std::string_view path);

  const std::vector<ContainerFact>& containers() const { return containers_; }

 private:
  const ContainerFact* find(std::string_view id) const;

  std::vector<ContainerFact> containers_;  // merged: one an id
  std::map<std::string, std::size_t, std::less<>> ids_;
};

// `c17,c508` of an SELinux context; empty where there is no pair, as for processes that are in no
// container.
std::string categories_of(std::string_view label);
// The profile's name of an AppArmor label; empty for unconfined ones and for SELinux contexts.
std::string apparmor_of(std::string_view label);
// Do both mean the same container, pod or unit, as far as each says?
bool same_owner(const Owner& a, const Owner& b);

}  // namespace medic::attribute
