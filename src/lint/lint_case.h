// A mistake that was found, and what a check may look at.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "edit/text_edit.h"
#include "policy/evaluate.h"

namespace medic::profile {

struct LintFinding {
  std::string id;  // of the rule in lint_rules()
  Severity severity = Severity::Warning;
  Place place;
  std::string text;           // what is wrong
  std::string reason;         // what that leads to
  std::string hint;           // what to do
  std::vector<TextEdit> fix;  // empty: not mechanically safe
  bool fix_changes_meaning =
      false;  // the fix is meant to change what the profile does (a misspelt name that now counts)
  std::string path;
  std::vector<Place> more;  // where the same stands again, ascending
};

// What a rule may look at. A profile that the runtime would refuse has no flat form and no
// evaluator, but the refusal.
struct LintCase {
  const Profile& profile;
  const Context& context;
  const Evaluator* evaluator = nullptr;
  const Flat* flat = nullptr;
  const Problem* refusal = nullptr;
  std::span<const Problem> notes;  // of reading
};

}  // namespace medic::profile
