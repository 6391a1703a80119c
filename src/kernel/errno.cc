#include "kernel/errno.h"

namespace medic::kernel {
namespace {

struct Row {
  std::string_view name;
  int number;
};
constexpr Row kErrnos[] = {
#define ERRNO(name, number) {#name, number},
#include "kernel/errno.def"
#undef ERRNO
};

// include/uapi/asm-generic/signal.h
constexpr std::string_view kSignals[] = {
    "",          "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
    "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
    "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
    "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};

bool numbers_differ(Arch arch) {
  switch (arch) {
    case Arch::Mips:
    case Arch::Mipsel:
    case Arch::Mips64:
    case Arch::Mipsel64:
    case Arch::Mips64n32:
    case Arch::Mipsel64n32:
    case Arch::Parisc:
    case Arch::Parisc64: return true;
    default: return false;
  }
}

}  // namespace

std::string_view errno_name(int number, Arch arch) {
  if (number > 34 && number < 512 && numbers_differ(arch)) return {};
  for (const Row& row : kErrnos) {
    if (row.number == number) return row.name;
  }
  return {};
}

std::string errno_text(int number, Arch arch) {
  const std::string_view name = errno_name(number, arch);
  return name.empty() ? std::to_string(number) : std::string(name);
}

std::optional<int> errno_number(std::string_view name) {
  if (name == "EWOULDBLOCK") return 11;
  if (name == "EDEADLOCK") return 35;
  if (name == "ENOTSUP") return 95;
  for (const Row& row : kErrnos) {
    if (row.name == name) return row.number;
  }
  return std::nullopt;
}

std::optional<int> signal_number(std::string_view name) {
  for (std::size_t i = 1; i < std::size(kSignals); ++i) {
    if (kSignals[i] == name) return static_cast<int>(i);
  }
  return std::nullopt;
}

std::string_view signal_name(int number) {
  return number > 0 && number < static_cast<int>(std::size(kSignals)) ? kSignals[number]
                                                                      : std::string_view{};
}

}  // namespace medic::kernel
