// Runs, and what they met, out of what was read.
#pragma once

#include "analysis.h"
#include "report/coverage_report.h"

namespace medic {

enum class RunsBy : std::uint8_t { Auto, File, Container, Program };

struct CoverageOptions {
  RunsBy by = RunsBy::Auto;  // Auto: files where there are several, else containers where there are
                             // several, else executions
  double bound = 0.05;       // of the chance that the next run meets a new call
};

// Everything but report.code. analysis: read and attributed.
report::CoverageReport cover(const Analysis& analysis, const CoverageOptions& options);

// Names of the calls that processes executing `program` (a file's name without its folder) made; of
// all processes where it is empty.
std::vector<std::string> calls_seen(const Analysis& analysis, const std::string& program);

// Fills in what depends on the profile: how many calls it permits, and which of them nobody needs.
// evaluator: may be null.
void compare_with_profile(report::CodeCoverage& code, const profile::Evaluator* evaluator,
                          kernel::Arch arch);

}  // namespace medic
