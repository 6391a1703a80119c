#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace medic::cli {
namespace {

std::string left_of(const OptionRow& row) {
  std::string left = row.short_name == 0 ? fmt::format("    --{}", row.name)
                                         : fmt::format("-{}, --{}", row.short_name, row.name);
  if (!row.metavar.empty()) left += fmt::format(" {}", row.metavar);
  return left;
}

// Of UTF-8; a byte that goes on with a letter counts nothing.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string row_text(const OptionRow& row, const report::Style& style) {
  constexpr std::size_t kIndent = 28;
  const std::string left = left_of(row), help = report::wrap(row.help, kIndent, style);
  return columns(left) <= 24 ? fmt::format("  {:<25} {}\n", left, help)
                             : fmt::format("  {}\n  {:<25} {}\n", left, "", help);
}

std::string names_of(const OptionGroup& group) {
  std::string out;
  for (const OptionRow& row : group.rows) {
    if (row.help.empty()) continue;
    out += fmt::format("{}--{}", out.empty() ? "" : " ", row.name);
    if (row.short_name != 0) out += fmt::format(",-{}", row.short_name);
  }
  return out;
}

std::string group_text(const OptionGroup& group, HelpForm form, const report::Style& style) {
  if (form == HelpForm::Short)
    return fmt::format("  {:<21} {}\n", group.title, report::wrap(names_of(group), 24, style));
  std::string out = fmt::format("\n{}:\n", group.title);
  for (const OptionRow& row : group.rows) {
    if (!row.help.empty()) out += row_text(row, style);
  }
  return out;
}

}  // namespace

std::string help_text(const report::Style& style) {
  std::string out =
      "usage: seccomp-medic LOG...              says who was denied what, and why\n"
      "       seccomp-medic COMMAND ...\n\n"
      "Reads audit logs, kernel logs, strace output and captures; says who was denied which\n"
      "system call, by which layer and why; and writes the seccomp profile that fixes it.\n\n";
  for (const Command& command : all_commands())
    out += fmt::format("  {:<13} {}\n", command.name, report::wrap(command.summary, 16, style));
  return out +
         "\nA LOG is a file, a directory of rotated logs, or - for standard input.\n"
         "Exit status: 0 done and nothing denied; 1 denials, or not all could be repaired;\n"
         "2 wrong command line; 3 an input cannot be read; 4 an output cannot be written.\n"
         "`seccomp-medic COMMAND -h` gives examples, `COMMAND --help` describes the options;\n"
         "the manual is seccomp-medic(1).\n";
}

std::string help_text(const Command& command, HelpForm form, const report::Style& style) {
  std::string out = fmt::format("usage: seccomp-medic {} {}\n\n{}\n\n", command.name,
                                command.arguments, report::wrap(command.summary, 0, style));
  for (const std::string_view example : command.examples)
    out += fmt::format("  $ seccomp-medic {}\n", example);
  if (form == HelpForm::Short) out += "\nOptions:\n";
  for (const OptionGroup& group : command.groups) out += group_text(group, form, style);
  out += group_text({CommonOptions::kTitle, rows_of<CommonOptions>()}, form, style);
  if (form == HelpForm::Short)
    out += fmt::format("\n`seccomp-medic {} --help` says what each does.\n", command.name);
  return out;
}

// The synopsis as mdoc's arguments, a word or bracket a line of the source.
std::string mdoc_arguments(std::string_view text) {
  std::string out;
  for (const std::string_view word : split(text, ' ')) {
    const bool opens = word.starts_with('['), closes = word.ends_with(']'),
               dots = word.find("...") != std::string_view::npos;
    std::string_view bare = word.substr(opens ? 1 : 0);
    if (closes) bare.remove_suffix(1);
    if (dots) bare = bare.substr(0, bare.find("..."));
    if (word == "|") {
      out += "\n.No |";
      continue;
    }
    out += opens ? "\n.Oo" : "";
    out += bare.starts_with("--")  ? fmt::format("\n.Fl Fl {}", bare.substr(2))
           : bare.starts_with("-") ? fmt::format("\n.Fl {}", bare.substr(1))
                                   : fmt::format("\n.Ar {}", bare);
    out += dots ? " ..." : "";
    out += closes ? "\n.Oc" : "";
  }
  return out;
}

std::string man_synopsis() {
  std::string out = ".Nm\n.Ar log ...\n";
  for (const Command& command : all_commands())
    out += fmt::format(".Nm\n.Cm {}{}\n", command.name, mdoc_arguments(command.arguments));
  return out;
}

}  // namespace medic::cli
