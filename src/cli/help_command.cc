#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/session.h"

namespace medic::cli {

int run_help(const Arguments& args) {
  if (args.has("completion")) {
    const std::string shell = args.value("completion");
    if (shell != "bash" && shell != "zsh")
      return refuse(usage_problem(fmt::format("no completion for '{}'", shell), "bash or zsh"));
    return print(completion_script(shell));
  }
  if (args.positional.empty()) return print(help_text());
  const Command* command = find_command(args.positional.front());
  if (command == nullptr)
    return refuse(
        usage_problem(fmt::format("unknown command '{}'", args.positional.front()), "`seccomp-medic help` lists the commands"));
  return print(help_text(*command));
}

}  // namespace medic::cli
