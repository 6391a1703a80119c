// diagnose and check: the same road, with findings of denials or of a replay at its end.
#include <algorithm>

#include "attribute/tree.h"
#include "cli/commands.h"
#include "cli/growing_logs.h"
#include "cli/session.h"

namespace medic::cli {
namespace {

int run_findings(const Arguments& args, Request request) {
  const auto renderer = renderer_of(args);
  if (!renderer) return refuse(renderer.error());
  GrowingLogs growing(args);
  if (auto ready = growing.begin(request.read); !ready) return refuse(ready.error());
  auto road = walk_once(request);
  if (!road) return refuse(road.error());
  const int told = tell((*road)->problems, args);
  const diagnose::Diagnosis& diagnosis = (*road)->diagnosis;
  const bool nothing_read = std::all_of(diagnosis.inputs.begin(), diagnosis.inputs.end(),
                                        [](const auto& input) { return !input.problem.empty() && input.used == 0; });
  if (told != kDone && nothing_read) return told;
  if (told != kDone && request.check && !(*road)->in_use->problems().empty()) return told;  // there is nothing to replay against
  if (args.has("tree")) {
    constexpr std::size_t kMostLines = 100000;
    const int printed = print(attribute::tree_text(*(*road)->owners, kMostLines));
    return printed != kDone ? printed : told;
  }
  if (const int printed = print((*renderer)->diagnosis(diagnosis, style_of(args))); printed != kDone) return printed;
  if (const int kept = growing.finish((*road)->read->checkpoint); kept != kDone) return kept;
  if (told != kDone) return told;
  return std::any_of(diagnosis.findings.begin(), diagnosis.findings.end(), [](const auto& finding) { return finding.denied; })
             ? kDenials
             : kDone;
}

}  // namespace

int run_diagnose(const Arguments& args) {
  auto request = request_of(args);
  if (!request) return refuse(request.error());
  return run_findings(args, std::move(*request));
}

int run_check(const Arguments& args) {
  auto request = request_of(args);
  if (!request) return refuse(request.error());
  if (request->profile_path.empty()) return refuse(usage_problem("no profile is named", "--profile FILE"));
  request->check = true;
  return run_findings(args, std::move(*request));
}

}  // namespace medic::cli
