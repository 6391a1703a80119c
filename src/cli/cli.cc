#include "cli/cli.h"

#include <fmt/format.h>

#include <csignal>
#include <exception>
#include <new>

#include "base/text.h"
#include "cli/session.h"

#ifndef MEDIC_VERSION
#define MEDIC_VERSION "0.1.0"
#endif

namespace medic::cli {
namespace {

Problem unknown_command(std::string_view word) {
  std::string hint = "`seccomp-medic help` lists the commands";
  unsigned best = 3;
  for (const Command& command : all_commands()) {
    const unsigned distance = edit_distance(word, command.name, 2);
    if (distance < best) {
      best = distance;
      hint = fmt::format("did you mean {}?", command.name);
    }
  }
  return usage_problem(fmt::format("unknown command '{}'", word), hint);
}

Problem failure(std::string text, std::string hint) {
  Problem problem;
  problem.text = std::move(text);
  problem.hint = std::move(hint);
  return problem;
}

int dispatch(const std::vector<std::string>& words) {
  if (words.empty()) {
    refuse(usage_problem("no command is named", "`seccomp-medic help` lists the commands"));
    return kUsage;
  }
  if (words.front() == "--help" || words.front() == "-h") return print(help_text());
  if (words.front() == "--version" || words.front() == "-V") return print(fmt::format("seccomp-medic {}\n", MEDIC_VERSION));
  const Command* command = find_command(words.front());
  if (command == nullptr) return refuse(unknown_command(words.front()));
  auto args = parse_arguments(*command, {words.begin() + 1, words.end()});
  if (!args) return refuse(args.error());
  if (args->has("help")) return print(help_text(*command));
  const std::string color = args->value("color");
  if (args->has("color") && color != "auto" && color != "always" && color != "never")
    return refuse(usage_problem("--color wants auto, always or never"));
  return command->run(*args);
}

}  // namespace

int run(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error of write(2), with an exit code
  try {
    return dispatch({argv + (argc > 0 ? 1 : 0), argv + argc});
  } catch (const std::bad_alloc&) {
    return refuse(failure("out of memory", "read fewer logs at once"));
  } catch (const std::exception& error) {
    return refuse(failure(fmt::format("internal error: {}", error.what()), "please report it, with the input if you can"));
  }
}

}  // namespace medic::cli
