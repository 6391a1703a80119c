#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/profile_input.h"
#include "io/reader.h"
#include "merge/merge.h"
#include "repair/overlay.h"

namespace medic::cli {
namespace {

int merge_profiles(const MergingOptions& args) {
  if (args.positional.size() < 2)
    return refuse(
        usage_problem("at least two profiles are to be named",
                      "seccomp-medic merge A B [--intersect], or merge --base NEW OVERLAY"));
  if (args.diff)
    return refuse(usage_problem(
        "--diff is for --base",
        "a merge of profiles is a new text; `seccomp-medic diff` compares by meaning"));
  const auto profiles = open_profiles(args, args.positional);
  if (!profiles) return refuse(profiles.error());
  const auto context = context_for(args, *profiles);
  if (!context) return refuse(context.error());
  profile::MergeOptions options;
  if (args.intersect) options.op = profile::MergeOp::Intersection;
  if (args.common_archs) options.archs = profile::MergeArchs::Common;
  const auto merged = profile::merge(*profiles, *context, options);
  if (!merged) return refuse(merged.error());
  say_notes(merged->notes, args);
  return deliver_profile(args, profile::write_profile(merged->profile));
}

Result<repair::Overlay> open_overlays(const std::vector<std::string>& paths) {
  repair::Overlay out;
  for (const std::string& path : paths) {
    auto text = io::read_file(path, std::size_t{16} << 20);
    if (!text) return fail(std::move(text.error()));
    auto overlay = repair::read_overlay(std::move(*text), path == "-" ? "<stdin>" : path);
    if (!overlay) return overlay;
    out.overrides.merge(overlay->overrides);
    for (const kernel::Arch arch : overlay->architectures) {
      if (std::find(out.architectures.begin(), out.architectures.end(), arch) ==
          out.architectures.end())
        out.architectures.push_back(arch);
    }
    std::move(overlay->rules.begin(), overlay->rules.end(), std::back_inserter(out.rules));
  }
  return out;
}

int add_overlays(const MergingOptions& args) {
  if (args.positional.empty())
    return refuse(
        usage_problem("no overlay is named",
                      "seccomp-medic merge --base NEW OVERLAY...; repair --as overlay writes one"));
  if (args.intersect || args.common_archs)
    return refuse(
        usage_problem("--base adds overlays: it goes with neither --intersect nor --common-archs"));
  const auto profiles = open_profiles(args, {args.base.value_or("")});
  if (!profiles) return refuse(profiles.error());
  const auto context = context_for(args, *profiles);
  if (!context) return refuse(context.error());
  const auto overlay = open_overlays(args.positional);
  if (!overlay) return refuse(overlay.error());
  const profile::Profile& base = profiles->front();
  const auto made = repair::apply_overlay(base, *overlay, *context);
  if (!made) return refuse(made.error());
  const report::RepairReport report{&made->added, &made->refused,  &made->verification,
                                    &made->notes, nullptr,         made->text,
                                    base.path,    made->complete()};
  say(report::find_renderer("text")->repair(report, style_of(args)), args);
  if (const int code = deliver_changed(args, base, made->text); code != kDone) return code;
  return made->complete() ? kDone : kDenials;
}

}  // namespace

int run_merge(const MergingOptions& args) {
  return args.base.has_value() ? add_overlays(args) : merge_profiles(args);
}

}  // namespace medic::cli
