// What the side files say of the container that a call was made in.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "attribute/side_facts.h"
#include "diagnose/case.h"

namespace medic::diagnose {

// Null: no side file says, or several containers are meant.
const attribute::ContainerFact* container_of(const Case& c, const Group& group);

// The capabilities that the container's bounding set holds. Nothing where the side file does not
// say enough.
std::optional<std::set<std::string>> caps_of(const attribute::ContainerFact& fact);

}  // namespace medic::diagnose
