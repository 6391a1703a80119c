#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/profile_input.h"
#include "kernel/risk.h"
#include "policy/comparison.h"

namespace medic::cli {
namespace {

using Json = nlohmann::ordered_json;
using profile::Difference;
using profile::Direction;

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

// What the call can do where it is let run: for what is newly denied, the risk that is gone.
kernel::Risk risk_of(const Difference& difference) {
  const kernel::NameId name = kernel::name_at(difference.id);
  if (name == kernel::kNoName) return {};
  kernel::Args args;
  if (!difference.region.empty()) args = difference.example.args;
  return kernel::risk_of(name, args);
}

std::string risk_text(const kernel::Risk& risk) {
  if (risk.level == kernel::RiskLevel::Low) return {};
  const std::string guard =
      risk.capability.empty() ? "" : fmt::format("; the kernel still asks for {}", risk.capability);
  return fmt::format("{} risk: it {}{}", kernel::name(risk.level), risk.why, guard);
}

struct Group {
  Direction direction;
  std::string_view title, lead;
};
constexpr Group kGroups[] = {
    {Direction::NewlyPermitted, "Permitted by B and not by A", "+"},
    {Direction::NewlyDenied, "Permitted by A and not by B", "-"},
    {Direction::ActionChange, "Denied by both or run by both, in another manner", "~"},
    {Direction::ErrnoChange, "Denied by both with different errnos", "~"},
};

// A difference, and the architectures on which it is the same.
struct Source {
  const Difference* difference;
  std::string archs;
};

std::string without_arch(const Difference& difference, std::string_view archs) {
  std::string text = profile::describe(difference);
  const std::string on = fmt::format(" on {}:", kernel::name(difference.id.arch));
  const std::size_t at = text.find(on);
  return at == std::string::npos ? text
                                 : text.replace(at, on.size(), fmt::format(" on {}:", archs));
}

std::vector<Source> fold(const std::vector<Difference>& found, Direction direction) {
  std::vector<Source> out;
  std::map<std::string, std::size_t> seen;
  for (const Difference& each : found) {
    if (each.direction != direction) continue;
    const auto [at, is_new] = seen.emplace(without_arch(each, ""), out.size());
    if (is_new)
      out.push_back({&each, std::string(kernel::name(each.id.arch))});
    else
      out[at->second].archs += fmt::format(", {}", kernel::name(each.id.arch));
  }
  return out;
}

std::string difference_text(const Source& given, std::string_view lead,
                            const report::Style& style) {
  const Difference& difference = *given.difference;
  std::string out = fmt::format(
      "  {} {}\n", lead,
      report::wrap(escape_for_terminal(without_arch(difference, given.archs)), 4, style));
  const std::string risk =
      difference.direction == Direction::NewlyPermitted ? risk_text(risk_of(difference)) : "";
  if (!risk.empty()) out += fmt::format("      {}\n", report::wrap(risk, 6, style));
  return out;
}

std::string differences_text(const Pair& pair, const std::vector<Difference>& found,
                             const report::Style& style) {
  std::string out =
      fmt::format("A: {}\nB: {}\n", escape_for_terminal(pair.a), escape_for_terminal(pair.b));
  if (found.empty()) return out + "Both do the same with every call.\n";
  for (const Group& group : kGroups) {
    const std::vector<Source> folded = fold(found, group.direction);
    if (folded.empty()) continue;
    out += fmt::format("\n{} ({}):\n", group.title, folded.size());
    for (const Source& each : folded) out += difference_text(each, group.lead, style);
  }
  return out;
}

Json difference_json(const Difference& difference) {
  const kernel::Arch arch = difference.id.arch;
  const std::string_view name = kernel::known_name(difference.id);
  const kernel::Risk risk = risk_of(difference);
  Json args = Json::array();
  for (const std::uint64_t value : difference.example.args.value) args.push_back(value);
  return {
      {"direction", profile::json_name(difference.direction)},
      {"arch", kernel::name(arch)},
      {"number", difference.id.number},
      {"last_number", difference.last_number ? Json(*difference.last_number) : Json(nullptr)},
      {"syscall", name.empty() ? Json(nullptr) : Json(name)},
      {"region", difference.region.empty() ? Json(nullptr) : Json(difference.region)},
      {"decided", difference.decided},
      {"example", {{"call", example_text(difference.example)}, {"args", args}}},
      {"a", verdict_json(difference.a, arch)},
      {"b", verdict_json(difference.b, arch)},
      {"risk",
       {{"level", kernel::name(risk.level)}, {"why", risk.why}, {"capability", risk.capability}}},
      {"text", profile::describe(difference)}};
}

int tell_differences(const ComparisonOptions& args, const Pair& pair, Form form) {
  const std::vector<Difference> found = profile::diff(pair.before, pair.after);
  std::string text;
  if (form == Form::Json) {
    Json differences = Json::array();
    for (const Difference& each : found) differences.push_back(difference_json(each));
    text = dump({{"schema", "seccomp-medic/diff/1"},
                 {"a", pair.a},
                 {"b", pair.b},
                 {"same", found.empty()},
                 {"differences", differences}});
  } else {
    text = differences_text(pair, found, style_of(args));
  }
  if (const int code = print(text); code != kDone) return code;
  return found.empty() ? kDone : kDenials;
}

// before is the base, after the profile that must permit no more.
int tell_looser(const ComparisonOptions& args, const Pair& pair, Form form) {
  const auto counter = profile::looser_than(pair.after, pair.before);
  std::string text;
  if (form == Form::Json) {
    text = dump({{"schema", "seccomp-medic/no-looser-than/1"},
                 {"profile", pair.b},
                 {"base", pair.a},
                 {"holds", !counter},
                 {"counter_example", counter ? difference_json(*counter) : Json(nullptr)}});
  } else if (!counter) {
    text = fmt::format("{} permits no more than {}.\n", escape_for_terminal(pair.b),
                       escape_for_terminal(pair.a));
  } else {
    text = fmt::format("{} permits what {} does not:\n{}", escape_for_terminal(pair.b),
                       escape_for_terminal(pair.a),
                       difference_text({&*counter, std::string(kernel::name(counter->id.arch))},
                                       "+", style_of(args)));
  }
  if (const int code = print(text); code != kDone) return code;
  return counter ? kDenials : kDone;
}

}  // namespace

int run_diff(const ComparisonOptions& args) {
  const auto form = form_of(args);
  if (!form) return refuse(form.error());
  const bool one_sided = args.no_looser_than.has_value();
  if (args.positional.size() != (one_sided ? 1 : 2))
    return refuse(usage_problem(one_sided
                                    ? "one profile is to be named beside --no-looser-than BASE"
                                    : "two profiles are to be named",
                                "seccomp-medic diff A B, or diff A --no-looser-than BASE"));
  auto pair = one_sided ? open_pair(args, args.no_looser_than.value_or(""), args.positional[0])
                        : open_pair(args, args.positional[0], args.positional[1]);
  if (!pair) return refuse(pair.error());
  return one_sided ? tell_looser(args, *pair, *form) : tell_differences(args, *pair, *form);
}

}  // namespace medic::cli
