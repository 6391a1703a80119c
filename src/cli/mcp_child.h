// A command of our own in a process of its own: what a client asks for cannot take the server down,
// and the kernel keeps it to the files it is for.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace medic::cli {

// What the child may do and how much.
struct ChildBounds {
  std::string folder;                             // where it stands, and all that it may read
  std::vector<std::string> also_read;             // files beside that
  std::string may_write;                          // a folder; empty: nothing
  std::size_t most_bytes = std::size_t{4} << 20;  // of standard output, and of standard error
  std::chrono::seconds longest{300};
};

struct ChildAnswer {
  int code = -1;  // exit code; -1: it was ended for its time or the size of its answer
  std::string out, err;
  bool too_large = false, too_long = false;
};

// Runs `seccomp-medic WORDS...` without standard input. No thread of this process may run.
Result<ChildAnswer> run_in_child(const std::vector<std::string>& words, const ChildBounds& bounds);

}  // namespace medic::cli
