#include "parsers/framing/audit_stamp.h"

#include "base/text.h"
#include "parsers/framing/stamp.h"

namespace medic::parsers::framing {

std::size_t read_kernel_stamp(std::string_view text, AuditStamp& out) {
  constexpr std::size_t kSerial = 16;  // behind `(1613596317.899:`
  if (text.size() < kSerial + 12 || text[11] != '.' || text[15] != ':' || text[1] == '0') return 0;
  std::int64_t seconds = 0, millis = 0, serial = 0;
  bool digits = true;
  const auto add = [&](std::int64_t& to, char c) {
    digits = digits && c >= '0' && c <= '9';
    to = to * 10 + (c - '0');
  };
  for (std::size_t i = 1; i < 11; ++i) add(seconds, text[i]);
  for (std::size_t i = 12; i < 15; ++i) add(millis, text[i]);
  std::size_t at = kSerial;
  for (; at < kSerial + 10 && text[at] != ')'; ++at) add(serial, text[at]);
  if (!digits || at == kSerial || text[at] != ')' || serial > 0xFFFFFFFF || seconds > 9'000'000'000)
    return 0;
  out.serial = serial;
  out.time = {seconds * 1'000'000'000 + millis * 1'000'000, model::Time::Basis::Epoch, false};
  return at + 1;
}

std::size_t read_stamp_in_parentheses(std::string_view text, AuditStamp& out) {
  if (const std::size_t length = read_kernel_stamp(text, out); length != 0) return length;
  const std::size_t close = text.substr(0, 64).find(')');
  if (close == std::string_view::npos || close == 0) return 0;
  const auto stamp = read_bare_stamp(text.substr(1, close - 1));
  if (!stamp) return 0;
  out = *stamp;
  return close + 1;
}

std::optional<AuditStamp> read_bare_stamp(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto serial = parse_decimal(text.substr(colon + 1));
  if (!serial || *serial > 0xFFFFFFFFu) return std::nullopt;
  const std::string_view written = text.substr(0, colon);
  auto time = read_epoch_seconds(written);
  if (time && time->ns == 0) time->basis = model::Time::Basis::None;
  if (!time) time = read_local_date(written);
  if (!time) return std::nullopt;
  return AuditStamp{*time, static_cast<std::int64_t>(*serial)};
}

}  // namespace medic::parsers::framing
