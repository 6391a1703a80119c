#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "kernel/companions.h"

namespace medic::cli {
namespace {

using Json = nlohmann::ordered_json;
using kernel::NameId;

std::vector<std::string_view> companion_names(NameId id) {
  std::vector<std::string_view> out;
  for (const NameId each : kernel::companions_of(id)) out.push_back(kernel::name_of(each));
  return out;
}

Json as_json(NameId id) {
  Json numbers = Json::object();
  for (const kernel::ArchInfo& arch : kernel::all_archs()) {
    if (const auto number = kernel::number_of(id, arch.arch))
      numbers[std::string(arch.name)] = *number;
  }
  const kernel::Risk risk = kernel::risk_of(id, {});
  const std::string_view capability = kernel::capability_for(id, {});
  return {{"syscall", kernel::name_of(id)},
          {"numbers", numbers},
          {"risk", {{"level", kernel::name(risk.level)}, {"why", risk.why}}},
          {"capability", capability.empty() ? Json(nullptr) : Json(capability)},
          {"companions", companion_names(id)}};
}

// Architectures that share a number stand on one line.
std::string as_text(NameId id, const report::Style& style) {
  std::map<std::int32_t, std::string> by_number;
  std::string missing;
  for (const kernel::ArchInfo& arch : kernel::all_archs()) {
    const auto number = kernel::number_of(id, arch.arch);
    std::string& list = number ? by_number[*number] : missing;
    list += fmt::format("{}{}", list.empty() ? "" : ", ", arch.name);
  }
  std::string out = fmt::format("{}\n", kernel::name_of(id));
  for (const auto& [number, archs] : by_number)
    out += fmt::format("  {:>10}  {}\n", number, report::wrap(archs, 14, style));
  if (!missing.empty()) out += fmt::format("        none  {}\n", report::wrap(missing, 14, style));
  const kernel::Risk risk = kernel::risk_of(id, {});
  out += fmt::format(
      "  risk        {}{}\n", kernel::name(risk.level),
      risk.why.empty() ? "" : report::wrap(fmt::format(": it {}", risk.why), 14, style));
  const std::string_view capability = kernel::capability_for(id, {});
  if (!capability.empty()) out += fmt::format("  capability  {}\n", capability);
  std::string companions;
  for (const std::string_view each : companion_names(id))
    companions += fmt::format("{}{}", companions.empty() ? "" : ", ", each);
  if (!companions.empty())
    out += fmt::format("  companions  {}\n", report::wrap(companions, 14, style));
  return out;
}

// A name is one call; a number is one on each architecture that has it, or on --arch alone.
Result<std::vector<NameId>> find(const std::string& word, std::optional<kernel::Arch> arch) {
  std::vector<NameId> out;
  if (const auto number = parse_number(word)) {
    for (const kernel::ArchInfo& each : kernel::all_archs()) {
      const NameId id = kernel::name_at({each.arch, static_cast<std::int32_t>(*number)});
      if (id != kernel::kNoName && (!arch || *arch == each.arch) &&
          std::find(out.begin(), out.end(), id) == out.end())
        out.push_back(id);
    }
    if (out.empty())
      return usage_failure<std::vector<NameId>>(
          fmt::format("no system call has the number {}", word),
          fmt::format("the tables are of Linux {}", kernel::tables_version()));
    return out;
  }
  NameId id = kernel::find_name(word);
  if (id == kernel::kNoName) id = kernel::find_alias(word, arch.value_or(kernel::Arch::Unknown));
  if (id != kernel::kNoName) return std::vector<NameId>{id};
  const auto nearest = kernel::nearest_names(word, 1);
  return usage_failure<std::vector<NameId>>(
      fmt::format("'{}' is no system call", word),
      nearest.empty() ? "" : fmt::format("did you mean {}?", kernel::name_of(nearest.front())));
}

}  // namespace

int run_syscalls(const SyscallsOptions& args) {
  if (args.positional.empty())
    return refuse(usage_problem("no call is named", "seccomp-medic syscalls mkdir 83"));
  const auto renderer = renderer_of(args, report::Answer::Other);
  if (!renderer) return refuse(renderer.error());
  std::optional<kernel::Arch> arch;
  if (args.arch.has_value()) {
    arch = kernel::arch_from_any(args.arch.value_or(""));
    if (!arch)
      return refuse(
          usage_problem(fmt::format("unknown architecture '{}'", args.arch.value_or(""))));
  }
  Json all = Json::array();
  std::string text;
  for (const std::string& word : args.positional) {
    auto ids = find(word, arch);
    if (!ids) return refuse(ids.error());
    for (const NameId id : *ids) {
      if ((*renderer)->name == "json")
        all.push_back(as_json(id));
      else
        text += as_text(id, style_of(args));
    }
  }
  return print((*renderer)->name == "json" ? all.dump(2) + "\n" : text);
}

}  // namespace medic::cli
