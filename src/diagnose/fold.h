// One cause, one finding: findings that differ only in who met them become one, with those who met
// it listed under it.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "diagnose/finding.h"

namespace medic::diagnose {

// Who splits a cause again, where the reader asks for it.
enum class By : std::uint8_t { Cause, Container, Program, Host, Process, Unit };
std::optional<By> by_from_text(std::string_view text);  // as --by takes it

// Folds in place; the order of first appearance stays. Counts are exact. What may differ between
// those who met a cause (program, process, container, label, host) stands in Who::met; two findings
// whose fix or explanation differs stay apart.
void fold_by_cause(std::vector<Finding>& findings, By by);

// Sorts, and leaves each once.
void keep_different(std::vector<attribute::ProcessIndex>& processes);

}  // namespace medic::diagnose
