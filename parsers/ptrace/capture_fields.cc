#include "parsers/ptrace/capture_fields.h"

#include <limits>

#include "base/text.h"
#include "parsers/ptrace/call_text.h"

namespace medic::parsers::ptrace {

CaptureFields::CaptureFields(std::string_view line) {
  kind_ = take_word(line);
  const auto sequence = parse_decimal(take_word(line));
  const auto time = decimal_seconds(take_word(line));
  const auto tid = parse_decimal(take_word(line));
  if (!sequence || !time || !tid || *tid > std::numeric_limits<std::int32_t>::max()) return;
  if (*sequence == std::numeric_limits<std::uint64_t>::max()) return;
  sequence_ = *sequence;
  time_ns_ = *time;
  tid_ = static_cast<std::int64_t>(*tid);
  valid_ = true;
  while (!line.empty() && count_ < kMaxFields) {
    const std::string_view word = take_word(line);
    const std::size_t equals = word.find('=');
    if (equals != std::string_view::npos)
      fields_[count_++] = {word.substr(0, equals), word.substr(equals + 1)};
  }
}

std::string_view CaptureFields::text(std::string_view key) const {
  for (std::size_t i = 0; i < count_; ++i) {
    if (fields_[i].first == key) return fields_[i].second;
  }
  return {};
}

std::string CaptureFields::bytes(std::string_view key) const {
  const std::string_view raw = text(key);
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\\' && i + 3 < raw.size() && raw[i + 1] == 'x') {
      if (const auto byte = decode_hex(raw.substr(i + 2, 2))) {
        out += *byte;
        i += 3;
        continue;
      }
    }
    if (raw[i] == '\\' && i + 2 == raw.size() && raw[i + 1] == '+') break;
    out += raw[i];
  }
  return out;
}

std::optional<std::int64_t> CaptureFields::decimal(std::string_view key) const {
  return parse_signed(text(key));
}
std::optional<std::uint64_t> CaptureFields::hex(std::string_view key) const {
  return parse_hex(text(key));
}

}  // namespace medic::parsers::ptrace
