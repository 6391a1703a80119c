#include <algorithm>

#include "cli/commands.h"
#include "cli/policy.h"

namespace medic::cli {

int run_repair(const Arguments& args) {
  auto request = request_of(args);
  if (!request) return refuse(request.error());
  if (request->profile_path.empty()) return refuse(usage_problem("no profile is named", "--profile FILE: the one that the container runs under"));
  if (args.has("in-place") && (args.has("output") || request->profile_path == "-")) return refuse(usage_problem("--in-place replaces the profile's own file: it goes with neither -o nor a profile from standard input"));
  auto policy = policy_of(args, request->context);
  if (!policy) return refuse(policy.error());
  auto road = walk(*request);
  if (!road) return refuse(road.error());
  const int told = tell((*road)->problems, args);
  const diagnose::Diagnosis& diagnosis = (*road)->diagnosis;
  if (told != kDone) return told;  // a profile is not repaired from half of its evidence

  std::vector<repair::Refused> refused;
  const auto asks = repair::asks_of(diagnosis, refused);
  const auto observed = repair::observed_calls((*road)->read->ledger, (*road)->assumed_arch);
  const profile::Profile& old = *(*road)->profile;
  auto made = repair::repair(old, asks, std::move(refused), observed, *policy);
  if (!made) return refuse(made.error());
  report::RepairReport report{&made->added, &made->refused, &made->verification, &made->notes, &diagnosis.findings, made->text, old.path, made->complete()};
  if (const int delivered = deliver(args, report, old.text, request->profile_path); delivered != kDone) return delivered;
  return made->complete() ? kDone : kDenials;
}

}  // namespace medic::cli
