// What the engine and the runtime make of a profile before libseccomp sees it: Docker's and
// Podman's gates, the runtime's own skipping and refusals. Sources: moby
// profiles/seccomp/seccomp_linux.go, containers/common pkg/seccomp, runc
// libcontainer/{seccomp,specconv}, crun src/libcrun/seccomp.c.
#include "policy/flatten.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "kernel/errno.h"
#include "kernel/syscalls.h"

namespace medic::profile {
namespace {

using kernel::Action;
using kernel::Arch;

enum class Engine : std::uint8_t { None, Docker, Podman };

Engine engine_of(const Profile& profile) {
  if (profile.carrier == Carrier::ConfigJson || !needs_engine(profile)) return Engine::None;
  return is_podman_style(profile) ? Engine::Podman : Engine::Docker;
}

bool carries_errno(Action action) { return action == Action::Errno || action == Action::Trace; }

template <class T, class U>
bool holds(const T& list, const U& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// The machine's name in includes.arches: Docker's goToNative, or libseccomp-golang's
// ScmpArch.String() for Podman.
std::string_view gate_name(Engine engine, Arch arch) {
  if (engine == Engine::Docker) {
    if (arch == Arch::Loongarch64) return "loongarch64";
    if (arch == Arch::Mipsel64) return "mipsel64";
    if (arch == Arch::Mipsel64n32) return "mips3l64n32";
    if (arch == Arch::Mipsel) return "mipsel";
  } else {
    if (arch == Arch::Mipsel64 || arch == Arch::Mipsel64n32 || arch == Arch::Mipsel)
      return kernel::name(arch);
  }
  return kernel::info(arch).go_name;
}

// Does the engine find the machine's own entry in archMap? (nativeToSeccomp; Docker's has no usable
// key for loongarch64 and mipsel.)
bool engine_maps(Engine engine, Arch arch) {
  constexpr std::array kPodman{Arch::X86_64,   Arch::Aarch64,     Arch::Mips64, Arch::Mips64n32,
                               Arch::Mipsel64, Arch::Mipsel64n32, Arch::S390x};
  constexpr std::array kNotDocker{Arch::Loongarch64, Arch::Mipsel, Arch::Mips,
                                  Arch::X32,         Arch::M68k,   Arch::Parisc,
                                  Arch::Parisc64,    Arch::Sh,     Arch::Sheb};
  return engine == Engine::Podman ? holds(kPodman, arch) : !holds(kNotDocker, arch);
}

bool runc_knows(Arch arch) {
  constexpr std::array kUnknown{Arch::M68k, Arch::Parisc, Arch::Parisc64, Arch::Sh, Arch::Sheb};
  return !holds(kUnknown, arch);
}

class Flattening {
 public:
  Flattening(const Profile& profile, const Context& context)
      : profile_(profile), engine_(engine_of(profile)) {
    flat_.context = context;
    if (profile.own_tool) flat_.context.runtime = Runtime::None;
  }

  Result<Flat> make() {
    flat_.path = profile_.path;
    flat_.default_place = profile_.default_action_place;
    if (!profile_.default_action) return without_default();
    flat_.default_action = *profile_.default_action;
    if (auto bad = read_default()) return fail(std::move(*bad));
    if (auto bad = read_architectures()) return fail(std::move(*bad));
    if (auto bad = read_flags()) return fail(std::move(*bad));
    for (std::size_t i = 0; i < profile_.rules.size(); ++i) {
      if (auto bad = add(i)) return fail(std::move(*bad));
    }
    return std::move(flat_);
  }

 private:
  using Refusal = std::optional<Problem>;

  Problem refuse(Place place, std::string what, std::string fix) const {
    Problem out;
    out.file = profile_.path;
    out.line = place.line;
    out.column = place.column;
    out.source_line = line_text(place.line);
    out.text = std::move(what);
    out.hint = std::move(fix);
    return out;
  }

  std::string line_text(std::uint64_t line) const {
    std::size_t begin = 0;
    for (std::uint64_t i = 1; i < line; ++i) {
      begin = profile_.text.find('\n', begin);
      if (begin == std::string::npos) return {};
      ++begin;
    }
    if (line == 0) return {};
    const std::size_t end = profile_.text.find_first_of("\r\n", begin);
    return profile_.text.substr(begin, end == std::string::npos ? end : end - begin);
  }

  Runtime runtime() const { return flat_.context.runtime; }

  Result<Flat> without_default() {
    if (!profile_.rules.empty() || runtime() == Runtime::Crun) {
      return fail(refuse({}, "the container would not start: the profile has no \"defaultAction\"",
                         "write \"defaultAction\": \"SCMP_ACT_ERRNO\""));
    }
    flat_.disabled = true;
    flat_.archs = {flat_.context.arch};
    return std::move(flat_);
  }

  // errnoRet, or the engine's errno string, or EPERM; Podman takes a number or a name.
  Refusal read_errno(const std::optional<std::uint32_t>& number,
                     const std::optional<std::string>& name, Place place,
                     std::uint32_t& out) const {
    out = number.value_or(kernel::kEPERM);
    if (engine_ != Engine::Podman || !name || name->empty()) return std::nullopt;
    const auto decimal = parse_decimal(*name);
    const auto known = kernel::errno_number(*name);
    if (decimal && *decimal <= UINT32_MAX)
      out = static_cast<std::uint32_t>(*decimal);
    else if (known)
      out = static_cast<std::uint32_t>(*known);
    else
      return refuse(place,
                    fmt::format("the container would not start: Podman knows no errno \"{}\"",
                                shorten(*name, 40)),
                    "write a name such as \"EPERM\" or \"ENOSYS\"");
    return std::nullopt;
  }

  bool has_errno(const std::optional<std::uint32_t>& number,
                 const std::optional<std::string>& name) const {
    return number.has_value() || (engine_ == Engine::Podman && name && !name->empty());
  }

  Refusal check_errno(Action action, std::uint32_t value, bool written, Place place) const {
    if (!carries_errno(action)) {
      if (!written || runtime() != Runtime::Crun) return std::nullopt;
      return refuse(place,
                    fmt::format("the container would not start: crun refuses an errno beside {}",
                                kernel::oci_token(action)),
                    "remove errnoRet");
    }
    if (action == Action::Errno && value > kernel::kMaxRuleErrno) {
      return refuse(place,
                    fmt::format("the container would not start: errno {} is larger than {}", value,
                                kernel::kMaxRuleErrno),
                    "1 is EPERM, 38 is ENOSYS");
    }
    return std::nullopt;
  }

  Refusal read_default() {
    const Place place = profile_.default_action_place;
    if (auto bad = read_errno(profile_.default_errno_ret, profile_.default_errno_name, place,
                              flat_.default_errno))
      return bad;
    if (auto bad =
            check_errno(flat_.default_action, flat_.default_errno,
                        has_errno(profile_.default_errno_ret, profile_.default_errno_name), place))
      return bad;
    if (flat_.default_action == Action::Notify && runtime() == Runtime::Runc) {
      return refuse(
          place,
          "the container would not start: runc refuses SCMP_ACT_NOTIFY as the default action",
          "name the calls that the listener shall answer in a rule");
    }
    return std::nullopt;
  }

  Refusal read_architectures() {
    if (engine_ != Engine::None && profile_.architectures && !profile_.architectures->empty() &&
        !profile_.arch_map.empty()) {
      return refuse(
          profile_.arch_map_place,
          "the container would not start: engines refuse \"architectures\" beside \"archMap\"",
          "keep one of them");
    }
    if (runtime() == Runtime::Runc && !profile_.loose_architectures.empty()) {
      const Name& first = profile_.loose_architectures.front();
      const auto meant = kernel::arch_from_any(first.text);
      return refuse(first.place,
                    fmt::format("the container would not start: runc knows no architecture \"{}\"",
                                first.text),
                    meant ? fmt::format("write \"{}\"", kernel::info(*meant).oci_token) : "");
    }
    if (profile_.architectures) flat_.listed = *profile_.architectures;
    if (engine_ != Engine::None && engine_maps(engine_, flat_.context.arch)) {
      const auto own = std::find_if(
          profile_.arch_map.begin(), profile_.arch_map.end(),
          [&](const ArchMapEntry& entry) { return entry.architecture == flat_.context.arch; });
      if (own != profile_.arch_map.end()) {
        flat_.listed = {own->architecture};
        flat_.listed.insert(flat_.listed.end(), own->sub_architectures.begin(),
                            own->sub_architectures.end());
      }
    }
    flat_.archs = {flat_.context.arch};  // libseccomp starts every filter with the native one
    for (const Arch arch : flat_.listed) {
      if (runtime() == Runtime::Runc && !runc_knows(arch)) {
        return refuse(
            profile_.default_action_place,
            fmt::format("the container would not start: runc knows no architecture \"{}\"",
                        kernel::info(arch).oci_token),
            "remove it from the list");
      }
      if (!holds(flat_.archs, arch)) flat_.archs.push_back(arch);
    }
    return std::nullopt;
  }

  Refusal read_flags() {
    flat_.spec_allow = !profile_.flags.has_value();
    if (!profile_.flags) return std::nullopt;
    constexpr std::array<std::string_view, 4> kFlags{
        "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_LOG",
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};
    for (const std::string& flag : *profile_.flags) {
      if (!holds(kFlags, flag))
        return refuse(profile_.default_action_place,
                      fmt::format("the container would not start: runtimes know no flag \"{}\"",
                                  shorten(flag, 60)),
                      fmt::format("flags are {}", fmt::join(kFlags, ", ")));
      if (flag == kFlags[1]) flat_.spec_allow = true;
      flat_.flags.push_back(flag);
    }
    return std::nullopt;
  }

  // Docker and Podman: excludes before includes, architectures before capabilities before the
  // kernel. Nothing: the rule stays.
  Result<std::optional<Dropped>> gated(std::size_t index) const {
    const Rule& rule = profile_.rules[index];
    if (engine_ == Engine::None) return std::nullopt;
    const std::string_view machine = gate_name(engine_, flat_.context.arch);
    if (holds(rule.excludes.arches, machine))
      return Dropped{index, Dropped::Why::ExcludeArch, {}, {}};
    std::vector<std::string> caps;
    for (const std::string& cap : rule.excludes.caps) {
      if (flat_.context.caps.contains(cap)) caps.push_back(cap);
    }
    if (!caps.empty()) return Dropped{index, Dropped::Why::ExcludeCaps, caps, {}};
    auto excluded = kernel_reaches(rule, rule.excludes);
    if (!excluded) return fail(excluded.error());
    if (excluded->value_or(false)) return Dropped{index, Dropped::Why::MinKernel, {}, {}};
    if (!rule.includes.arches.empty() && !holds(rule.includes.arches, machine))
      return Dropped{index, Dropped::Why::IncludeArch, {}, {}};
    auto included = kernel_reaches(rule, rule.includes);
    if (!included) return fail(included.error());
    if (!included->value_or(true)) return Dropped{index, Dropped::Why::MinKernel, {}, {}};
    for (const std::string& cap : rule.includes.caps) {
      if (!flat_.context.caps.contains(cap)) caps.push_back(cap);
    }
    if (!caps.empty()) return Dropped{index, Dropped::Why::IncludeCaps, caps, {}};
    return std::nullopt;
  }

  // Nothing where the gate does not ask, or where Podman, which does not know minKernel, reads it.
  Result<std::optional<bool>> kernel_reaches(const Rule& rule, const Gate& gate) const {
    if (gate.min_kernel.empty() || engine_ != Engine::Docker) return std::nullopt;
    const auto dot = gate.min_kernel.find('.');
    const auto version = parse_kernel_version(gate.min_kernel);
    if (!version || gate.min_kernel.find_first_not_of("0123456789", dot + 1) != std::string::npos) {
      return fail(refuse(
          rule.place,
          fmt::format("the container would not start: Docker reads no kernel version from \"{}\"",
                      shorten(gate.min_kernel, 40)),
          "write two numbers: \"4.8\""));
    }
    return flat_.context.kernel >= *version;
  }

  // The names that this libseccomp resolves; the others go to `dropped`.
  std::vector<kernel::NameId> resolve(std::size_t index) {
    std::vector<kernel::NameId> out;
    std::vector<std::string> unknown, too_new;
    for (const Name& name : profile_.rules[index].names) {
      const kernel::NameId id = kernel::find_name(name.text);
      if (id == kernel::kNoName)
        unknown.push_back(name.text);
      else if (!kernel::known_to_libseccomp(id, flat_.context.libseccomp))
        too_new.push_back(name.text);
      else
        out.push_back(id);
    }
    if (!unknown.empty())
      flat_.dropped.push_back({index, Dropped::Why::UnknownName, {}, std::move(unknown)});
    if (!too_new.empty())
      flat_.dropped.push_back({index, Dropped::Why::TooNewForLibseccomp, {}, std::move(too_new)});
    return out;
  }

  Refusal check(const Rule& rule, bool has_names) const {
    if (runtime() == Runtime::Runc &&
        std::any_of(rule.names.begin(), rule.names.end(),
                    [](const Name& name) { return name.text.empty(); })) {
      return refuse(rule.place, "the container would not start: runc refuses an empty name",
                    "remove the empty name");
    }
    if (rule.action == Action::Notify && runtime() == Runtime::Runc) {
      if (profile_.listener_path.empty())
        return refuse(rule.place,
                      "the container would not start: SCMP_ACT_NOTIFY without \"listenerPath\"",
                      "name the listener's socket in \"listenerPath\"");
      if (std::any_of(rule.names.begin(), rule.names.end(),
                      [](const Name& name) { return name.text == "write"; })) {
        return refuse(rule.place,
                      "the container would not start: runc refuses SCMP_ACT_NOTIFY for write",
                      "it needs write to hand the listener over");
      }
    }
    if (!has_names) return std::nullopt;
    for (const Condition& condition : rule.args) {
      if (condition.index >= kernel::kArgCount)
        return refuse(condition.place,
                      fmt::format("the container would not start: a call has no argument {}",
                                  condition.index),
                      "arguments are numbered 0 to 5");
    }
    return std::nullopt;
  }

  Refusal add(std::size_t index) {
    const Rule& rule = profile_.rules[index];
    auto dropped = gated(index);
    if (!dropped) return dropped.error();
    if (*dropped) {
      flat_.dropped.push_back(std::move(**dropped));
      return std::nullopt;
    }
    FlatRule out{index, resolve(index), rule.action, kernel::kEPERM, rule.args, rule.place};
    if (auto bad = check(rule, !out.names.empty())) return bad;
    if (auto bad = read_errno(rule.errno_ret, rule.errno_name, rule.place, out.errno_value))
      return bad;
    const bool written = has_errno(rule.errno_ret, rule.errno_name);
    if (!out.names.empty() || runtime() == Runtime::Crun) {
      if (auto bad = check_errno(rule.action, out.errno_value, written, rule.place)) return bad;
    }
    flat_.stub_rules.push_back(out);
    if (out.action == flat_.default_action &&
        (!carries_errno(out.action) || out.errno_value == flat_.default_errno)) {
      flat_.dropped.push_back({index, Dropped::Why::EqualsDefault, {}, {}});
      return std::nullopt;
    }
    split_repeated(std::move(out));
    return std::nullopt;
  }

  // Both runtimes: where any argument is looked at twice, every condition of the rule becomes a
  // rule of its own.
  void split_repeated(FlatRule rule) {
    std::array<int, kernel::kArgCount> seen{};
    for (const Condition& condition : rule.args) {
      if (condition.index < kernel::kArgCount) ++seen[condition.index];
    }
    if (std::none_of(seen.begin(), seen.end(), [](int count) { return count > 1; })) {
      flat_.rules.push_back(std::move(rule));
      return;
    }
    for (const Condition& condition : rule.args) {
      FlatRule alone = rule;
      alone.args = {condition};
      flat_.rules.push_back(std::move(alone));
    }
  }

  const Profile& profile_;
  Engine engine_;
  Flat flat_;
};

}  // namespace

Result<Flat> flatten(const Profile& profile, const Context& context) {
  if (context.arch == Arch::Unknown) {
    Problem problem;
    problem.kind = ProblemKind::Usage;
    problem.text = "the machine's architecture is not known";
    problem.hint = "name it with --arch";
    return fail(std::move(problem));
  }
  return Flattening(profile, context).make();
}

}  // namespace medic::profile
