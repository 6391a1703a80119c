// diagnose and check: the same road, with findings of denials or of a replay at its end.
#include <algorithm>
#include <filesystem>

#include "attribute/tree.h"
#include "callers.h"
#include "cli/commands.h"
#include "cli/door.h"
#include "cli/growing_logs.h"
#include "cli/pager.h"
#include "cli/session.h"
#include "kernel/syscalls.h"

namespace medic::cli {
namespace {

int take_callers(const DiagnoseOptions& args, Analysis& analysis) {
  if (!args.callers && args.elf.empty() && !args.root.has_value() && !args.debug_dir.has_value())
    return kDone;
  const CallerSources sources{args.elf, args.root.value_or(""), args.debug_dir.value_or("")};
  const auto named = name_callers(sources, analysis.diagnosis);
  return named ? kDone : refuse(named.error());
}

int run_findings(const DiagnoseOptions& args, Request request) {
  const auto renderer =
      renderer_of(args, request.check ? report::Answer::Check : report::Answer::Diagnosis);
  if (!renderer) return refuse(renderer.error());
  GrowingLogs growing(args);
  if (auto ready = growing.begin(request.read); !ready) return refuse(ready.error());
  auto analysis = walk_once(request, args);
  if (!analysis) return refuse(analysis.error());
  const int given = tell((*analysis)->problems, args);
  const diagnose::Diagnosis& diagnosis = (*analysis)->diagnosis;
  const bool nothing_read =
      std::all_of(diagnosis.inputs.begin(), diagnosis.inputs.end(),
                  [](const auto& input) { return !input.problem.empty() && input.used == 0; });
  if (given != kDone && nothing_read) return given;
  if (given != kDone && request.check && !(*analysis)->in_use->problems().empty())
    return given;  // there is nothing to replay against
  if (const int named = take_callers(args, **analysis); named != kDone) return named;
  if (args.tree) {
    constexpr std::size_t kMostLines = 100000;
    const int printed = print(attribute::tree_text(*(*analysis)->owners, kMostLines));
    return printed != kDone ? printed : given;
  }
  const bool pages = !args.quiet && !args.no_pager && (*renderer)->name == "text";
  const report::DiagnosisReport report{
      &diagnosis, (*analysis)->profile ? &*(*analysis)->profile : nullptr, request.check};
  if (const int printed = print_paged(render(**renderer, report, style_of(args)),
                                      pages ? Paging::Wanted : Paging::Off);
      printed != kDone)
    return printed;
  say_left_out(**analysis, args);
  if (const int kept = growing.finish((*analysis)->read->checkpoint); kept != kDone) return kept;
  if (given != kDone) return given;
  const bool fails_on_any = args.fail_on == "any";
  return std::any_of(diagnosis.findings.begin(), diagnosis.findings.end(),
                     [&](const diagnose::Finding& finding) {
                       return finding.denied && (fails_on_any || !finding.harmless);
                     })
             ? kDenials
             : kDone;
}

bool is_there(const std::string& path) {
  std::error_code unreadable;
  return path == "-" || std::filesystem::exists(path, unreadable);
}

// `diagnose LOG CALL`: names of system calls behind the logs, which are no files, choose findings.
DiagnoseOptions with_calls_taken(DiagnoseOptions args) {
  List& words = args.positional;
  while (words.size() > 1 && !is_there(words.back()) &&
         kernel::find_name(words.back()) != kernel::kNoName) {
    args.call.push_back(words.back());
    words.pop_back();
  }
  return args;
}

}  // namespace

int run_diagnose(const DiagnoseOptions& typed) {
  const DiagnoseOptions args = with_calls_taken(typed);
  if (const auto placed = check_places("diagnose", args); !placed) return refuse(placed.error());
  auto request = request_of(args);
  if (!request) return refuse(request.error());
  return run_findings(args, std::move(*request));
}

int run_check(const CheckOptions& args) {
  if (const auto placed = check_places("check", args); !placed) return refuse(placed.error());
  auto request = request_of(args);
  if (!request) return refuse(request.error());
  if (request->profile_path.empty())
    return refuse(usage_problem("no profile is named", "--profile FILE"));
  request->check = true;
  return run_findings(args, std::move(*request));
}

}  // namespace medic::cli
