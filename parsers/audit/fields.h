// The fields of a record body, read in one pass without allocating: `key=value`, `key="value"`,
// values with blanks in them, and the ways values are written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "parsers/audit/record.h"

namespace medic::parsers::audit {

struct Field {
  std::string_view key;
  std::string_view value;  // without its quotes
  bool quoted = false;
};

// Walks over a body. An unquoted value ends where a blank is followed by another `key=`, so that
// `subj==profile (enforce) pid=1` has three fields; words without `=` are skipped.
class FieldCursor {
 public:
  explicit FieldCursor(std::string_view body) : text_(body) {}
  bool next(Field& field);
  bool cut() const { return cut_; }  // a quote was opened and never closed

 private:
  std::string_view text_;
  bool cut_ = false;
};

// The first field of that name; value empty and key empty when there is none.
Field find_field(std::string_view body, std::string_view key);

// The leading number of a value: auditd may glue its enrichment to the last field
// (`code=0x7ffc0000AUID="unset"`).
std::optional<std::int64_t> leading_decimal(std::string_view value);
// With or without 0x; lower case only, as the kernel prints it, since glued text begins in upper
// case.
std::optional<std::uint64_t> leading_hex(std::string_view value);

// An untrusted string: quoted as it stands; unquoted upper-case hex is decoded into scratch;
// (null), ? and the like are empty.
std::string_view untrusted(const Field& field, Style style, std::string& scratch);

}  // namespace medic::parsers::audit
