// What --elf names, read and followed: every call that the programs' code can reach.
#pragma once

#include <map>

#include "cli/options.h"
#include "elf/program.h"

namespace medic::cli {

// All programs together.
struct Reached {
  kernel::Arch arch = kernel::Arch::Unknown;
  std::vector<std::string> programs, files;
  std::vector<elf::Hole> holes;
  std::map<std::string, std::string> ways;  // by call: the first way that was found
};
// Fails where a path cannot be read, or where the only program cannot be.
Result<Reached> reach_programs(const CodeOptions& args);

}  // namespace medic::cli
