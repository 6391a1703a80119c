#include "profile/profile.h"

#include <algorithm>
#include <array>

namespace medic::profile {
namespace {

constexpr std::array<std::string_view, 7> kOpTokens{
    "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",       "SCMP_CMP_EQ",
    "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"};

}  // namespace

std::string_view oci_token(Op op) { return kOpTokens[static_cast<std::size_t>(op)]; }

std::optional<Op> op_from_oci(std::string_view token) {
  const auto found = std::find(kOpTokens.begin(), kOpTokens.end(), token);
  if (found == kOpTokens.end()) return std::nullopt;
  return static_cast<Op>(found - kOpTokens.begin());
}

bool is_podman_style(const Profile& profile) {
  return profile.default_errno_name.has_value() ||
         std::any_of(profile.rules.begin(), profile.rules.end(),
                     [](const Rule& rule) { return rule.errno_name.has_value(); });
}

bool needs_engine(const Profile& profile) {
  return !profile.arch_map.empty() || is_podman_style(profile) ||
         std::any_of(profile.rules.begin(), profile.rules.end(), [](const Rule& rule) {
           return rule.legacy_name || !rule.includes.empty() || !rule.excludes.empty();
         });
}

}  // namespace medic::profile
