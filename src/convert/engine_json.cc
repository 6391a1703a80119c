// Docker's and Podman's JSON: gates stay gates where the other engine knows them, errnos change
// between names and numbers.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "edit/edit_list.h"
#include "convert/json_members.h"

namespace medic::profile::formats {
namespace {

enum class Engine : std::uint8_t { Docker, Podman };

// Podman's strings override its numbers; Docker knows the numbers only (containers/common
// pkg/seccomp).
std::optional<std::uint32_t> errno_of(const std::optional<std::uint32_t>& number,
                                      const std::optional<std::string>& name, bool podman_style) {
  if (!podman_style || !name || name->empty()) return number;
  if (const auto decimal = parse_decimal(*name); decimal && *decimal <= kernel::kMaxErrno)
    return static_cast<std::uint32_t>(*decimal);
  const auto known = kernel::errno_number(*name);
  return known ? std::optional(static_cast<std::uint32_t>(*known)) : number;
}

// Podman ignores minKernel in silence: the kernel of the context decides instead. False: the rule
// is not in force.
bool decide_kernel(NewRule& rule, const KernelVersion& kernel, std::size_t& decided) {
  const auto reached = [&](const std::string& text) {
    return kernel >= parse_kernel_version(text).value_or(KernelVersion{0, 0});
  };
  bool in_force = true;
  if (!rule.includes.min_kernel.empty()) in_force = reached(rule.includes.min_kernel);
  if (!rule.excludes.min_kernel.empty()) in_force = in_force && !reached(rule.excludes.min_kernel);
  if (!rule.includes.min_kernel.empty() || !rule.excludes.min_kernel.empty()) ++decided;
  rule.includes.min_kernel.clear();
  rule.excludes.min_kernel.clear();
  return in_force;
}

std::string arch_map_text(const Profile& profile) {
  std::string out = "[";
  for (const ArchMapEntry& entry : profile.arch_map) {
    out += out.size() == 1 ? "\n    {" : ",\n    {";
    out += fmt::format("\"architecture\": {}, \"subArchitectures\": [",
                       json_quote(kernel::info(entry.architecture).oci_token));
    for (std::size_t i = 0; i < entry.sub_architectures.size(); ++i) {
      out += fmt::format("{}{}", i == 0 ? "" : ", ",
                         json_quote(kernel::info(entry.sub_architectures[i]).oci_token));
    }
    out += "]}";
  }
  return out + "\n  ]";
}

// containers/common's nativeToSeccomp.
bool podman_maps(Arch arch) {
  constexpr std::array kKnown{Arch::X86_64,   Arch::Aarch64,     Arch::Mips64, Arch::Mips64n32,
                              Arch::Mipsel64, Arch::Mipsel64n32, Arch::S390x};
  return std::find(kKnown.begin(), kKnown.end(), arch) != kKnown.end();
}

NewRule engine_rule(const Rule& rule, bool podman_style) {
  NewRule made;
  for (const Name& name : rule.names) made.names.push_back(name.text);
  made.action = rule.action;
  made.errno_ret = errno_of(rule.errno_ret, rule.errno_name, podman_style);
  made.args = rule.args;
  made.includes = rule.includes;
  made.excludes = rule.excludes;
  made.comment = rule.comment;
  return made;
}

Result<Converted> write_engine(const Conversion& conversion, Engine engine) {
  const Profile& profile = conversion.profile;
  if (!needs_engine(profile) || profile.carrier == Carrier::ConfigJson)
    return write_oci(conversion);
  Converted out;
  NewProfile made;
  const bool podman_style = is_podman_style(profile);
  made.default_action = profile.default_action.value_or(Action::Errno);
  made.default_errno_ret =
      errno_of(profile.default_errno_ret, profile.default_errno_name, podman_style);
  made.flags = profile.flags.value_or(std::vector<std::string>());
  std::size_t decided = 0;
  for (const Rule& rule : profile.rules) {
    NewRule each = engine_rule(rule, podman_style);
    if (engine == Engine::Podman && !decide_kernel(each, conversion.context.kernel, decided))
      continue;
    made.rules.push_back(std::move(each));
  }
  if (decided != 0)
    out.losses.push_back(
        fmt::format("Podman knows no minKernel: {} rule{} decided for the kernel of this context",
                    decided, decided == 1 ? " is" : "s are"));
  auto members = unordinary_members(profile);
  if (profile.arch_map.empty()) {
    made.architectures = profile.architectures.value_or(std::vector<Arch>());
  } else if (engine == Engine::Podman && !podman_maps(conversion.context.arch)) {
    made.architectures = conversion.evaluator.flat().listed;
    out.losses.push_back(
        fmt::format("Podman maps no architectures on {}: archMap is decided for this machine",
                    kernel::name(conversion.context.arch)));
  } else {
    members.emplace_back("archMap", arch_map_text(profile));
  }
  out.text = with_members(write_profile(made), members);
  return out;
}

}  // namespace

Result<Converted> write_docker(const Conversion& conversion) {
  return write_engine(conversion, Engine::Docker);
}
Result<Converted> write_podman(const Conversion& conversion) {
  return write_engine(conversion, Engine::Podman);
}

}  // namespace medic::profile::formats
