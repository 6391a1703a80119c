// The default profiles that engines shipped, by release. Facts from a generated table
// (scripts/gen_default_profiles); they become profiles by way of the JSON that `profiles NAME`
// prints, so that a rule's line is the line of that text.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace medic::profile {

struct Release {
  int major = 0, minor = 0, patch = 0;
  friend auto operator<=>(const Release&, const Release&) = default;
};

// An engine and the content that each of its releases had: an index into one list of all contents,
// so that engines which carry the same profile share it.
struct Engine {
  std::string_view name;   // docker, podman, buildah, cri-o, containerd, containers-common
  std::string_view title;  // as a sentence names it: "Docker"
  struct Shipped {
    Release release;
    std::string_view text;  // the release as its engine writes it
    std::size_t content = 0;
  };
  std::vector<Shipped> shipped;  // ascending by release
};
std::span<const Engine> all_engines();
// By its name or a usual other one (moby, crio, k8s, kubernetes); null when there is none.
const Engine* find_engine(std::string_view name);

std::size_t content_count();
// The whole profile as JSON: an object a line for conditions, a name a line, as engines write it.
// Requires content < content_count().
std::string write_default_profile(std::size_t content);

// The releases of an engine that have one of these contents, as ranges: "20.10.0
// to 20.10.9, 23.0.0"; "from 29.4.3 on" where the newest known one is among them. Empty when it has
// none.
std::string releases_of(const Engine& engine, std::span<const std::size_t> contents);

// What a name such as docker, docker@27, podman@4.3.1+ds1 means.
struct NamedDefault {
  const Engine* engine = nullptr;  // null: unconfined
  std::size_t content = 0;
  std::string name;                // with the release that was taken: "docker@27.5.1"
  std::vector<std::string> notes;  // what the name left open, a sentence each
};
// Nothing: the text is no such name (a path, an unknown word). Fails with a usage problem where it
// names an engine and a release that is not known.
Result<std::optional<NamedDefault>> find_default(std::string_view text);

// All names that can be asked for, without releases: "docker, podman, …".
std::string default_names();

}  // namespace medic::profile
