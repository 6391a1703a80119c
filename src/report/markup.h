// Text from anywhere made safe within HTML, XML and Markdown.
#pragma once

#include <string>
#include <string_view>

namespace medic::report {

// For an element's text or a quoted attribute: controls, bytes that are no UTF-8 and marks that
// reorder text are written out, and & < > " ' are entities. A line break is written out, too; a
// tab stays.
std::string markup_line(std::string_view text);
// The same, but line breaks stay.
std::string markup_lines(std::string_view text);

}  // namespace medic::report
