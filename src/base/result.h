// What can go wrong with an input, as data: a place, a text, a way out. Nothing here prints.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace medic {

enum class Severity { Note, Warning, Error };

// Which of the documented exit codes an Error leads to.
enum class ProblemKind { Usage, Input, Output };

// One thing that is wrong, with its place. line and column count from 1; 0 means "the whole file".
// column counts bytes. source_line is the line's own text, unescaped: whoever prints it escapes it.
struct Problem {
  Severity severity = Severity::Error;
  ProblemKind kind = ProblemKind::Input;
  std::string file;
  std::uint64_t line = 0;
  std::uint64_t column = 0;
  std::string text;
  std::string source_line;
  std::string hint;
};

using Problems = std::vector<Problem>;

template <class T>
using Result = tl::expected<T, Problem>;

inline tl::unexpected<Problem> fail(Problem problem) {
  return tl::unexpected<Problem>(std::move(problem));
}

// `file:line:column: error: text`, the line, a caret under the column, and the hint; every byte
// that could steer a terminal is escaped. Ends in a newline.
std::string render(const Problem& problem);

}  // namespace medic
