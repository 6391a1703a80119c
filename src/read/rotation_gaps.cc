#include "read/rotation_gaps.h"

#include <fmt/format.h>

#include <functional>
#include <iterator>
#include <map>

#include "io/reader.h"

namespace medic {
namespace {

using parsers::audit::SerialEnds;

// The inputs of one family by age, oldest first.
using Family = std::map<std::uint64_t, std::uint32_t, std::greater<>>;

// A program's traces by process (trace.1234) are no rotation; only audit and kernel logs are
// rotated by number.
std::map<std::string, Family> families_of(std::span<const ledger::InputAccount> inputs) {
  constexpr std::uint64_t kOldest = 1000;
  std::map<std::string, Family> out;
  for (std::uint32_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].dialect.starts_with("audit")) continue;
    const io::RotatedName name = io::rotated_name(inputs[i].path);
    if (name.age < kOldest) out[name.stem].emplace(name.age, i);
  }
  return out;
}

// Serials begin anew with the machine, so a smaller one says nothing.
std::uint64_t missing_between(const SerialEnds& older, const SerialEnds& newer) {
  if (!older.dense || !newer.dense || !older.last || !newer.first ||
      *newer.first <= *older.last + 1)
    return 0;
  return *newer.first - *older.last - 1;
}

}  // namespace

std::vector<Gap> gaps_between(std::span<const ledger::InputAccount> inputs,
                              std::span<const SerialEnds> ends) {
  std::vector<Gap> out;
  for (const auto& [stem, family] : families_of(inputs)) {
    for (auto newer = family.begin(); newer != family.end(); ++newer) {
      if (newer == family.begin()) continue;
      const auto older = std::prev(newer);
      const std::uint64_t missing = missing_between(ends[older->second], ends[newer->second]);
      const auto& from = inputs[older->second].path;
      const auto& to = inputs[newer->second].path;
      if (older->first - newer->first > 1) {
        out.push_back({model::Loss::Kind::Rotation, newer->second, older->first - newer->first - 1,
                       fmt::format("{} log(s) are missing between {} and {}",
                                   older->first - newer->first - 1, from, to)});
      } else if (missing > 0) {
        out.push_back(
            {model::Loss::Kind::SerialGap, newer->second, missing,
             fmt::format("audit serials {} to {} are missing between {} and {}",
                         *ends[older->second].last + 1, *ends[newer->second].first - 1, from, to)});
      }
    }
  }
  return out;
}

}  // namespace medic
