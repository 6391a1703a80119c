#include "cli/commands.h"
#include "cli/profile_input.h"
#include "edit/complain.h"
#include "profile/read_carrier.h"

namespace medic::cli {
namespace {

int undo(const Arguments& args) {
  Problems ignored;  // the twin's own keys
  const auto twin = load_profile(args.positional.front(), ignored);
  if (!twin) return refuse(twin.error());
  const auto text = profile::undo_complain(*twin);
  return text ? deliver_changed(args, *twin, *text) : refuse(text.error());
}

// The twin's path for the commands to copy; a name to choose where it went to standard output.
std::string path_of_twin(const Arguments& args, const profile::Profile& profile) {
  if (args.has("in-place")) return profile.path;
  return args.has("output") && args.value("output") != "-" ? args.value("output") : "complain.json";
}

}  // namespace

int run_complain(const Arguments& args) {
  if (args.positional.size() != 1)
    return refuse(usage_problem("one profile is to be named", "seccomp-medic complain PROFILE -o TWIN"));
  if (args.has("undo") && args.has("flag-only"))
    return refuse(usage_problem("--undo finds by itself which kind of twin it is", "leave --flag-only out"));
  if (const auto checked = check_target(args, args.positional.front()); !checked) return refuse(checked.error());
  if (args.has("undo")) return undo(args);
  const auto profiles = open_profiles(args, args.positional);
  if (!profiles) return refuse(profiles.error());
  const auto profile = args.has("in-place") ? Result<profile::Profile>(profiles->front()) : profile::taken_out(profiles->front());
  if (!profile) return refuse(profile.error());
  const auto context = context_for(args, *profiles);
  if (!context) return refuse(context.error());
  const auto mode = args.has("flag-only") ? profile::ComplainMode::FlagOnly : profile::ComplainMode::Log;
  const auto twin = profile::complain(*profile, *context, mode);
  if (!twin) return refuse(twin.error());
  if (const int code = deliver_changed(args, *profile, twin->text); code != kDone) return code;
  say_notes(twin->notes, args);
  say(profile::collecting_text(path_of_twin(args, *profile), mode), args);
  return kDone;
}

}  // namespace medic::cli
