#include "report/markup.h"

#include "base/text.h"

namespace medic::report {

namespace {

// A tab stays: a profile's lines are indented with it, and it does nothing in markup.
std::string escape_but_tabs(std::string_view text) {
  std::string out;
  for (const std::string_view part : split(text, '\t')) out += escape_for_terminal(part) + "\t";
  if (!out.empty()) out.pop_back();
  return out;
}

}  // namespace

std::string markup_line(std::string_view text) {
  std::string out;
  for (const char c : escape_but_tabs(text)) {
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
