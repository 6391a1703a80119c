#include "base/result.h"

#include <fmt/format.h>

#include "base/text.h"

namespace medic {
namespace {

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::Note: return "note";
    case Severity::Warning: return "warning";
    case Severity::Error: return "error";
  }
  return "error";
}

// A window of the line around the column, so that a 10 MB line costs two lines of terminal.
std::string excerpt(const Problem& problem) {
  constexpr std::size_t kWindow = 72;
  const std::string_view line = problem.source_line;
  if (line.empty() || problem.column == 0) return {};
  const std::size_t at = std::min<std::size_t>(problem.column - 1, line.size());
  const std::size_t from = at > kWindow - 8 ? at - (kWindow - 8) : 0;
  const std::string before = escape_for_terminal(line.substr(from, at - from));
  const std::string after =
      escape_for_terminal(line.substr(at, kWindow - std::min(kWindow, at - from)));
  std::string pad;
  for (const unsigned char byte : before) {
    if ((byte & 0xC0) != 0x80) pad += ' ';  // one column a code point
  }
  return fmt::format("    {}{}\n    {}^\n", before, after, pad);
}

}  // namespace

std::string render(const Problem& problem) {
  std::string out;
  if (!problem.file.empty()) {
    out += escape_for_terminal(problem.file);
    if (problem.line != 0) out += fmt::format(":{}", problem.line);
    if (problem.column != 0) out += fmt::format(":{}", problem.column);
    out += ": ";
  }
  out +=
      fmt::format("{}: {}\n", severity_name(problem.severity), escape_for_terminal(problem.text));
  out += excerpt(problem);
  if (!problem.hint.empty()) out += fmt::format("  fix: {}\n", escape_for_terminal(problem.hint));
  return out;
}

}  // namespace medic
