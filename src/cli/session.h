// What the commands share: options turned into requests, problems said on stderr, results written,
// exit codes.
#pragma once

#include <string>

#include "cli/options.h"
#include "analysis.h"
#include "report/report.h"

namespace medic::cli {

// The groups that say what is read and asked, and where a profile is put to use; a command that
// lacks one has its defaults.
using RequestOptions = Options<LogOptions, MachineOptions, FilterOptions, FindingsOptions,
                               ProfileOptions, ContextOptions, RuntimeOptions>;
using WhereOptions = Options<MachineOptions, ContextOptions, RuntimeOptions>;

// DESIGN's exit codes.
enum Exit : int { kDone = 0, kDenials = 1, kUsage = 2, kInput = 3, kOutput = 4 };

int exit_code(const Problem& problem);
// Says the problem on stderr and returns its exit code.
int refuse(const Problem& problem);
Problem usage_problem(std::string text, std::string hint = "");
// Warnings and notes too, unless --quiet. Returns kInput when one is an Error, else kDone.
int tell(const Problems& problems, const CommonOptions& args);

// walk() of a process that ends after it: the road stays, as giving back table by table what
// gigabytes of log left would only take time.
// Shows how far it is on a terminal.
Result<Analysis*> walk_once(const Request& request, const CommonOptions& args);

// What a choice of containers left out, and how to take it in. Nothing where nothing was.
void say_left_out(const Analysis& analysis, const Options<FilterOptions>& args);

// What --runtime of a command that takes several names: OCI runtimes, and "init", the init that
// `docker run --init` adds.
struct Runtimes {
  std::vector<profile::Runtime> oci;
  bool init_helper = false;
};
Result<Runtimes> runtimes_of(const SynthesisOptions& args);

// The logs, filters, profile and context of the command line.
Result<Request> request_of(const RequestOptions& args);
Result<profile::Context> context_of(const WhereOptions& args);
// --arch, or what the profile names, or x86_64 — then said on stderr, for no machine is asked.
Result<kernel::Arch> machine_of(const WhereOptions& args, const profile::Profile* profile);
// Refuses a form that such an answer does not have, and names those that it has.
Result<const report::Renderer*> renderer_of(const FormatOptions& args, report::Answer answer);
report::Style style_of(const Options<FindingsOptions>& args);

// To standard output; a closed pipe ends the program quietly with kOutput.
int print(std::string_view text);
// On stderr, unless --quiet.
void say(std::string_view text, const CommonOptions& args);

// A wrong --format, an unknown --arch … as a Problem.
template <class T>
Result<T> usage_failure(std::string text, std::string hint = "") {
  return fail(usage_problem(std::move(text), std::move(hint)));
}

}  // namespace medic::cli
