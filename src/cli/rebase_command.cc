#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/profile_input.h"
#include "io/reader.h"
#include "repair/overlay.h"

namespace medic::cli {
namespace {

Result<repair::Overlay> open_overlay(const std::string& path) {
  auto text = io::read_file(path, std::size_t{16} << 20);
  if (!text) return fail(std::move(text.error()));
  return repair::read_overlay(std::move(*text), path == "-" ? "<stdin>" : path);
}

void say_denied(const repair::Rebased& rebased, const std::string& old_base,
                const RebasingOptions& args) {
  if (rebased.newly_denied.empty()) return;
  say(fmt::format("Permitted over {}, and denied from now on ({}):\n",
                  escape_for_terminal(old_base), rebased.newly_denied.size()),
      args);
  for (const std::string& each : rebased.newly_denied)
    say(fmt::format("  {}\n", escape_for_terminal(each)), args);
}

}  // namespace

int run_rebase(const RebasingOptions& args) {
  if (args.positional.size() != 1 || !args.onto.has_value())
    return refuse(usage_problem("an overlay and its new base are to be named",
                                "seccomp-medic rebase OVERLAY --onto docker@29"));
  const auto overlay = open_overlay(args.positional.front());
  if (!overlay) return refuse(overlay.error());
  std::vector<std::string> names{args.onto.value_or("")};
  if (!overlay->base.empty() && is_built_in(overlay->base)) names.push_back(overlay->base);
  const auto profiles = open_profiles(args, names);
  if (!profiles) return refuse(profiles.error());
  const auto context = context_for(args, *profiles);
  if (!context) return refuse(context.error());
  const profile::Profile& base = profiles->front();
  const profile::Profile* old_base = profiles->size() > 1 ? &profiles->back() : nullptr;
  const auto rebased = repair::rebase_overlay(old_base, base, *overlay, *context);
  if (!rebased) return refuse(rebased.error());
  const repair::Repair& made = rebased->made;
  const report::RepairReport report{&made.added, &made.refused,  &made.verification,
                                    &made.notes, nullptr,        made.text,
                                    base.path,   made.complete()};
  say(report::find_renderer("text")->repair(report, style_of(args)), args);
  say_denied(*rebased, overlay->base, args);
  if (old_base == nullptr)
    say("note: the overlay names no base: what the new one newly denies is not known\n", args);
  const int code = args.materialise || args.diff
                       ? deliver_changed({args}, base, made.text)
                       : deliver_profile(args, repair::write_overlay(rebased->overlay));
  if (code != kDone) return code;
  return made.complete() && rebased->newly_denied.empty() ? kDone : kDenials;
}

}  // namespace medic::cli
