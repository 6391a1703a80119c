// diff as text and as JSON.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "report/json_parts.h"
#include "report/report.h"

namespace medic::report {

using Json = nlohmann::ordered_json;
using profile::Difference;
using profile::Direction;

// What the call can do where it is let run: for what is newly denied, the risk that is gone.
kernel::Risk risk_of(const Difference& difference) {
  const kernel::NameId name = kernel::name_at(difference.id);
  if (name == kernel::kNoName) return {};
  kernel::Args args;
  if (!difference.region.empty()) args = difference.example.args;
  return kernel::risk_of(name, args);
}

std::string risk_clause(const kernel::Risk& risk) {
  if (risk.level == kernel::RiskLevel::Low) return {};
  const std::string guard =
      risk.capability.empty() ? "" : fmt::format("; the kernel still asks for {}", risk.capability);
  return fmt::format("{} risk: it {}{}", kernel::name(risk.level), risk.why, guard);
}

namespace {

std::string without_arch(const Difference& difference, std::string_view archs) {
  std::string text = profile::describe(difference);
  const std::string on = fmt::format(" on {}:", kernel::name(difference.id.arch));
  const std::size_t at = text.find(on);
  return at == std::string::npos ? text
                                 : text.replace(at, on.size(), fmt::format(" on {}:", archs));
}

}  // namespace

std::vector<FoldedDifference> fold(const std::vector<Difference>& found, Direction direction) {
  std::vector<FoldedDifference> out;
  std::map<std::string, std::size_t> seen;
  for (const Difference& each : found) {
    if (each.direction != direction) continue;
    const auto [at, is_new] = seen.emplace(without_arch(each, ""), out.size());
    if (is_new)
      out.push_back({&each, std::string(kernel::name(each.id.arch)), {}});
    else
      out[at->second].archs += fmt::format(", {}", kernel::name(each.id.arch));
  }
  for (FoldedDifference& each : out) each.text = without_arch(*each.difference, each.archs);
  return out;
}

namespace {

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

std::string difference_text(const FoldedDifference& given, std::string_view lead,
                            const Style& style) {
  const Difference& difference = *given.difference;
  std::string out = fmt::format("  {} {}\n", lead, wrap(escape_for_terminal(given.text), 4, style));
  const std::string risk =
      difference.direction == Direction::NewlyPermitted ? risk_clause(risk_of(difference)) : "";
  if (!risk.empty()) out += fmt::format("      {}\n", wrap(risk, 6, style));
  return out;
}

std::string differences_text(const DiffReport& report, const Style& style) {
  std::string out =
      fmt::format("A: {}\nB: {}\n", escape_for_terminal(report.a), escape_for_terminal(report.b));
  if (report.found.empty()) return out + "Both do the same with every call.\n";
  for (const Group& group : kGroups) {
    const std::vector<FoldedDifference> folded = fold(report.found, group.direction);
    if (folded.empty()) continue;
    out += fmt::format("\n{} ({}):\n", group.title, folded.size());
    for (const FoldedDifference& each : folded) out += difference_text(each, group.lead, style);
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

std::string looser_text(const DiffReport& report, const Style& style) {
  const std::string a = escape_for_terminal(report.a), b = escape_for_terminal(report.b);
  if (report.found.empty()) return fmt::format("{} permits no more than {}.\n", b, a);
  const Difference& counter = report.found.front();
  return fmt::format("{} permits what {} does not:\n{}", b, a,
                     difference_text({&counter, {}, profile::describe(counter)}, "+", style));
}

}  // namespace

std::string diff_text(const DiffReport& report, const Style& style) {
  return report.is_one_sided ? looser_text(report, style) : differences_text(report, style);
}

std::string diff_json(const DiffReport& report, const Style&) {
  if (report.is_one_sided) {
    return dump({{"schema", "seccomp-medic/no-looser-than/1"},
                 {"profile", report.b},
                 {"base", report.a},
                 {"holds", report.found.empty()},
                 {"counter_example",
                  report.found.empty() ? Json(nullptr) : difference_json(report.found.front())}});
  }
  Json differences = Json::array();
  for (const Difference& each : report.found) differences.push_back(difference_json(each));
  return dump({{"schema", "seccomp-medic/diff/1"},
               {"a", report.a},
               {"b", report.b},
               {"same", report.found.empty()},
               {"differences", differences}});
}

}  // namespace medic::report
