#include <algorithm>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/policy.h"
#include "cli/profile_input.h"
#include "repair/json_patch.h"
#include "repair/overlay.h"

namespace medic::cli {
namespace {

// A repair in another shape than the whole profile.
bool is_reshaped(const Arguments& args) { return args.has("as") && args.value("as") != "profile"; }

Result<void> check_shape(const Arguments& args) {
  if (!args.has("as")) return {};
  const std::string as = args.value("as");
  if (as != "profile" && as != "json-patch" && as != "overlay") return usage_failure<void>(fmt::format("unknown --as '{}'", as), "profile, json-patch or overlay");
  if (!is_reshaped(args)) return {};
  if (args.has("in-place") || args.has("diff")) return usage_failure<void>(fmt::format("--as {} writes no profile: it goes with neither --in-place nor --diff", as));
  if (args.value("format") == "json" && !args.has("output")) return usage_failure<void>("two documents do not fit on standard output", fmt::format("-o FILE for the {}", as));
  return {};
}

Result<std::string> reshaped(const Arguments& args, const profile::Profile& old, const repair::Repair& made) {
  if (args.value("as") == "overlay") return repair::write_overlay(repair::overlay_of(old, made.edits));
  return repair::json_patch(old.text, made.text);
}

int deliver_reshaped(const Arguments& args, const report::RepairReport& report, const std::string& text) {
  const auto renderer = renderer_of(args);
  if (!renderer) return refuse(renderer.error());
  const std::string told = (*renderer)->repair(report, style_of(args));
  if ((*renderer)->name == "text") say(told, args);
  if (const int code = deliver_profile(args, text); code != kDone) return code;
  return (*renderer)->name == "text" ? kDone : print(told);
}

}  // namespace

int run_repair(const Arguments& args) {
  auto request = request_of(args);
  if (!request) return refuse(request.error());
  if (request->profile_path.empty()) return refuse(usage_problem("no profile is named", "--profile FILE: the one that the container runs under"));
  if (args.has("in-place") && (args.has("output") || request->profile_path == "-")) return refuse(usage_problem("--in-place replaces the profile's own file: it goes with neither -o nor a profile from standard input"));
  if (const auto checked = check_shape(args); !checked) return refuse(checked.error());
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
  if (is_reshaped(args)) {
    const auto text = reshaped(args, old, *made);
    if (!text) return refuse(text.error());
    const int delivered = deliver_reshaped(args, report, *text);
    return delivered != kDone ? delivered : made->complete() ? kDone : kDenials;
  }
  if (const int delivered = deliver(args, report, old.text, request->profile_path); delivered != kDone) return delivered;
  return made->complete() ? kDone : kDenials;
}

}  // namespace medic::cli
