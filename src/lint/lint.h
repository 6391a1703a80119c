// Mistakes in a profile, each with its place, the reason why it is one, and the fix. A rule is a
// row in lint_rules().
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lint/lint_case.h"

namespace medic::profile {

struct LintRule {
  std::string_view id;
  std::string_view summary;  // one line for the manual
  void (*check)(const LintCase&, std::vector<LintFinding>&);
};
// Sorted by id. "unreadable" stands for what read_profile refuses, "encoding" for
// what lint_encoding() finds; they have no check.
const std::vector<LintRule>& lint_rules();

// By place, then id.
std::vector<LintFinding> lint(const Profile& profile, const Context& context);
// The same for a text, which may not be readable at all: then the one finding is "unreadable".
std::vector<LintFinding> lint_text(const std::string& text, const std::string& path,
                                   const Context& context);

// The mistake in how the file is written: `front` is its first bytes as they are on disk, three or
// more where it has them.
std::optional<LintFinding> lint_encoding(std::string_view front, const std::string& path);

struct Fixed {
  std::string text;
  std::vector<LintFinding> applied;  // what was fixed
};
// Fixes what is safe to fix: a fix that is not meant to change the meaning is kept only where the
// result is proven, under runc and crun, to do exactly the same with every call. Fails where the
// text cannot be read even with wrong architecture names fixed.
Result<Fixed> fix_all(const std::string& text, const std::string& path, const Context& context);

}  // namespace medic::profile
