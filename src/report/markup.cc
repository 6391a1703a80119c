#include "report/markup.h"

#include "base/text.h"

namespace medic::report {

std::string markup_line(std::string_view text) {
  std::string out;
  for (const char c : escape_for_terminal(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string markup_lines(std::string_view text) {
  std::string out;
  for (const std::string_view line : split(text, '\n')) out += markup_line(line) + "\n";
  if (!out.empty()) out.pop_back();
  return out;
}

}  // namespace medic::report
