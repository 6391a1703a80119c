// The rules, one a file under rules/: each reads the case and adds findings.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "diagnose/case.h"

namespace medic::diagnose {

using Rule = void (*)(const Case&, std::vector<Finding>&);
struct RuleRow {
  std::string_view name;
  Rule rule;
};
std::span<const RuleRow> all_rules();

}  // namespace medic::diagnose
