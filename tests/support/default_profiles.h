// The profiles that engines shipped, as tests' own real profiles.
#pragma once

#include <string>
#include <vector>

#include "policy/default_profiles.h"

namespace medic::support {

struct NamedText {
  std::string name, text;  // "docker@27.5.1", and its JSON as the engine lays it out
};

// "docker@24.0.9". The name has to be one.
inline std::string default_profile(const std::string& name) {
  return profile::write_default_profile((*profile::find_default(name))->content);
}

// The oldest content, the newest, and every fifth between, of each engine; what two engines share
// stands twice.
inline std::vector<NamedText> default_profiles() {
  std::vector<NamedText> out;
  for (const profile::Engine& engine : profile::all_engines()) {
    std::vector<NamedText> contents;
    std::size_t last = profile::content_count();
    for (const auto& each : engine.shipped) {
      if (each.content == last) continue;
      last = each.content;
      contents.push_back({std::string(engine.name) + "@" + std::string(each.text),
                          profile::write_default_profile(each.content)});
    }
    for (std::size_t i = 0; i < contents.size(); ++i) {
      if (i % 5 == 0 || i + 1 == contents.size()) out.push_back(contents[i]);
    }
  }
  return out;
}

}  // namespace medic::support
