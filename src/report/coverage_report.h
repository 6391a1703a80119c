// What the command coverage found out, ready to be printed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coverage/estimate.h"
#include "elf/program.h"

namespace medic::report {

struct CoverageRun {
  std::string name;
  std::size_t calls = 0, fresh = 0;  // fresh: met in no earlier run
};

// One container, program or phase by itself.
struct CoverageGroup {
  std::string kind, name;  // kind: "container", "program" or "phase"
  coverage::Estimate estimate;
};

struct NewInHour {
  std::uint64_t hour = 0;  // since the first call of the logs
  std::size_t fresh = 0;
};

// What the program's code could call, beside what was seen and what a profile permits. Names,
// sorted.
struct CodeCoverage {
  std::vector<std::string> programs, files;
  std::string
      seen_of;  // whose calls `seen` are: a program's name, or empty for all that the logs hold
  std::vector<std::string> seen, reachable,
      unforeseen;                        // unforeseen: seen, but not found in the code
  std::optional<std::size_t> permitted;  // by the profile, where one is given
  std::vector<std::string>
      droppable;  // permitted, and neither reachable, nor seen, nor a runtime's own
  std::vector<std::pair<std::string, std::string>>
      ways;  // reachable but not seen → how it is reached
  std::vector<elf::Hole> holes;
  bool sound() const { return holes.empty(); }
};

struct CoverageReport {
  std::string runs_by;  // "file", "container", "program"
  std::vector<CoverageRun> runs;
  std::vector<NewInHour> hours;  // empty where the logs say no times
  coverage::Estimate estimate;
  std::vector<coverage::Doubt> doubts;
  std::uint64_t lost_records = 0;  // notices of the logs that records are missing
  std::vector<CoverageGroup> groups;
  std::optional<CodeCoverage> code;
};

// A doubt in a sentence, and its name in JSON.
std::string doubt_text(coverage::Doubt doubt);
std::string_view json_name(coverage::Doubt doubt);
std::string_view json_name(elf::HoleKind kind);

}  // namespace medic::report
