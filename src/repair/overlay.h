// What a repair adds, apart from the profile it was made for: applied again when the vendor's
// default profile moves on.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "repair/repair.h"

namespace medic::repair {

// As JSON: {"schema":"seccomp-medic/overlay/1", "base":name, "override":[names],
// "architectures":[…],
// "syscalls":[rules]}, the last two as in a profile.
struct Overlay {
  std::set<std::string> overrides;  // names whose denial by a rule is lifted
  std::vector<kernel::Arch> architectures;
  std::vector<profile::NewRule> rules;  // that permit; without gates
  std::string base;  // the built-in that it was made over, "docker@27.5.1"; empty: a file
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

// The overlay for another base: what that permits by itself is dropped, what it denies by name is
// refused.
struct Rebased {
  Overlay overlay;
  Repair made;                            // the new base with it
  std::vector<std::string> newly_denied;  // by the new base, and permitted by the old one
};
// old_base may be null: then nothing is known of what the new one newly denies.
Result<Rebased> rebase_overlay(const profile::Profile* old_base, const profile::Profile& base,
                               const Overlay& overlay, const profile::Context& context);

}  // namespace medic::repair
