// Where a profile is put to use: architecture, runtime, libseccomp, kernel and capabilities.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "kernel/arch.h"
#include "kernel/kernel_version.h"
#include "policy/judge.h"

namespace medic::profile {

enum class Runtime : std::uint8_t { Runc, Crun, None };  // None: libseccomp alone, no ENOSYS stub
std::string_view name(Runtime runtime);
std::optional<Runtime> runtime_from_text(std::string_view text);

using kernel::KernelVersion;
using kernel::parse_kernel_version;

// Docker's default set (moby oci/caps/defaults.go), CAP_-prefixed.
const std::set<std::string>& docker_default_caps();
// "all", "none", "default", names with or without CAP_ in any case, +X and -X on the default set;
// nothing on an unknown name.
std::optional<std::set<std::string>> parse_caps(std::string_view text);

// Where the profile is put to use. arch must be set: the machine's native architecture.
struct Context {
  kernel::Arch arch = kernel::Arch::Unknown;
  Runtime runtime = Runtime::Runc;
  std::set<std::string> caps = docker_default_caps();
  KernelVersion kernel;                  // default: newer than any gate
  kernel::LibseccompVersion libseccomp;  // default: newest
  // Decides where rules of different actions overlap; must outlive every evaluator made with it.
  // Null: such a call is undecided, and its verdict says so.
  const Judge* judge = nullptr;
  // The judge's libseccomp is the runtime's: where its program does something else than the rules
  // say, the program is right.
  bool by_program = false;
};

}  // namespace medic::profile
