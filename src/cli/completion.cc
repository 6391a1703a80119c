// The completion scripts. What stands behind an option or a command is completed by the row's
// values (options.def).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "cli/help.h"
#include "convert/convert.h"
#include "diagnose/kinds.h"
#include "kernel/syscalls.h"
#include "lint/lint.h"
#include "parsers/registry.h"
#include "policy/default_profiles.h"

namespace medic::cli {
namespace {

std::vector<const OptionRow*> rows_of_command(const Command& command) {
  std::vector<const OptionRow*> out;
  const auto add = [&](std::span<const OptionRow> rows) {
    for (const OptionRow& row : rows) {
      if (!row.help.empty()) out.push_back(&row);
    }
  };
  for (const OptionGroup& group : command.groups) add(group.rows);
  add(rows_of<CommonOptions>());
  return out;
}

// What the scripts' functions take: "@…" as it stands, else the words with blanks between.
std::string offered(const OptionRow& row) {
  if (row.values.starts_with('@')) return std::string(row.values);
  std::string out;
  for (const std::string_view word : split(row.values, '|')) {
    if (word != "…") out += fmt::format("{}{}", out.empty() ? "" : " ", word);
  }
  return out;
}

// `case` arms: for a command its options, what they take and what it takes.
std::string arms() {
  std::string out;
  for (const Command& command : all_commands()) {
    std::string options, values;
    for (const OptionRow* row : rows_of_command(command)) {
      options += fmt::format("{}--{}", options.empty() ? "" : " ", row->name);
      if (row->metavar.empty()) continue;
      values += fmt::format("        --{}{}) takes=\"{}\" ;;\n", row->name,
                            row->short_name == 0 ? "" : fmt::format("|-{}", row->short_name),
                            offered(*row));
    }
    out += fmt::format(
        "    {})\n      options=\"{}\" takes=\"{}\"\n      case $previous in\n{}      esac ;;\n",
        command.name, options, command.takes, values);
  }
  return out;
}

std::string commands() {
  std::vector<std::string_view> names;
  for (const Command& command : all_commands()) names.push_back(command.name);
  return fmt::format("{}", fmt::join(names, " "));
}

constexpr std::string_view kBash = R"sh(# Made by: seccomp-medic help --completion bash
_seccomp_medic() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} options="" takes="@file"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -f -W "@COMMANDS@" -- "$current"))
    return
  fi
  case ${COMP_WORDS[1]} in
@ARMS@  esac
  case $current in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")); return ;;
  esac
  case $takes in
    ""|@file|@log) COMPREPLY=($(compgen -f -- "$current")) ;;
    @folder) COMPREPLY=($(compgen -d -- "$current")) ;;
    @profiles) COMPREPLY=($(compgen -f -W "$(seccomp-medic help --words profiles)" -- "$current")) ;;
    @*) COMPREPLY=($(compgen -W "$(seccomp-medic help --words "${takes#@}")" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$takes" -- "$current")) ;;
  esac
}
complete -o filenames -F _seccomp_medic seccomp-medic
)sh";

constexpr std::string_view kZsh = R"sh(#compdef seccomp-medic
# Made by: seccomp-medic help --completion zsh
local current=$words[CURRENT] previous=$words[CURRENT-1] options="" takes="@file"
if (( CURRENT == 2 )); then
  compadd @COMMANDS@
  _files
  return
fi
case $words[2] in
@ARMS@esac
if [[ $current == -* ]]; then
  compadd -- ${=options}
  return
fi
case $takes in
  ""|@file|@log) _files ;;
  @folder) _files -/ ;;
  @profiles) compadd -- ${(f)"$(seccomp-medic help --words profiles)"}; _files ;;
  @*) compadd -- ${(f)"$(seccomp-medic help --words ${takes#@})"} ;;
  *) compadd -- ${=takes} ;;
esac
)sh";

std::string filled(std::string_view script) {
  std::string out(script);
  for (const auto& [mark, text] :
       {std::pair<std::string_view, std::string>{"@COMMANDS@", commands()}, {"@ARMS@", arms()}}) {
    const std::size_t at = out.find(mark);
    out.replace(at, mark.size(), text);
  }
  return out;
}

std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// fish completes files beside the words unless it is told not to (-f, or -x for a value).
std::string fish_offer(std::string_view takes, bool is_value) {
  const std::string_view alone = is_value ? "-x" : "-f", beside = is_value ? "-r" : "";
  if (takes.empty() || takes == "@file" || takes == "@log") return std::string(beside);
  if (takes == "@folder") return fmt::format("{} -a '(__fish_complete_directories)'", alone);
  if (takes == "@profiles")
    return fmt::format("{} -a '(seccomp-medic help --words profiles)'", beside);
  if (takes.front() == '@')
    return fmt::format("{} -a '(seccomp-medic help --words {})'", alone, takes.substr(1));
  return fmt::format("{} -a {}", alone, fish_quoted(takes));
}

std::string fish_script() {
  std::string out =
      "# Made by: seccomp-medic help --completion fish\n"
      "function __seccomp_medic_begins\n  test (count (commandline -opc)) -eq 1\nend\n";
  for (const Command& command : all_commands())
    out += fmt::format("complete -c seccomp-medic -n __seccomp_medic_begins -a {} -d {}\n",
                       command.name, fish_quoted(command.summary));
  for (const Command& command : all_commands()) {
    const std::string begin =
        fmt::format("complete -c seccomp-medic -n '__fish_seen_subcommand_from {}'", command.name);
    if (const std::string takes = fish_offer(command.takes, false); !takes.empty())
      out += fmt::format("{} {}\n", begin, takes);
    for (const OptionRow* row : rows_of_command(command)) {
      out += fmt::format("{} -l {}", begin, row->name);
      if (row->short_name != 0) out += fmt::format(" -s {}", row->short_name);
      if (!row->metavar.empty()) out += fmt::format(" {}", fish_offer(offered(*row), true));
      out += fmt::format(" -d {}\n", fish_quoted(row->help));
    }
  }
  return out;
}

template <class Range, class Name>
std::string lines(const Range& range, const Name& name) {
  std::string out;
  for (const auto& each : range) out += fmt::format("{}\n", name(each));
  return out;
}

std::string syscall_names() { return fmt::format("{}\n", fmt::join(kernel::all_names(), "\n")); }

std::string profile_names() {
  std::string out;
  for (const profile::Engine& engine : profile::all_engines()) {
    out += fmt::format("{}\n", engine.name);
    for (const auto& each : engine.shipped) out += fmt::format("{}@{}\n", engine.name, each.text);
  }
  return out + "auto\nsystemd:@system-service\nunconfined\n";
}

}  // namespace

std::string completion_script(std::string_view shell) {
  if (shell == "bash") return filled(kBash);
  if (shell == "zsh") return filled(kZsh);
  return shell == "fish" ? fish_script() : "";
}

std::string word_list(std::string_view name) {
  if (name == "archs")
    return lines(kernel::all_archs(), [](const auto& each) { return each.name; });
  if (name == "commands") return lines(all_commands(), [](const auto& each) { return each.name; });
  if (name == "dialects")
    return lines(parsers::all_dialects(), [](const auto* each) { return each->name(); });
  if (name == "formats")
    return lines(profile::all_formats(), [](const auto& each) { return each.name; });
  if (name == "kinds")
    return lines(diagnose::all_kinds(), [](const auto& each) { return each.kind; }) +
           lines(profile::lint_rules(), [](const auto& each) { return each.id; });
  if (name == "profiles") return profile_names();
  if (name == "renderers")
    return lines(report::all_renderers(), [](const auto& each) { return each.name; });
  return name == "syscalls" ? syscall_names() : "";
}

}  // namespace medic::cli
