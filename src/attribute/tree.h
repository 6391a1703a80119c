// The processes of a log as a tree, for people.
#pragma once

#include <string>

#include "attribute/attribution.h"

namespace medic::attribute {

// A line a process: number, program, lifetime marks, owner with certainty and reason where it
// differs from the parent's. Safe for a terminal. At most max_lines lines; how many are left out is
// said.
std::string tree_text(const Attribution& owners, std::size_t max_lines);

}  // namespace medic::attribute
