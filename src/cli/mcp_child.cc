#include "cli/mcp_child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

#include "cli/commands.h"
#include "cli/session.h"

namespace medic::cli {
namespace {

Problem system_problem(const char* what) {
  Problem problem;
  problem.kind = ProblemKind::Output;
  problem.text = fmt::format("{}: {}", what, std::strerror(errno));
  return problem;
}

#ifdef LANDLOCK_ACCESS_FS_READ_FILE
constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWrite =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;

void permit(int ruleset, const std::string& path, std::uint64_t access) {
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (rule.parent_fd < 0) return;
  syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  close(rule.parent_fd);
}

// A second wall behind the names that were checked: where the kernel has Landlock (5.13), it
// refuses every other file. Without it the checks stand alone.
void confine(const ChildBounds& bounds) {
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = kRead | kWrite | LANDLOCK_ACCESS_FS_EXECUTE;
  const auto ruleset =
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0));
  if (ruleset < 0) return;
  permit(ruleset, bounds.folder, kRead);
  for (const std::string& file : bounds.also_read)
    permit(ruleset, file, LANDLOCK_ACCESS_FS_READ_FILE);
  if (!bounds.may_write.empty()) permit(ruleset, bounds.may_write, kRead | kWrite);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  syscall(SYS_landlock_restrict_self, ruleset, 0);
  close(ruleset);
}
#else
void confine(const ChildBounds&) {}
#endif

[[noreturn]] void become_command(const std::vector<std::string>& words, const ChildBounds& bounds,
                                 int out, int err) {
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0)
    dup2(nothing, STDIN_FILENO);
  else
    close(STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  const Command* command = find_command(words.front());
  if (command == nullptr || chdir(bounds.folder.c_str()) != 0) _exit(kInput);
  confine(bounds);
  int code = kInput;
  try {
    code = command->run(*command, {words.begin() + 1, words.end()});
  } catch (const std::exception& error) {
    refuse(usage_problem(error.what()));
  }
  std::fflush(stderr);
  _exit(code);
}

struct Pipe {
  int ends[2] = {-1, -1};
  bool make() { return pipe2(ends, O_CLOEXEC) == 0; }
  ~Pipe() {
    for (const int each : ends) {
      if (each >= 0) close(each);
    }
  }
  void close_writing() {
    close(ends[1]);
    ends[1] = -1;
  }
};

// Reads both until they end, or a bound is met.
void collect(Pipe& out, Pipe& err, const ChildBounds& bounds, ChildAnswer& answer) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + bounds.longest;
  pollfd waiting[] = {{out.ends[0], POLLIN, 0}, {err.ends[0], POLLIN, 0}};
  std::string* const texts[] = {&answer.out, &answer.err};
  while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    answer.too_long = left <= 0;
    if (answer.too_long) return;
    if (poll(waiting, 2, static_cast<int>(left)) < 0 && errno != EINTR) return;
    for (std::size_t i = 0; i < 2; ++i) {
      if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
      char some[65536];
      const ssize_t got = read(waiting[i].fd, some, sizeof some);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0)
        waiting[i].fd = -1;
      else
        texts[i]->append(some, static_cast<std::size_t>(got));
      answer.too_large = texts[i]->size() > bounds.most_bytes;
      if (answer.too_large) return;
    }
  }
}

}  // namespace

Result<ChildAnswer> run_in_child(const std::vector<std::string>& words, const ChildBounds& bounds) {
  Pipe out, err;
  if (!out.make() || !err.make()) return fail(system_problem("no pipe can be made"));
  const pid_t child = fork();
  if (child < 0) return fail(system_problem("no process can be made"));
  if (child == 0) {
    setpgid(0, 0);
    become_command(words, bounds, out.ends[1], err.ends[1]);
  }
  setpgid(child, child);  // both do it: whoever is first
  out.close_writing();
  err.close_writing();
  ChildAnswer answer;
  collect(out, err, bounds, answer);
  if (answer.too_large || answer.too_long) kill(-child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && !answer.too_large && !answer.too_long) answer.code = WEXITSTATUS(status);
  return answer;
}

}  // namespace medic::cli
