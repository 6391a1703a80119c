#include "cli/cli.h"

#include <csignal>
#include <exception>
#include <new>

#include "cli/commands.h"
#include "cli/door.h"
#include "cli/help.h"
#include "cli/session.h"
#include "cli/version.h"

namespace medic::cli {
namespace {

Problem failure(std::string text, std::string hint) {
  Problem problem;
  problem.text = std::move(text);
  problem.hint = std::move(hint);
  return problem;
}

int dispatch(const std::vector<std::string>& words) {
  if (words.empty())
    return refuse(usage_problem(
        "no log is named",
        "`seccomp-medic LOG` says what was denied; `seccomp-medic help` lists the commands"));
  if (words.front() == "--help" || words.front() == "-h")
    return print(help_text(style_of(Options<>())));
  if (words.front() == "--version" || words.front() == "-V") return print(version_text());
  if (const Command* command = find_command(words.front()))
    return command->run(*command, {words.begin() + 1, words.end()});
  const auto command = meant_command(words);
  return command ? (*command)->run(**command, words) : refuse(command.error());
}

}  // namespace

int run(int argc, char** argv) {
  std::signal(SIGPIPE,
              SIG_IGN);  // a reader that went away is an error of write(2), with an exit code
  try {
    return dispatch({argv + (argc > 0 ? 1 : 0), argv + argc});
  } catch (const std::bad_alloc&) {
    return refuse(failure("out of memory", "read fewer logs at once"));
  } catch (const std::exception& error) {
    return refuse(failure(fmt::format("internal error: {}", error.what()),
                          "please report it, with the input if you can"));
  }
}

}  // namespace medic::cli
