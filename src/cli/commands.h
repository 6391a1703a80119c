// One function a command, one file each: options in, exit code out.
#pragma once

#include "cli/options.h"

namespace medic::cli {

int run_check(const Arguments& args);
int run_complain(const Arguments& args);
int run_profiles(const Arguments& args);
int run_coverage(const Arguments& args);
int run_convert(const Arguments& args);
int run_diagnose(const Arguments& args);
int run_digest(const Arguments& args);
int run_diff(const Arguments& args);
int run_eval(const Arguments& args);
int run_explain(const Arguments& args);
int run_help(const Arguments& args);
int run_lint(const Arguments& args);
int run_merge(const Arguments& args);
int run_repair(const Arguments& args);
int run_synthesize(const Arguments& args);
int run_syscalls(const Arguments& args);

}  // namespace medic::cli
