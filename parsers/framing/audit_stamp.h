// The only reader of audit's stamp, `1613596317.899:6461`: time and serial of an event, in whatever
// stands around it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/event.h"

namespace medic::parsers::framing {

struct AuditStamp {
  // Basis None: Android's `0.0`. zone_assumed: a local date, as `ausearch -i` writes it.
  model::Time time;
  std::int64_t serial = -1;  // up to 2^32 - 1

  bool is_raw() const { return time.basis == model::Time::Basis::Epoch && !time.zone_assumed; }
};

// `(1613596317.899:6461)` at the front of the text, exactly as the kernel prints it: ten, three and
// up to ten digits. Returns its length; 0, and out unchanged, where it looks otherwise.
std::size_t read_kernel_stamp(std::string_view text, AuditStamp& out);

// The stamp in parentheses at the front of the text, as the kernel, auditd's and other tools print
// it. As above.
std::size_t read_stamp_in_parentheses(std::string_view text, AuditStamp& out);

// What stands between the parentheses, or where others write it without: `1670509555.860:9822782`,
// `07/06/2020 20:17:03.365:18387`. Nothing where the text is anything else.
std::optional<AuditStamp> read_bare_stamp(std::string_view text);

}  // namespace medic::parsers::framing
