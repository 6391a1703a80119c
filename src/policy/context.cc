#include "policy/context.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "kernel/capability.h"

namespace medic::profile {
namespace {

constexpr std::array<std::string_view, 3> kRuntimes{"runc", "crun", "none"};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

// Empty when there is no such capability.
std::string cap_name(std::string_view text) {
  std::string name = upper(text);
  if (!name.starts_with("CAP_")) name.insert(0, "CAP_");
  return kernel::capability_number(name) ? name : std::string();
}

std::set<std::string> every_cap() {
  std::set<std::string> out;
  for (int number = 0; !kernel::capability_name(number).empty(); ++number)
    out.emplace(kernel::capability_name(number));
  return out;
}

}  // namespace

std::string_view name(Runtime runtime) { return kRuntimes[static_cast<std::size_t>(runtime)]; }

std::optional<Runtime> runtime_from_text(std::string_view text) {
  const auto found = std::find(kRuntimes.begin(), kRuntimes.end(), text);
  if (found == kRuntimes.end()) return std::nullopt;
  return static_cast<Runtime>(found - kRuntimes.begin());
}

const std::set<std::string>& docker_default_caps() {
  static const std::set<std::string> caps{
      "CAP_AUDIT_WRITE", "CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",    "CAP_FSETID",
      "CAP_KILL",        "CAP_MKNOD",   "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",   "CAP_SETFCAP",
      "CAP_SETGID",      "CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT"};
  return caps;
}

std::optional<std::set<std::string>> parse_caps(std::string_view text) {
  const std::string whole = upper(trim(text));
  const bool changes = whole.starts_with('+') || whole.starts_with('-');
  std::set<std::string> out;
  if (changes) out = docker_default_caps();
  if (whole.empty()) return std::nullopt;
  for (const std::string_view part : split(whole, ',')) {
    std::string_view word = trim(part);
    const bool drop = word.starts_with('-');
    if (drop || word.starts_with('+')) word.remove_prefix(1);
    std::set<std::string> named;
    if (word == "ALL")
      named = every_cap();
    else if (word == "DEFAULT")
      named = docker_default_caps();
    else if (const std::string cap = cap_name(word); !cap.empty())
      named.insert(cap);
    else if (word != "NONE")
      return std::nullopt;
    for (const std::string& cap : named) {
      if (drop)
        out.erase(cap);
      else
        out.insert(cap);
    }
  }
  return out;
}

}  // namespace medic::profile
