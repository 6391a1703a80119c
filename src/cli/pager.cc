#include "cli/pager.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>

#include "base/text.h"
#include "cli/session.h"

namespace medic::cli {
namespace {

bool is_program(std::string_view name) {
  const char* path = std::getenv("PATH");
  for (const std::string_view folder : split(path == nullptr ? "" : path, ':')) {
    const std::string file = std::string(folder) + "/" + std::string(name);
    if (!folder.empty() && access(file.c_str(), X_OK) == 0) return true;
  }
  return false;
}

// The command of the pager; empty: none.
std::string pager_command() {
  const char* set = std::getenv("PAGER");
  const std::string command(set == nullptr ? "" : trim(set));
  if (command == "cat" || (set != nullptr && command.empty())) return {};
  if (!command.empty()) return command;
  return is_program("less") ? "less" : "";
}

[[noreturn]] void become_pager(const std::string& command, const int (&ends)[2]) {
  dup2(ends[0], STDIN_FILENO);
  close(ends[0]);
  close(ends[1]);
  std::signal(SIGPIPE, SIG_DFL);
  setenv("LESS", "FRX", 0);
  setenv("LV", "-c", 0);
  execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
  _exit(127);
}

// Until everything is written, or the reader has gone, as somebody who has seen enough does.
void write_until_closed(int to, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(to, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

int print_paged(std::string_view text, Paging paging) {
  if (paging == Paging::Off || isatty(STDOUT_FILENO) != 1) return print(text);
  const std::string command = pager_command();
  int ends[2];
  if (command.empty() || pipe2(ends, O_CLOEXEC) != 0) return print(text);
  const pid_t pager = fork();
  if (pager == 0) become_pager(command, ends);
  close(ends[0]);
  if (pager < 0) {
    close(ends[1]);
    return print(text);
  }
  const auto former = std::signal(SIGINT, SIG_IGN);  // ^C is the pager's
  write_until_closed(ends[1], text);
  close(ends[1]);
  int status = 0;
  while (waitpid(pager, &status, 0) < 0 && errno == EINTR) {
  }
  std::signal(SIGINT, former);
  constexpr int kNotFound = 127;
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotFound) return print(text);
  return kDone;
}

}  // namespace medic::cli
