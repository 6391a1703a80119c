// The kinds of findings.
#pragma once

#include <span>
#include <string_view>

namespace medic::diagnose {

// What `explain` and seccomp-medic-findings(7) say of a kind of finding.
struct KindInfo {
  std::string_view kind, title, meaning, how_known, surer;
};
std::span<const KindInfo> all_kinds();  // sorted by kind
const KindInfo* find_kind(std::string_view kind_or_id);

}  // namespace medic::diagnose
