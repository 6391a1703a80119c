#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/apparmor_repair.h"
#include "cli/door.h"
#include "cli/given_form.h"
#include "cli/interactive.h"
#include "cli/own_form.h"
#include "cli/policy.h"
#include "cli/profile_input.h"
#include "repair/json_patch.h"
#include "repair/overlay.h"

namespace medic::cli {
namespace {

// A repair in another event class than the whole profile.
bool is_reshaped(const RepairOptions& args) {
  return args.as.has_value() && args.as.value_or("") != "profile";
}

Result<void> check_shape(const RepairOptions& args) {
  if (!args.as.has_value()) return {};
  const std::string as = args.as.value_or("");
  if (as != "profile" && as != "json-patch" && as != "overlay")
    return usage_failure<void>(fmt::format("unknown --as '{}'", as),
                               "profile, json-patch or overlay");
  if (!is_reshaped(args)) return {};
  if (args.in_place || args.diff)
    return usage_failure<void>(
        fmt::format("--as {} writes no profile: it goes with neither --in-place nor --diff", as));
  if (args.format.value_or("") == "json" && !args.output.has_value())
    return usage_failure<void>("two documents do not fit on standard output",
                               fmt::format("-o FILE for the {}", as));
  return {};
}

Result<std::string> reshaped(const RepairOptions& args, const profile::Profile& old,
                             const repair::Repair& made) {
  if (args.as.value_or("") == "overlay")
    return repair::write_overlay(repair::overlay_of(old, made.edits));
  return repair::json_patch(old.text, made.text);
}

// The answers of a person, or the plain repair where nobody is asked. Nothing: it was broken off.
Decided decide(const RepairOptions& args, const Analysis& analysis,
               const std::vector<repair::PermissionRequest>& observed,
               const repair::Options& policy) {
  const profile::Profile& old = *analysis.profile;
  if (args.dialogue.has_value() || args.interactive) {
    repair::Dialogue dialogue(old, analysis.diagnosis, observed, policy);
    return args.dialogue.has_value() ? ask_in_json(dialogue, old)
                                     : ask_in_terminal(dialogue, old, style_of(args));
  }
  std::vector<repair::Refused> refused;
  const auto requests = repair::requests_of(analysis.diagnosis, refused);
  auto made = repair::repair(old, requests, std::move(refused), observed, policy);
  if (!made) return fail(std::move(made.error()));
  return std::optional(std::move(*made));
}

int deliver_reshaped(const RepairOptions& args, const report::RepairReport& report,
                     const std::string& text) {
  const auto renderer = renderer_of(args, report::Answer::Repair);
  if (!renderer) return refuse(renderer.error());
  const std::string given = render(**renderer, report, style_of(args));
  if ((*renderer)->name == "text") say(given, args);
  if (const int code = deliver_profile(args, text); code != kDone) return code;
  return (*renderer)->name == "text" ? kDone : print(given);
}

// Nobody has the built-in's text before his eyes: what is added is the answer.
bool is_for_given_form(const RepairOptions& args, const profile::Profile& old) {
  return old.read_as == "built-in" && !old.own_tool && !args.as.has_value() && !args.diff &&
         !args.materialise && args.format.value_or("text") == "text";
}

// -o FILE of a patch is the whole profile that the patch names; of an overlay the overlay.
int deliver_given_form(const RepairOptions& args, const Request& request, const Analysis& analysis,
                       const repair::Repair& made) {
  const profile::Profile& old = *analysis.profile;
  const std::string to = args.output.value_or("-");
  const auto form = in_given_form(request.profile_path, old, made, to == "-" ? "" : to);
  if (!form) return refuse(form.error());
  const bool complete = made.complete() && !analysis.left_out.denied();
  std::vector<repair::Added> added = made.added;
  for (repair::Added& each : added) each.line = 0;  // of a text that is not written
  const report::RepairReport report{&added,
                                    &made.refused,
                                    &made.verification,
                                    &made.notes,
                                    &analysis.diagnosis.findings,
                                    form->text,
                                    old.path,
                                    complete};
  if (!form->is_patch) {
    const int code = deliver_reshaped(args, report, form->text);
    say_notes(form->notes, args);
    return code != kDone ? code : complete ? kDone : kDenials;
  }
  say(report::find_renderer("text")->repair(report, style_of(args)), args);
  if (to != "-") {
    if (!made.verification.holds() && !args.write_unproven)
      return refuse_unproven(made.verification);
    if (const int code = deliver_profile(args, made.text); code != kDone) return code;
  }
  if (const int code = print(form->text); code != kDone) return code;
  say_notes(form->notes, args);
  return complete ? kDone : kDenials;
}

}  // namespace

Result<void> check_interactive(const RepairOptions& args) {
  if (!args.interactive && !args.dialogue.has_value()) return {};
  if (args.dialogue.has_value() && args.dialogue.value_or("") != "json")
    return usage_failure<void>(fmt::format("unknown --dialogue '{}'", args.dialogue.value_or("")),
                               "json");
  const bool reads_stdin =
      std::find(args.positional.begin(), args.positional.end(), "-") != args.positional.end() ||
      args.profile.value_or("") == "-";
  if (reads_stdin)
    return usage_failure<void>("the answers come from standard input, so no log and no profile can",
                               "name files");
  if (!args.dialogue.has_value() && isatty(STDIN_FILENO) != 1)
    return usage_failure<void>(
        "--interactive asks a person at a terminal, and standard input is none",
        "--dialogue json speaks to a program");
  return {};
}

int run_repair(const RepairOptions& args) {
  if (const auto placed = check_places("repair", args); !placed) return refuse(placed.error());
  if (args.apparmor.has_value()) return repair_apparmor(args);
  if (const auto form = renderer_of(args, report::Answer::Repair); !form)
    return refuse(form.error());
  auto request = request_of(args);
  if (!request) return refuse(request.error());
  // Who names no profile has none: then it was an engine's own, as far as the logs can tell.
  if (request->profile_path.empty()) request->profile_path = "auto";
  if (args.in_place && (args.output.has_value() || request->profile_path == "-"))
    return refuse(
        usage_problem("--in-place replaces the profile's own file: it goes with neither -o nor a "
                      "profile from standard input"));
  if (const auto checked = check_shape(args); !checked) return refuse(checked.error());
  if (const auto checked = check_interactive(args); !checked) return refuse(checked.error());
  auto policy = policy_of(args, request->context);
  if (!policy) return refuse(policy.error());
  request->takes_profile_out = !args.in_place;
  auto analysis = walk_once(*request, args);
  if (!analysis) return refuse(analysis.error());
  policy->context = (*analysis)->context;
  policy->no_new_privs = (*analysis)->no_new_privs;
  using Start = repair::Options::Start;
  policy->start = args.runtime_calls           ? Start::Added
                  : (*analysis)->shows_a_start ? Start::Assumed
                                               : Start::Checked;
  const int given = tell((*analysis)->problems, args);
  const diagnose::Diagnosis& diagnosis = (*analysis)->diagnosis;
  if (given != kDone) return given;  // a profile is not repaired from half of its evidence

  if (!(*analysis)->profile)
    return refuse(usage_problem("the logs do not show which built-in profile it was",
                                "--profile FILE: the one that the container runs under"));
  const auto observed =
      repair::observed_calls((*analysis)->read->ledger, (*analysis)->assumed_arch);
  const profile::Profile& old = *(*analysis)->profile;
  if (args.in_place && !old.read_as.empty()) return refuse(no_file_of_its_own(old));
  if (args.in_place && old.path != request->profile_path)
    return refuse(usage_problem(fmt::format("{} only names the profile, which stands in {}",
                                            request->profile_path, old.path),
                                fmt::format("--profile {}", old.path)));
  auto decided = decide(args, **analysis, observed, *policy);
  if (!decided) return refuse(decided.error());
  if (!*decided) {
    say("Broken off: nothing was written.\n", args);
    if (args.dialogue.has_value()) end_json(nullptr);
    return kDenials;
  }
  const repair::Repair* made = &**decided;
  if (args.dialogue.has_value()) {
    if (const int ended = end_json(made); ended != kDone) return ended;
    if (!args.output.has_value() && !args.in_place) return made->complete() ? kDone : kDenials;
  }
  if (is_for_given_form(args, old)) {
    const int delivered = deliver_given_form(args, *request, **analysis, *made);
    say_left_out(**analysis, args);
    return delivered;
  }
  std::optional<OwnForm> own;
  if (!old.read_as.empty() && !args.as.has_value() && !args.diff) {
    profile::Context context = policy->context;
    const auto native = machine_of(args, &old);
    if (!native) return refuse(native.error());
    context.arch = *native;
    auto made_own = in_own_form(old, *made, context);
    if (!made_own) return refuse(made_own.error());
    own = std::move(*made_own);
  }
  std::vector<repair::Added> added = made->added;
  if (own) {  // its lines are not those of the profile that was proven
    for (repair::Added& each : added) each.line = 0;
  }
  report::RepairReport report{&added,
                              &made->refused,
                              &made->verification,
                              &made->notes,
                              &diagnosis.findings,
                              own ? own->text : made->text,
                              old.path,
                              made->complete() && !(*analysis)->left_out.denied()};
  report.narrowed = &made->narrowed;
  report.old_text = old.text;
  if (is_reshaped(args)) {
    const auto text = reshaped(args, old, *made);
    if (!text) return refuse(text.error());
    const int delivered = deliver_reshaped(args, report, *text);
    return delivered != kDone ? delivered : report.complete ? kDone : kDenials;
  }
  if (const int delivered = deliver(args, report, old.text, request->profile_path);
      delivered != kDone)
    return delivered;
  say_left_out(**analysis, args);
  if (own) {
    say_notes(own->notes, args);
    for (const std::string& loss : own->losses)
      say(fmt::format("lost: {}\n", escape_for_terminal(loss)), args);
    if (!own->losses.empty()) return kDenials;
  }
  return report.complete ? kDone : kDenials;
}

}  // namespace medic::cli
