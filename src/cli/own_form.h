// A repair in the form in which the profile was given: a unit's drop-in, a SeccompProfile object, a
// policy of another tool.
#pragma once

#include <optional>
#include <string>

#include "convert/convert.h"
#include "repair/repair.h"

namespace medic::cli {

struct OwnForm {
  std::string text;
  std::vector<std::string> notes;   // a sentence each
  std::vector<std::string> losses;  // what the form cannot say; empty: it means the same
};

// Nothing for JSON and built-ins, whose form the repair has already, and for formats that cannot be
// written. context.arch must be set. Fails where the form can hold nothing of it.
Result<std::optional<OwnForm>> in_own_form(const profile::Profile& old, const repair::Repair& made,
                                           const profile::Context& context);

}  // namespace medic::cli
