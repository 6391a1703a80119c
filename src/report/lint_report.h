// What the command lint found, ready to be printed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lint/lint.h"

namespace medic::report {

// One profile: what was found, and with --fix what was fixed before.
struct LintedProfile {
  std::string path, shown, text;               // shown: the path as messages name it
  std::vector<profile::LintFinding> findings;  // without those that the baseline holds
  std::optional<profile::Fixed> fixed;
  std::size_t known = 0;  // findings that the baseline holds
};

struct LintReport {
  std::vector<LintedProfile> profiles;
  Severity fails_from = Severity::Warning;  // --fail-on
};

std::string_view json_name(Severity severity);  // error|warning|note
bool fails(const profile::LintFinding& finding, Severity from);

}  // namespace medic::report
