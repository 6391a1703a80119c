#include "cli/cli.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <new>
#include <string_view>

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

// Recursion is bounded, and so much holds it.
constexpr rlim_t kLeastStack = rlim_t{512} << 10, kUsualStack = rlim_t{8} << 20;

// Raises a stack limit that is too small as far as the hard one lets it. Threads take theirs from
// the limit that the program was started with. Returns the limit in force.
rlim_t make_room_for_stack() {
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= kUsualStack) return kUsualStack;
  pthread_attr_t attributes;
  if (pthread_getattr_default_np(&attributes) == 0) {
    pthread_attr_setstacksize(&attributes, kUsualStack);
    pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
  }
  rlimit wanted = limit;
  wanted.rlim_cur = std::min(kUsualStack, limit.rlim_max);
  return setrlimit(RLIMIT_STACK, &wanted) == 0 ? wanted.rlim_cur : limit.rlim_cur;
}

// With what is left of the memory: the words are the program's own.
int refuse_without_memory() {
  constexpr std::string_view kText =
      "seccomp-medic: error: out of memory\n  fix: read fewer logs at once, or raise the limit "
      "(ulimit -v, the cgroup's memory.max)\n";
  return write(STDERR_FILENO, kText.data(), kText.size()) < 0 ? kOutput : kInput;
}

}  // namespace

int run(int argc, char** argv) {
  // A reader that went away, and a file at RLIMIT_FSIZE, are errors of write(2) with an exit code.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    if (const rlim_t stack = make_room_for_stack(); stack < kLeastStack)
      return refuse(failure(fmt::format("the stack is limited to {} KiB", stack >> 10),
                            "raise the limit: ulimit -s 8192"));
    return dispatch({argv + (argc > 0 ? 1 : 0), argv + argc});
  } catch (const std::bad_alloc&) {
    return refuse_without_memory();
  } catch (const std::exception& error) {
    return refuse(failure(fmt::format("internal error: {}", error.what()),
                          "please report it, with the input if you can"));
  }
}

}  // namespace medic::cli
