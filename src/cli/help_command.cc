#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/session.h"

namespace medic::cli {

int run_help(const HelpOptions& args) {
  if (args.completion) return print(completion_script(*args.completion));
  if (args.words) return print(word_list(*args.words));
  if (args.man_synopsis) return print(man_synopsis());
  if (args.positional.empty()) return print(help_text(style_of(args)));
  const Command* command = find_command(args.positional.front());
  if (command == nullptr)
    return refuse(usage_problem(fmt::format("unknown command '{}'", args.positional.front()),
                                "`seccomp-medic help` lists the commands"));
  return print(help_text(*command, HelpForm::Long, style_of(args)));
}

}  // namespace medic::cli
