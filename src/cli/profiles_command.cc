#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/profile_input.h"
#include "policy/default_profiles.h"

namespace medic::cli {
namespace {

using Json = nlohmann::ordered_json;

// An engine's contents in the order of their newest releases, each once.
std::vector<std::size_t> contents_of(const profile::Engine& engine) {
  std::vector<std::size_t> out;
  for (auto each = engine.shipped.rbegin(); each != engine.shipped.rend(); ++each) {
    if (std::find(out.begin(), out.end(), each->content) == out.end()) out.push_back(each->content);
  }
  return out;
}

std::string newest_name(const profile::Engine& engine, std::size_t content) {
  const auto found = std::find_if(engine.shipped.rbegin(), engine.shipped.rend(),
                                  [&](const auto& each) { return each.content == content; });
  return fmt::format("{}@{}", engine.name, found->text);
}

std::string list_text() {
  std::string out =
      "Built-in profiles, as --profile takes them; a name without a release is the newest.\n";
  for (const profile::Engine& engine : profile::all_engines()) {
    out += fmt::format("\n{}{}\n", engine.title,
                       engine.name == "podman" || engine.name == "buildah"
                           ? ": what it carries; /usr/share/containers/seccomp.json is used "
                             "instead where it is installed"
                       : engine.name == "containerd"
                           ? ": also Kubernetes' RuntimeDefault on its nodes (k8s)"
                           : "");
    for (const std::size_t content : contents_of(engine))
      out += fmt::format("  {:<26} {}\n", newest_name(engine, content),
                         profile::releases_of(engine, {&content, 1}));
  }
  return out +
         "\nOthers\n  systemd:@GROUP             a group of systemd's, or several with commas: "
         "systemd:@system-service,~@resources\n"
         "  unconfined                 no filter\n";
}

std::string list_json() {
  Json engines = Json::array();
  for (const profile::Engine& engine : profile::all_engines()) {
    Json profiles = Json::array();
    for (const std::size_t content : contents_of(engine)) {
      Json releases = Json::array();
      for (const auto& each : engine.shipped) {
        if (each.content == content) releases.push_back(each.text);
      }
      profiles.push_back({{"name", newest_name(engine, content)}, {"releases", releases}});
    }
    engines.push_back({{"engine", engine.name}, {"profiles", profiles}});
  }
  return dump({{"schema", "seccomp-medic/profiles/1"}, {"engines", engines}});
}

}  // namespace

int run_profiles(const ProfilesOptions& args) {
  const auto form = form_of(args);
  if (!form) return refuse(form.error());
  if (args.positional.empty()) return print(*form == Form::Json ? list_json() : list_text());
  if (args.positional.size() > 1)
    return refuse(usage_problem("one name is wanted", "seccomp-medic diff A B compares two"));
  const std::string& name = args.positional.front();
  if (!is_built_in(name))
    return refuse(usage_problem(
        fmt::format("'{}' is no built-in profile", name),
        fmt::format("{}, systemd:@GROUP, unconfined; with @RELEASE", profile::default_names())));
  auto context = context_of(args);
  if (!context) return refuse(context.error());
  Problems notes;
  const auto profile = load_profile(name, notes, context->arch);
  if (!profile) return refuse(profile.error());
  tell(notes, args);
  return deliver_profile(args, profile->text);
}

}  // namespace medic::cli
