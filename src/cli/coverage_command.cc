#include <algorithm>
#include <set>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/elf_programs.h"
#include "cli/session.h"
#include "coverage_analysis.h"

namespace medic::cli {
namespace {

Result<report::CodeCoverage> code_coverage(const CoverOptions& args, const Analysis& analysis) {
  auto reached = reach_programs(args);
  if (!reached) return fail(std::move(reached.error()));
  report::CodeCoverage made;
  made.programs = reached->programs;
  made.files = reached->files;
  made.holes = reached->holes;
  for (const auto& [call, way] : reached->ways) made.reachable.push_back(call);
  // Of several programs in one log the calls of the one that was asked about are compared.
  if (made.programs.size() == 1)
    made.seen_of = made.programs[0].substr(made.programs[0].rfind('/') + 1);
  made.seen = calls_seen(analysis, made.seen_of);
  if (made.seen.empty() && !made.seen_of.empty()) {
    made.seen_of.clear();
    made.seen = calls_seen(analysis, "");
  }
  std::optional<profile::Evaluator> evaluator;
  if (analysis.profile) {
    profile::Context context = analysis.context;
    context.arch = reached->arch;
    auto maker = profile::Evaluator::make(*analysis.profile, context);
    if (!maker) return fail(maker.error());
    evaluator.emplace(std::move(*maker));
  }
  compare_with_profile(made, evaluator ? &*evaluator : nullptr, reached->arch);
  const std::set<std::string> seen(made.seen.begin(), made.seen.end());
  for (const auto& [call, way] : reached->ways) {
    if (!seen.contains(call)) made.ways.emplace_back(call, way);
  }
  return made;
}

Result<CoverageOptions> options_of(const CoverOptions& args) {
  CoverageOptions options;
  if (args.runs == "file") options.by = RunsBy::File;
  if (args.runs == "container") options.by = RunsBy::Container;
  if (args.runs == "program") options.by = RunsBy::Program;
  if (args.bound.has_value()) {
    const auto percent = parse_decimal(args.bound.value_or(""));
    if (!percent || *percent < 1 || *percent > 99)
      return usage_failure<CoverageOptions>("--bound is a percentage from 1 to 99");
    options.bound = static_cast<double>(*percent) / 100;
  }
  return options;
}

}  // namespace

int run_coverage(const CoverOptions& args) {
  const auto renderer = renderer_of(args, report::Answer::Coverage);
  if (!renderer) return refuse(renderer.error());
  const auto options = options_of(args);
  if (!options) return refuse(options.error());
  auto request = request_of(args);
  if (!request) return refuse(request.error());
  request->findings = false;
  auto analysis = walk_once(*request, args);
  if (!analysis) return refuse(analysis.error());
  const int given = tell((*analysis)->problems, args);
  if (given != kDone) return given;
  report::CoverageReport report = cover(**analysis, *options);
  if (report.runs.empty())
    return refuse({Severity::Error, ProblemKind::Input, "", 0, 0,
                   "the logs hold no system call that is asked about", "",
                   "record with `strace -f -o FILE PROGRAM`"});
  if (!args.elf.empty()) {
    auto code = code_coverage(args, **analysis);
    if (!code) return refuse(code.error());
    report.code = std::move(*code);
  }
  if (const int printed = print(render(**renderer, report, style_of(args))); printed != kDone)
    return printed;
  say_left_out(**analysis, args);
  return kDone;
}

}  // namespace medic::cli
