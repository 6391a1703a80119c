// What the HTML page is put together from. Every part escapes what it is given.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "report/sheet.h"

namespace medic::report {

// The rows at a glance, each a link to `anchor` and its number; empty without rows.
std::string row_table(const std::vector<Row>& rows, bool are_denials, std::string_view anchor);
// One row in full, with who met it and its evidence.
std::string article(const Row& row, std::string_view id, std::size_t number);
// Lines `hits` and `changed` of the text, highlighted, with a few lines around each; all of a short
// text. Empty where there is no text.
std::string profile_lines(std::string_view text, const std::set<std::uint64_t>& hits,
                          const std::set<std::uint64_t>& changed);
std::string diff_lines(std::string_view diff);
// When the rows happened, as SVG; empty where no row has a time, or all have the same.
std::string timeline(const std::vector<Row>& rows);

}  // namespace medic::report
