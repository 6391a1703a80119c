#include "parsers/audit/serial_ends.h"

#include <algorithm>
#include <vector>

#include "parsers/framing/audit_stamp.h"

namespace medic::parsers::audit {
namespace {

constexpr std::size_t kLookedAt = 65536;
constexpr std::string_view kStamp = " msg=audit(";

// auditd numbers its own events (DAEMON_START, DAEMON_ROTATE) by itself. at: of the words before
// the stamp.
bool is_auditds_own(std::string_view text, std::size_t at) {
  const std::string_view head = text.substr(at < 40 ? 0 : at - 40, at < 40 ? at : 40);
  const std::size_t type = head.rfind("type=");
  return type != std::string_view::npos && head.substr(type).starts_with("type=DAEMON_");
}

// at: of the words before the stamp.
std::optional<std::uint64_t> serial_at(std::string_view text, std::size_t at) {
  framing::AuditStamp stamp;
  if (is_auditds_own(text, at)) return std::nullopt;
  if (framing::read_stamp_in_parentheses(text.substr(at + kStamp.size() - 1), stamp) == 0 ||
      !stamp.is_raw())
    return std::nullopt;
  return static_cast<std::uint64_t>(stamp.serial);
}

}  // namespace

std::optional<std::uint64_t> last_serial(std::string_view text) {
  if (text.size() > kLookedAt) text.remove_prefix(text.size() - kLookedAt);
  std::size_t at = text.rfind(kStamp);
  while (at != std::string_view::npos && at > 0 && is_auditds_own(text, at))
    at = text.rfind(kStamp, at - 1);
  return at == std::string_view::npos ? std::nullopt : serial_at(text, at);
}

void SerialEnds::begin(std::string_view text) {
  constexpr std::uint64_t kEnough = 20;
  std::vector<std::uint64_t> serials;
  text = text.substr(0, kLookedAt);
  for (std::size_t at = text.find(kStamp); at != std::string_view::npos;
       at = text.find(kStamp, at + 1)) {
    if (const auto serial = serial_at(text, at)) serials.push_back(*serial);
  }
  if (serials.empty()) return;
  first = serials.front();
  std::sort(serials.begin(), serials.end());
  serials.erase(std::unique(serials.begin(), serials.end()), serials.end());
  const std::uint64_t range = serials.back() - serials.front() + 1;
  dense = serials.size() >= kEnough && serials.size() >= range / 10 * 9;
}

}  // namespace medic::parsers::audit
