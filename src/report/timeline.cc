// When denials happened: a bar from the first to the last of each cause.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "report/html_parts.h"
#include "report/markup.h"
#include "base/text.h"

namespace medic::report {
namespace {

constexpr int kWidth = 960, kLabel = 250, kRight = 16, kRow = 24, kTop = 8;

struct Span {
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  model::Time begin, end;
};

bool has_time(const Row& row, model::Time::Basis basis) {
  return row.first.basis == basis && basis != model::Time::Basis::None;
}

// Of the rows whose times are of the same basis as the first one's: others cannot be compared.
Span span_of(const std::vector<const Row*>& rows) {
  Span span;
  for (const Row* row : rows) {
    if (row->first.ns < span.first) {
      span.first = row->first.ns;
      span.begin = row->first;
    }
    if (row->last.ns > span.last) {
      span.last = row->last.ns;
      span.end = row->last;
    }
  }
  return span;
}

double position(const Span& span, std::int64_t ns) {
  const auto share =
      static_cast<double>(ns - span.first) / static_cast<double>(span.last - span.first);
  return kLabel + share * (kWidth - kLabel - kRight);
}

std::string bar(const Row& row, const Span& span, int y) {
  const double from = position(span, row.first.ns), to = position(span, row.last.ns);
  const std::string title = markup_line(fmt::format("{}: {} times, {} to {}", row.title, row.count,
                                                    time_text(row.first), time_text(row.last)));
  return fmt::format(
      "<g><title>{}</title><text x=\"0\" y=\"{}\">{}</text>"
      "<rect class=\"{}\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"12\" rx=\"3\"/></g>\n",
      title, y + 11, markup_line(shorten(row.title, 36)), json_name(row.level),
      std::max(static_cast<double>(kLabel), from - 3), y, std::max(6.0, to - from + 6));
}

}  // namespace

std::string timeline(const std::vector<Row>& rows) {
  constexpr std::size_t kMost = 30;
  const auto first = std::find_if(rows.begin(), rows.end(), [](const Row& row) {
    return row.fails && row.first.basis != model::Time::Basis::None;
  });
  if (first == rows.end()) return {};
  std::vector<const Row*> shown;
  for (const Row& row : rows) {
    if (row.fails && has_time(row, first->first.basis) && shown.size() < kMost)
      shown.push_back(&row);
  }
  const Span span = span_of(shown);
  if (span.first >= span.last) return {};
  const int height = kTop + kRow * static_cast<int>(shown.size()) + 28;
  std::string out = fmt::format(
      "<h2>When</h2>\n<div class=\"scroll\"><svg viewBox=\"0 0 {} {}\" role=\"img\" "
      "aria-label=\"When each denial happened, from the first to the last\">\n",
      kWidth, height);
  int y = kTop;
  for (const Row* row : shown) {
    out += bar(*row, span, y);
    y += kRow;
  }
  out += fmt::format(
      "<line class=\"axis\" x1=\"{0}\" y1=\"{1}\" x2=\"{2}\" y2=\"{1}\"/>"
      "<text class=\"dim\" x=\"{0}\" y=\"{3}\">{4}</text>"
      "<text class=\"dim\" x=\"{2}\" y=\"{3}\" text-anchor=\"end\">{5}</text>\n",
      kLabel, y, kWidth - kRight, y + 17, markup_line(time_text(span.begin)),
      markup_line(time_text(span.end)));
  return out + "</svg></div>\n";
}

}  // namespace medic::report
