#include "parsers/strace/summary.h"

#include "base/text.h"
#include "parsers/strace/names.h"

namespace medic::parsers::strace {
namespace {

constexpr std::string_view kModePrefix = "System call usage summary for ";
constexpr std::size_t kMaxColumns = 16;

// strace -U's columns; headings of several words are matched whole.
constexpr std::string_view kHeadings[] = {
    "% time",  "time",       "seconds",  "usecs/call", "calls",    "errors",
    "syscall", "total-time", "min-time", "max-time",   "avg-time", "shortest",
    "longest", "wall-total", "wall-%",   "wall-min",   "wall-max", "wall-avg"};

struct Words {
  std::string_view word[kMaxColumns];
  std::size_t count = 0;
  bool too_many = false;
};

Words words_of(std::string_view line) {
  Words out;
  std::size_t at = 0;
  while (at < line.size()) {
    while (at < line.size() && line[at] == ' ') ++at;
    std::size_t end = at;
    while (end < line.size() && line[end] != ' ') ++end;
    if (end == at) break;
    if (out.count == kMaxColumns) {
      out.too_many = true;
      return out;
    }
    out.word[out.count++] = line.substr(at, end - at);
    at = end;
  }
  return out;
}

bool is_decimal_fraction(std::string_view word) {
  const std::size_t point = word.find('.');
  return point != std::string_view::npos && point > 0 && point + 1 < word.size() &&
         parse_decimal(word.substr(0, point)) && parse_decimal(word.substr(point + 1));
}

bool is_rule(std::string_view line) {
  return line.size() > 20 && line.find_first_not_of("- ") == std::string_view::npos &&
         line.find("----") != std::string_view::npos;
}

bool is_heading(std::string_view line) {
  const Words words = words_of(line);
  bool name = false, count = false;
  for (std::size_t i = 0; i < words.count; ++i) {
    name |= words.word[i] == "syscall";
    count |= words.word[i] == "calls" || words.word[i] == "seconds" || words.word[i] == "errors";
  }
  return name && count && !words.too_many;
}

// `% time seconds usecs/call calls [errors] syscall`, the columns of -c without -U.
std::optional<SummaryRow> read_usual_row(const Words& words) {
  if (words.count < 5 || words.count > 6 || !is_decimal_fraction(words.word[0]) ||
      !is_decimal_fraction(words.word[1]))
    return std::nullopt;
  const auto calls = parse_decimal(words.word[3]);
  const auto errors =
      words.count == 6 ? parse_decimal(words.word[4]) : std::optional<std::uint64_t>(0);
  if (!parse_decimal(words.word[2]) || !calls || !errors || *errors > *calls) return std::nullopt;
  return SummaryRow{words.word[words.count - 1], *calls, *errors};
}

}  // namespace

LineKind summary_line_kind(std::string_view line) {
  if (line.starts_with(kModePrefix)) return LineKind::SummaryMode;
  if (line.size() < 8 || line.size() > 400) return LineKind::Foreign;
  if (is_rule(line)) return LineKind::SummaryRule;
  const Words words = words_of(line);
  if (words.count < 2 || words.too_many) return LineKind::Foreign;
  if (is_heading(line)) return LineKind::SummaryHead;
  const std::string_view last = words.word[words.count - 1];
  const bool numbers = parse_decimal(words.word[0]) || is_decimal_fraction(words.word[0]);
  if (words.word[0].find_first_not_of("0123456789.") != std::string_view::npos) {
    // With -U name first.
    if (words.word[0] == "total" && parse_decimal(words.word[1])) return LineKind::SummaryRule;
    const bool named = words.count >= 2 && find_call(words.word[0], kernel::Arch::Unknown).known;
    return named && (parse_decimal(words.word[1]) || is_decimal_fraction(words.word[1]))
               ? LineKind::SummaryRow
               : LineKind::Foreign;
  }
  if (!numbers) return LineKind::Foreign;
  if (last == "total") return LineKind::SummaryRule;
  return find_call(last, kernel::Arch::Unknown).known ? LineKind::SummaryRow : LineKind::Foreign;
}

void SummaryColumns::read_heading(std::string_view line) {
  columns_.clear();
  std::size_t at = 0;
  while (columns_.size() < kMaxColumns) {
    at = line.find_first_not_of(' ', at);
    if (at == std::string_view::npos) break;
    std::string_view best;
    for (const std::string_view heading : kHeadings) {
      if (line.substr(at).starts_with(heading) && heading.size() > best.size()) best = heading;
    }
    if (best.empty()) {
      columns_.clear();
      return;
    }
    at += best.size();
    columns_.push_back({best, at});
  }
}

std::optional<SummaryRow> SummaryColumns::read_row(std::string_view line) const {
  const Words words = words_of(line);
  if (columns_.empty()) return read_usual_row(words);
  SummaryRow row;
  bool counted = false;
  for (std::size_t i = 0; i < words.count; ++i) {
    const std::string_view word = words.word[i];
    const std::size_t begin = static_cast<std::size_t>(word.data() - line.data()),
                      end = begin + word.size();
    // The column whose heading overlaps the word; syscall names are aligned to the left, numbers to
    // the right.
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const std::size_t heading_begin = columns_[c].end - columns_[c].heading.size();
      if (end <= heading_begin || begin >= columns_[c].end) continue;
      if (columns_[c].heading == "syscall") row.name = word;
      if (columns_[c].heading == "calls") {
        const auto calls = parse_decimal(word);
        counted = calls.has_value();
        row.calls = calls.value_or(0);
      }
      if (columns_[c].heading == "errors") row.errors = parse_decimal(word).value_or(0);
      break;
    }
  }
  if (row.name.empty()) return read_usual_row(words);
  if (!counted) row.calls = row.errors == 0 ? 1 : row.errors;
  if (row.errors > row.calls) return std::nullopt;
  return row;
}

std::string_view summary_mode(std::string_view line) {
  if (!line.starts_with(kModePrefix)) return {};
  line.remove_prefix(kModePrefix.size());
  return line.substr(0, line.find(" mode"));
}

}  // namespace medic::parsers::strace
