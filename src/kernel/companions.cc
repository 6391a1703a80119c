// See companions.h; the data is companions.inc.
#include "kernel/companions.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace medic::kernel {
namespace {

struct Group {
  Companionship kind;
  std::string_view names;
};

constexpr Group kGroups[] = {
#define COMPANIONS(kind, names) {Companionship::kind, names},
#include "kernel/companions.inc"
#undef COMPANIONS
};

using Lists = std::vector<std::array<std::vector<NameId>, 2>>;

bool is_multiplexer(std::string_view name) { return name == "socketcall" || name == "ipc"; }

// A list per name and kind, made once.
const Lists& lists() {
  static const Lists made = [] {
    Lists out(all_names().size());
    for (const Group& group : kGroups) {
      for (const std::string_view a : split(group.names, ' ')) {
        if (is_multiplexer(a)) continue;
        for (const std::string_view b : split(group.names, ' ')) {
          if (a != b)
            out[find_name(a)][static_cast<std::size_t>(group.kind)].push_back(find_name(b));
        }
      }
    }
    for (auto& [instead, beside] : out) {
      for (auto* list : {&instead, &beside}) {
        std::sort(list->begin(), list->end());
        list->erase(std::unique(list->begin(), list->end()), list->end());
      }
      const std::vector<NameId>& nearer = instead;
      std::erase_if(beside, [&](NameId name) {
        return std::binary_search(nearer.begin(), nearer.end(), name);
      });
    }
    return out;
  }();
  return made;
}

}  // namespace

std::span<const NameId> companions_of(NameId name, Companionship kind) {
  if (name >= lists().size()) return {};
  return lists()[name][static_cast<std::size_t>(kind)];
}

}  // namespace medic::kernel
