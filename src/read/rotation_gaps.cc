#include "read/continuity.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "io/reader.h"

namespace medic {
namespace {

constexpr std::size_t kLookedAt = 65536;
constexpr std::string_view kStamp = " msg=audit(";

// `1700000000.123:45)` behind the stamp's words.
std::optional<std::uint64_t> serial_at(std::string_view text) {
  const std::string_view stamp = text.substr(0, 40);
  const std::size_t colon = stamp.find(':'), end = stamp.find(')');
  if (colon == std::string_view::npos || end == std::string_view::npos || end < colon) return std::nullopt;
  return parse_decimal(stamp.substr(colon + 1, end - colon - 1));
}

// auditd numbers its own events (DAEMON_START, DAEMON_ROTATE) by itself. at: of the stamp's words.
bool is_auditds_own(std::string_view text, std::size_t at) {
  const std::string_view head = text.substr(at < 40 ? 0 : at - 40, at < 40 ? at : 40);
  const std::size_t type = head.rfind("type=");
  return type != std::string_view::npos && head.substr(type).starts_with("type=DAEMON_");
}

// The inputs of one family by age, oldest first.
using Family = std::map<std::uint64_t, std::uint32_t, std::greater<>>;

// A program's traces by process (trace.1234) are no rotation; only audit and kernel logs are rotated by number.
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
std::uint64_t missing_between(const Continuity& older, const Continuity& newer) {
  if (!older.dense || !newer.dense || !older.last || !newer.first || *newer.first <= *older.last + 1) return 0;
  return *newer.first - *older.last - 1;
}

}  // namespace

std::optional<std::uint64_t> last_serial(std::string_view text) {
  if (text.size() > kLookedAt) text.remove_prefix(text.size() - kLookedAt);
  std::size_t at = text.rfind(kStamp);
  while (at != std::string_view::npos && at > 0 && is_auditds_own(text, at)) at = text.rfind(kStamp, at - 1);
  return at == std::string_view::npos || is_auditds_own(text, at) ? std::nullopt : serial_at(text.substr(at + kStamp.size()));
}

void Continuity::begin(std::string_view text) {
  constexpr std::uint64_t kEnough = 20;
  std::vector<std::uint64_t> serials;
  text = text.substr(0, kLookedAt);
  for (std::size_t at = text.find(kStamp); at != std::string_view::npos; at = text.find(kStamp, at + 1)) {
    if (is_auditds_own(text, at)) continue;
    if (const auto serial = serial_at(text.substr(at + kStamp.size()))) serials.push_back(*serial);
  }
  if (serials.empty()) return;
  first = serials.front();
  std::sort(serials.begin(), serials.end());
  serials.erase(std::unique(serials.begin(), serials.end()), serials.end());
  const std::uint64_t range = serials.back() - serials.front() + 1;
  dense = serials.size() >= kEnough && serials.size() >= range / 10 * 9;
}

std::vector<Gap> gaps_between(std::span<const ledger::InputAccount> inputs, std::span<const Continuity> continuity) {
  std::vector<Gap> out;
  for (const auto& [stem, family] : families_of(inputs)) {
    for (auto newer = family.begin(); newer != family.end(); ++newer) {
      if (newer == family.begin()) continue;
      const auto older = std::prev(newer);
      const std::uint64_t missing = missing_between(continuity[older->second], continuity[newer->second]);
      const auto& from = inputs[older->second].path;
      const auto& to = inputs[newer->second].path;
      if (older->first - newer->first > 1) {
        out.push_back({model::Loss::Kind::Rotation, newer->second, older->first - newer->first - 1,
                       fmt::format("{} log(s) are missing between {} and {}", older->first - newer->first - 1, from, to)});
      } else if (missing > 0) {
        out.push_back({model::Loss::Kind::SerialGap, newer->second, missing,
                       fmt::format("audit serials {} to {} are missing between {} and {}", *continuity[older->second].last + 1,
                                   *continuity[newer->second].first - 1, from, to)});
      }
    }
  }
  return out;
}

}  // namespace medic
