// What a repair adds, apart from the profile it was made for: applied again when the vendor's
// default profile moves on.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "repair/repair.h"

namespace medic::repair {

// As JSON: {"schema":"seccomp-medic/overlay/1", "override":[names], "architectures":[…],
// "syscalls":[rules]}, the last two as in a profile.
struct Overlay {
  std::set<std::string> overrides;  // names whose denial by a rule is lifted
  std::vector<kernel::Arch> architectures;
  std::vector<profile::NewRule> rules;  // that permit; without gates
};

Overlay overlay_of(const profile::Profile& profile, const std::vector<profile::TextEdit>& edits);
std::string write_overlay(const Overlay& overlay);
// Fails on anything that is no overlay, with the place: an overlay that is half understood would
// permit half of what it should.
Result<Overlay> read_overlay(std::string text, const std::string& path);

// The base with what the overlay adds and the base does not permit by itself. What the base denies
// by name, and the overlay does not override, is refused and stays; the proof is a repair's.
Result<Repair> apply_overlay(const profile::Profile& base, const Overlay& overlay,
                             const profile::Context& context);

}  // namespace medic::repair
