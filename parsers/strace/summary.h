// The table of strace -c and -C: counts, without order, time or arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "kernel/arch.h"
#include "parsers/strace/line_kind.h"

namespace medic::parsers::strace {

// SummaryHead, SummaryRow, SummaryRule, SummaryMode or Foreign.
LineKind summary_line_kind(std::string_view line);

struct SummaryRow {
  std::string_view name;
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;
};

// Columns by their headings; the usual ones until a heading was seen.
class SummaryColumns {
 public:
  void read_heading(std::string_view line);
  std::optional<SummaryRow> read_row(std::string_view line) const;

 private:
  struct Column {
    std::string_view heading;  // one of the known headings, static
    std::size_t end = 0;       // numbers are aligned to the right under it
  };
  std::vector<Column> columns_;
};

// Of `System call usage summary for 32 bit mode:`; Unknown for another line. host: the 64-bit
// architecture, or Unknown.
std::string_view summary_mode(std::string_view line);

}  // namespace medic::parsers::strace
