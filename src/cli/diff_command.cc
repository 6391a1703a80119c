#include "cli/commands.h"
#include "cli/profile_input.h"
#include "policy/comparison.h"

namespace medic::cli {
namespace {

// Two profiles in one context, the first the older or the stricter.
struct Pair {
  std::string a, b;
  profile::Evaluator before, after;
};

Result<Pair> open_pair(const ComparisonOptions& args, const std::string& a, const std::string& b) {
  auto profiles = open_profiles(args, {a, b});
  if (!profiles) return fail(std::move(profiles.error()));
  auto context = context_for(args, *profiles);
  if (!context) return fail(std::move(context.error()));
  auto before = profile::Evaluator::make(profiles->front(), *context);
  if (!before) return fail(std::move(before.error()));
  auto after = profile::Evaluator::make(profiles->back(), *context);
  if (!after) return fail(std::move(after.error()));
  return Pair{profiles->front().path, profiles->back().path, std::move(*before), std::move(*after)};
}

}  // namespace

int run_diff(const ComparisonOptions& args) {
  const auto renderer = renderer_of(args, report::Answer::Diff);
  if (!renderer) return refuse(renderer.error());
  const bool one_sided = args.no_looser_than.has_value();
  if (args.positional.size() != (one_sided ? 1 : 2))
    return refuse(usage_problem(one_sided
                                    ? "one profile is to be named beside --no-looser-than BASE"
                                    : "two profiles are to be named",
                                "seccomp-medic diff A B, or diff A --no-looser-than BASE"));
  auto pair = one_sided ? open_pair(args, args.no_looser_than.value_or(""), args.positional[0])
                        : open_pair(args, args.positional[0], args.positional[1]);
  if (!pair) return refuse(pair.error());
  report::DiffReport report{pair->a, pair->b, {}, one_sided};
  if (!one_sided) {
    report.found = profile::diff(pair->before, pair->after);
  } else if (auto counter = profile::looser_than(pair->after, pair->before)) {
    report.found.push_back(std::move(*counter));
  }
  if (const int code = print(render(**renderer, report, style_of(args))); code != kDone)
    return code;
  return report.found.empty() ? kDone : kDenials;
}

}  // namespace medic::cli
