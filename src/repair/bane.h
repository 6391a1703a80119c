// bane's TOML: a short form of AppArmor profiles for containers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace medic::repair {

struct BaneProfile {
  std::string name;  // without the prefix "docker-" that bane adds
  std::vector<std::string> read_only, log_on_write, writable, allow_exec, deny_exec;
  std::vector<std::string> caps_allow, caps_deny;
  bool raw = false, packet = false;
  bool raw_said = false, packet_said = false;
  std::optional<std::vector<std::string>> protocols;
};

bool looks_like_bane(std::string_view text);
// Fails on what is no TOML of that kind, with the line.
Result<BaneProfile> read_bane(const std::string& text, const std::string& path);
// The profile that bane's generator makes of it (genuinetools/bane, apparmor/template.go).
std::string bane_to_apparmor(const BaneProfile& profile);

// The text with the value added to the list `key` of `section`, in the list's own layout.
std::string add_to_bane_list(const std::string& text, std::string_view section,
                             std::string_view key, const std::string& value);
// The text with `key = true` in `section`, where it says nothing of the key.
std::string set_in_bane(const std::string& text, std::string_view section, std::string_view key);

}  // namespace medic::repair
