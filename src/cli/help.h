// Help, completion and the manual's synopsis, all made from the tables of commands and options.
#pragma once

#include <string>
#include <string_view>

#include "cli/commands.h"
#include "report/report.h"

namespace medic::cli {

enum class HelpForm : std::uint8_t {
  Short,  // -h: examples, and the options' names by group
  Long    // --help: every option with what it does
};

std::string help_text(const report::Style& style);
std::string help_text(const Command& command, HelpForm form, const report::Style& style);
// "bash", "zsh" or "fish"; empty for another.
std::string completion_script(std::string_view shell);
// A list of completion's, a word a line; empty for a list that is none.
std::string word_list(std::string_view name);
// mdoc: an .Nm line with its arguments for each command.
std::string man_synopsis();

}  // namespace medic::cli
