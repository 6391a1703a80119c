#include "profile/read_carrier.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace medic::profile {
namespace {

NodeId descend(const JsonText& json, NodeId from, std::initializer_list<std::string_view> path) {
  for (const std::string_view key : path) {
    if (from == kNoNode) return kNoNode;
    from = json.member(from, key);
  }
  return from;
}

// config.json itself; crictl inspect; ctr containers info.
NodeId runtime_spec(const JsonText& json, NodeId root) {
  for (const NodeId candidate :
       {root, descend(json, root, {"info", "runtimeSpec"}), descend(json, root, {"Spec"})}) {
    if (candidate != kNoNode && json.member(candidate, "linux") != kNoNode) return candidate;
  }
  return kNoNode;
}

Result<Found> in_runtime_spec(const JsonText& json, NodeId spec) {
  const NodeId linux_part = json.member(spec, "linux");
  const NodeId seccomp = json.member(linux_part, "seccomp");
  if (seccomp == kNoNode || json[seccomp].kind == JsonKind::Null) {
    return fail(json.problem_at(
        json[linux_part].span.begin,
        "this configuration has no linux.seccomp: the container runs without a profile",
        "name the profile itself, or the config.json of a container that has one"));
  }
  return Found{seccomp, Carrier::ConfigJson, std::nullopt};
}

Result<Found> in_security_option(const JsonText& json, NodeId option) {
  const std::string_view value =
      std::string_view(json[option].text).substr(std::string_view("seccomp=").size());
  const std::size_t at = json[option].span.begin;
  if (value == "unconfined")
    return fail(json.problem_at(at, "this container runs without a profile (seccomp=unconfined)",
                                "name the profile itself"));
  if (value.empty() || value.front() != '{') {
    return fail(json.problem_at(at, "the inspect output names the profile, it does not hold it",
                                fmt::format("name {} itself", shorten(value, 100))));
  }
  auto inner = read_json(std::string(value), json.path());
  if (!inner) {
    Problem problem = json.problem_at(
        at, fmt::format("the profile in SecurityOpt: {}", inner.error().text), inner.error().hint);
    return fail(std::move(problem));
  }
  return Found{option, Carrier::DockerInspect, std::move(*inner)};
}

// docker inspect and podman inspect: an array of containers.
Result<Found> in_inspect(const JsonText& json) {
  std::vector<NodeId> options;
  for (const NodeId container : json[0].children) {
    const NodeId privileged = descend(json, container, {"HostConfig", "Privileged"});
    if (privileged != kNoNode && json[privileged].kind == JsonKind::Bool &&
        json[privileged].truth) {
      return fail(json.problem_at(
          json[privileged].span.begin, "the container is privileged: it runs without a filter",
          "what is denied to it is not seccomp's doing: look at AppArmor, SELinux and file modes"));
    }
    const NodeId security = descend(json, container, {"HostConfig", "SecurityOpt"});
    if (security == kNoNode) continue;
    for (const NodeId option : json[security].children) {
      const std::string_view text = json[option].text;
      if (text.starts_with("seccomp=") || text.starts_with("seccomp:")) options.push_back(option);
    }
  }
  if (options.size() > 1)
    return fail(json.problem_at(json[options[1]].span.begin,
                                "the inspect output holds several profiles",
                                "inspect one container"));
  if (options.empty()) {
    return fail(json.problem_at(0,
                                "no seccomp= in HostConfig.SecurityOpt: the container runs under "
                                "the engine's default profile",
                                "name it: docker, docker@RELEASE, podman@RELEASE"));
  }
  return in_security_option(json, options[0]);
}

bool asks_for_a_profile(const JsonText& json, NodeId container) {
  const NodeId privileged = descend(json, container, {"HostConfig", "Privileged"});
  if (privileged != kNoNode && json[privileged].truth) return true;
  const NodeId security = descend(json, container, {"HostConfig", "SecurityOpt"});
  if (security == kNoNode) return false;
  const auto& options = json[security].children;
  return std::any_of(options.begin(), options.end(),
                     [&](NodeId option) { return json[option].text.starts_with("seccomp"); });
}

}  // namespace

std::string default_engine_of(const std::string& text) {
  const auto json = read_json(text, {});
  if (!json || (*json)[0].kind != JsonKind::Array || (*json)[0].children.empty()) return {};
  std::string out;
  for (const NodeId container : (*json)[0].children) {
    if (json->member(container, "HostConfig") == kNoNode || asks_for_a_profile(*json, container))
      return {};
    // Podman's inspect names the OCI runtime and conmon; Docker's has neither.
    const bool podman = json->member(container, "OCIRuntime") != kNoNode ||
                        json->member(container, "ConmonPidFile") != kNoNode;
    const std::string engine = podman ? "podman" : "docker";
    if (!out.empty() && out != engine) return {};
    out = engine;
  }
  return out;
}

Result<Found> find_profile(const JsonText& json) {
  const JsonNode& root = json[0];
  if (root.kind == JsonKind::Array) {
    for (const NodeId child : root.children) {
      if (json.member(child, "HostConfig") != kNoNode) return in_inspect(json);
    }
    return fail(
        json.problem_at(0, "the file holds an array, not a profile",
                        "a profile is a JSON object: { \"defaultAction\": …, \"syscalls\": […] }"));
  }
  if (root.kind != JsonKind::Object) {
    return fail(json.problem_at(
        root.span.begin, fmt::format("the file holds {}, not a profile", describe(root.kind)),
        "a profile is a JSON object: { \"defaultAction\": …, \"syscalls\": […] }"));
  }
  if (json.member(0, "defaultAction") == kNoNode) {
    const NodeId spec = runtime_spec(json, 0);
    if (spec != kNoNode) return in_runtime_spec(json, spec);
  }
  return Found{0, Carrier::Bare, std::nullopt};
}

Result<Profile> taken_out(Profile profile) {
  if (profile.carrier != Carrier::DockerInspect) return profile;
  const auto json = read_json(profile.text, profile.path);
  if (!json) return fail(json.error());
  const auto found = find_profile(*json);
  if (!found) return fail(found.error());
  Problems told_before;
  return read_profile(found->inner->text(), profile.path, told_before);
}

}  // namespace medic::profile
