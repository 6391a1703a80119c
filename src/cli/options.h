// One definition per option: parsing, help, completion, the manual's test and the commands all read this table.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace medic::cli {

struct OptionRow {
  std::string_view name;     // without the dashes
  char short_name;           // 0: none
  std::string_view metavar;  // empty: a switch
  std::string_view group;    // "log", "filter", "context", "output", …; a command takes whole groups
  std::string_view help;
};
std::span<const OptionRow> all_options();

// What was typed, sorted by option; nothing is interpreted yet.
struct Arguments {
  std::vector<std::string> positional;
  std::map<std::string, std::vector<std::string>, std::less<>> values;
  bool has(std::string_view name) const { return values.contains(name); }
  // The last one typed; empty when the option was not given.
  std::string value(std::string_view name) const;
  // All of them, each split at commas.
  std::vector<std::string> list(std::string_view name) const;
};

struct Command {
  std::string_view name;
  std::string_view synopsis;  // what follows the name
  std::string_view summary;   // one line
  std::vector<std::string_view> groups;
  int (*run)(const Arguments&);
};
std::span<const Command> all_commands();
const Command* find_command(std::string_view name);

// Wrong words are a Problem of kind Usage that names the nearest right one.
Result<Arguments> parse_arguments(const Command& command, const std::vector<std::string>& words);

std::string help_text();
std::string help_text(const Command& command);
std::string completion_script(std::string_view shell);  // "bash" or "zsh"

}  // namespace medic::cli
