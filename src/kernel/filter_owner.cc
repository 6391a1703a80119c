#include "kernel/filter_owner.h"

#include <algorithm>

#include "base/text.h"

namespace medic::kernel {
namespace {

struct Row {
  std::string_view comm, exe, unit, label;
  FilterOwner owner;
};

constexpr Row kRows[] = {
#define OWNER(comm, exe, unit, label, kind, name, filters, fix, source) \
  {comm, exe, unit, label, {OwnerKind::kind, name, filters, fix, source}},
#include "kernel/filter_owners.inc"
#undef OWNER
};

// * at either end stands for anything.
bool fits(std::string_view pattern, std::string_view text) {
  const bool open_front = pattern.starts_with('*'),
             open_back = pattern.size() > 1 && pattern.ends_with('*');
  if (open_front) pattern.remove_prefix(1);
  if (open_back) pattern.remove_suffix(1);
  if (open_front && open_back) return text.find(pattern) != std::string_view::npos;
  if (open_front) return text.ends_with(pattern);
  return open_back ? text.starts_with(pattern) : text == pattern;
}

bool any_fits(std::string_view patterns, std::string_view text) {
  if (patterns.empty() || text.empty()) return false;
  const auto all = split(patterns, '|');
  return std::any_of(all.begin(), all.end(),
                     [&](std::string_view pattern) { return fits(pattern, text); });
}

// A cgroup path counts as a whole, and its last part as the unit's name; a login session's manager
// is no unit that filters.
bool unit_fits(std::string_view patterns, std::string_view unit) {
  const std::string_view last = unit.substr(unit.rfind('/') + 1);
  if (last.starts_with("user@")) return false;
  return any_fits(patterns, unit) || any_fits(patterns, last);
}

}  // namespace

std::string_view name(OwnerKind kind) {
  constexpr std::string_view kNames[] = {"container", "unit", "program", "sandbox"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<FilterOwner> filter_owner(const FilterClues& clues) {
  for (const Row& row : kRows) {
    if (any_fits(row.exe, clues.exe) || any_fits(row.label, clues.label) ||
        unit_fits(row.unit, clues.unit))
      return row.owner;
    // Where the log names the program's file, its name counts, and what the process calls itself
    // does not.
    if (!clues.exe.empty() && any_fits(row.comm, clues.exe.substr(clues.exe.rfind('/') + 1)))
      return row.owner;
    if (!clues.exe.empty() || !any_fits(row.comm, clues.comm)) continue;
    FilterOwner out = row.owner;
    out.by_comm_alone = true;
    return out;
  }
  return std::nullopt;
}

}  // namespace medic::kernel
