#include "elf/module.h"

#include <algorithm>
#include <iterator>

namespace medic::elf {

std::uint32_t Module::function_at(std::uint64_t address) const {
  auto after =
      std::upper_bound(functions.begin(), functions.end(), address,
                       [](std::uint64_t a, const Function& f) { return a < f.range.start; });
  if (after == functions.begin() || !std::prev(after)->range.holds(address)) return kNobody;
  return static_cast<std::uint32_t>(std::prev(after) - functions.begin());
}

}  // namespace medic::elf
