#include "cli/commands.h"
#include "cli/profile_input.h"
#include "edit/complain.h"
#include "profile/read_carrier.h"

namespace medic::cli {
namespace {

int undo(const ComplainingOptions& args) {
  Problems ignored;  // the twin's own keys
  const auto twin = load_profile(args.positional.front(), ignored);
  if (!twin) return refuse(twin.error());
  const auto text = profile::undo_complain(*twin);
  return text ? deliver_changed(args, *twin, *text) : refuse(text.error());
}

// The twin's path for the commands to copy; a name to choose where it went to standard output.
std::string path_of_twin(const ComplainingOptions& args, const profile::Profile& profile) {
  if (args.in_place) return profile.path;
  return args.output.has_value() && args.output.value_or("") != "-" ? args.output.value_or("")
                                                                    : "complain.json";
}

}  // namespace

int run_complain(const ComplainingOptions& args) {
  if (args.positional.size() != 1)
    return refuse(
        usage_problem("one profile is to be named", "seccomp-medic complain PROFILE -o TWIN"));
  if (args.undo && args.flag_only)
    return refuse(
        usage_problem("--undo finds by itself which kind of twin it is", "leave --flag-only out"));
  if (const auto checked = check_target(args, args.positional.front()); !checked)
    return refuse(checked.error());
  if (args.undo) return undo(args);
  const auto profiles = open_profiles(args, args.positional);
  if (!profiles) return refuse(profiles.error());
  const auto profile = args.in_place ? Result<profile::Profile>(profiles->front())
                                     : profile::taken_out(profiles->front());
  if (!profile) return refuse(profile.error());
  const auto context = context_for(args, *profiles);
  if (!context) return refuse(context.error());
  const auto mode = args.flag_only ? profile::ComplainMode::FlagOnly : profile::ComplainMode::Log;
  const auto twin = profile::complain(*profile, *context, mode);
  if (!twin) return refuse(twin.error());
  if (const int code = deliver_changed(args, *profile, twin->text); code != kDone) return code;
  say_notes(twin->notes, args);
  say(profile::collecting_text(path_of_twin(args, *profile), mode), args);
  return kDone;
}

}  // namespace medic::cli
