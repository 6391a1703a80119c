#include "cli/commands.h"
#include "cli/policy.h"

namespace medic::cli {
namespace {

// With a base the recording is what a repair's denials are: asks that its rules decide upon.
int extend(const Arguments& args, Road& road, const repair::Options& policy, const std::string& path) {
  const auto observed = repair::observed_calls(road.read->ledger, road.assumed_arch);
  const profile::Profile& base = *road.profile;
  auto made = repair::repair(base, observed, {}, observed, policy);
  if (!made) return refuse(made.error());
  // What the base denies on purpose is not a failure of the synthesis: it is said, and stays.
  const bool proven = made->verification.holds();
  report::RepairReport report{&made->added, &made->refused, &made->verification, &made->notes, nullptr, made->text, base.path, proven};
  if (const int delivered = deliver(args, report, base.text, path); delivered != kDone) return delivered;
  return proven ? kDone : kDenials;
}

}  // namespace

int run_synthesize(const Arguments& args) {
  auto request = request_of(args);
  if (!request) return refuse(request.error());
  request->profile_path = args.value("base");
  auto policy = policy_of(args, request->context);
  if (!policy) return refuse(policy.error());
  auto road = walk(*request);
  if (!road) return refuse(road.error());
  if (const int told = tell((*road)->problems, args); told != kDone) return told;
  if (args.has("base")) return extend(args, **road, *policy, request->profile_path);

  repair::SynthesisOptions options;
  options.repair = std::move(*policy);
  options.runtime = request->context.runtime;
  options.narrow_args = !args.has("all-args");
  auto made = repair::synthesize((*road)->read->ledger, (*road)->assumed_arch, options);
  if (!made) return refuse(made.error());
  report::RepairReport report{&made->added, &made->refused, &made->verification, &made->notes, nullptr, made->text, "", made->complete()};
  if (const int delivered = deliver(args, report, "", "/dev/null"); delivered != kDone) return delivered;
  return made->complete() ? kDone : kDenials;
}

}  // namespace medic::cli
