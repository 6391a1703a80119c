// Which code made a call that was denied: by the instruction's address that a record or `strace -i`
// holds, or by the stack that `strace -k` prints. What a log does not show is said to be unknown.
#pragma once

#include <string>
#include <vector>

#include "analysis.h"

namespace medic {

struct CallerSources {
  std::vector<std::string> elf;  // programs and libraries, found by their names
  std::string root;              // where the paths of the logs are looked up; empty: nowhere
  std::string debug_dir;         // holds .build-id/ab/cdef….debug; empty: none
};

// Reads the lines of the findings' first evidence once more, with those behind and, for the
// addresses at which files were mapped, those before. Adds a note to each finding: who called, or
// why that is not known. Fails where a file of `elf` cannot be read.
Result<void> name_callers(const CallerSources& sources, diagnose::Diagnosis& diagnosis);

}  // namespace medic
