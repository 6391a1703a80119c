#include "parsers/strace/nature.h"

#include <initializer_list>
#include <string_view>
#include <vector>

namespace medic::parsers::strace {

Nature nature_of(kernel::NameId name) {
  static const std::vector<Nature> natures = [] {
    std::vector<Nature> built(kernel::all_names().size(), Nature::Plain);
    const auto set = [&](Nature nature, std::initializer_list<std::string_view> names) {
      for (const auto text : names) {
        if (const auto id = kernel::find_name(text); id != kernel::kNoName) built[id] = nature;
      }
    };
    set(Nature::NoReturn, {"exit", "exit_group"});
    set(Nature::Restores, {"rt_sigreturn", "sigreturn"});
    set(Nature::Forks, {"clone", "clone3", "fork", "vfork"});
    set(Nature::Execs, {"execve", "execveat"});
    set(Nature::EntersSeccomp, {"prctl", "seccomp"});
    return built;
  }();
  return name < natures.size() ? natures[name] : Nature::Plain;
}

}  // namespace medic::parsers::strace
