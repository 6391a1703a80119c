#include "elf/known_code.h"

#include <algorithm>
#include <set>

#include "kernel/syscalls.h"

namespace medic::elf {

bool never_returns(std::string_view name) {
  static const std::set<std::string_view> names{"abort",
                                                "exit",
                                                "_exit",
                                                "_Exit",
                                                "quick_exit",
                                                "__stack_chk_fail",
                                                "__assert_fail",
                                                "__assert",
                                                "__chk_fail",
                                                "__fortify_fail",
                                                "__libc_fatal",
                                                "longjmp",
                                                "_longjmp",
                                                "siglongjmp",
                                                "__longjmp_chk",
                                                "pthread_exit",
                                                "err",
                                                "errx",
                                                "verr",
                                                "verrx",
                                                "__cxa_throw",
                                                "__cxa_rethrow",
                                                "__cxa_bad_cast",
                                                "_Unwind_Resume",
                                                "_ZSt9terminatev",
                                                "__assert_perror_fail",
                                                "__libc_start_main",
                                                "thrd_exit"};
  return names.contains(name);
}

namespace {

const Function* exported(const Module& module, std::string_view name) {
  const auto it = std::lower_bound(module.exports.begin(), module.exports.end(), name,
                                   [](const Export& e, std::string_view n) { return e.name < n; });
  return it != module.exports.end() && it->name == name ? &module.functions[it->function] : nullptr;
}

void fill(Module& module, std::uint32_t index) {
  for (Site& site : module.functions[index].sites) {
    if (!site.unknown || site.parameter || !site.numbers.empty()) continue;
    for (const char* name :
         {"setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups"}) {
      const std::string wide = std::string(name) + "32";  // i386: the calls with 32-bit ids
      const auto id = kernel::find_name(module.arch == kernel::Arch::X86 ? std::string_view(wide)
                                                                         : std::string_view(name));
      if (const auto number = kernel::number_of(id, module.arch)) site.numbers.push_back(*number);
    }
    std::sort(site.numbers.begin(), site.numbers.end());
    site.unknown = false;
  }
}

}  // namespace

void add_setxid_numbers(Module& module) {
  if (!exported(module, "__libc_early_init")) return;
  // setresuid() calls __nptl_setxid(); pthread_create() installs the handler by which the other
  // threads follow.
  for (const auto& [name, kind] : {std::pair{"setresuid", EdgeKind::Call},
                                   {"setresuid", EdgeKind::Jump},
                                   {"pthread_create", EdgeKind::Takes}}) {
    const Function* from = exported(module, name);
    if (!from) continue;
    for (const Edge& edge : from->edges) {
      if (edge.kind == kind && !edge.imported) fill(module, edge.to);
    }
  }
}

}  // namespace medic::elf
