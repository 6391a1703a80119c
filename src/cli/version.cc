#include "cli/version.h"

#include <fmt/format.h>

#include "kernel/syscalls.h"
#include "libseccomp/compile.h"
#include "medic_commit.h"
#include "policy/default_profiles.h"

namespace medic::cli {

std::string version_text() {
  const kernel::LibseccompVersion linked = profile::linked_libseccomp();
  std::string profiles;
  for (const profile::Engine& engine : profile::all_engines())
    profiles += fmt::format("{}{} {}", profiles.empty() ? "" : ", ", engine.name,
                            engine.shipped.back().text);
  return fmt::format(
      "seccomp-medic {} (commit {})\n"
      "libseccomp          {}.{}.{}\n"
      "system call tables  Linux {}\n"
      "built-in profiles   up to {}\n",
      MEDIC_VERSION, MEDIC_COMMIT, linked.major, linked.minor, linked.patch,
      kernel::tables_version(), profiles);
}

}  // namespace medic::cli
