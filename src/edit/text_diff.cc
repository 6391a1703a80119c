// Unified diffs of two texts by Myers' algorithm, bounded: texts that differ in too much are shown
// as one whole change.
#include <algorithm>
#include <fmt/format.h>
#include <span>

#include "edit/edit.h"

namespace medic::profile {
namespace {

// Beyond so many differing lines the shortest script is not looked for: it costs this number
// squared.
constexpr int kMaxScript = 2000;
constexpr std::size_t kContext = 3;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

using Lines = std::vector<std::string_view>;

// Lines [a0, a1) of one side stand where [b0, b1) of the other do.
struct Change {
  std::size_t a0, a1, b0, b1;
};

// The furthest-reaching paths of each length, then the walk back.
std::vector<Change> shortest_script(const Lines& a, const Lines& b) {
  const int n = static_cast<int>(a.size()), m = static_cast<int>(b.size());
  const int limit = std::min(n + m, kMaxScript);
  std::vector<std::vector<int>> trace;
  std::vector<int> v(static_cast<std::size_t>(2 * limit + 3), 0);
  const auto at = [&](std::vector<int>& row, int k) -> int& {
    return row[static_cast<std::size_t>(k + limit + 1)];
  };
  int found = -1;
  for (int d = 0; d <= limit && found < 0; ++d) {
    for (int k = -d; k <= d; k += 2) {
      int x = k == -d || (k != d && at(v, k - 1) < at(v, k + 1)) ? at(v, k + 1) : at(v, k - 1) + 1;
      while (x < n && x - k < m &&
             a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(x - k)])
        ++x;
      at(v, k) = x;
      if (x >= n && x - k >= m) found = d;
    }
    trace.emplace_back(v.begin() + (limit + 1 - d), v.begin() + (limit + 1 + d) + 1);
  }
  if (found < 0) return {{0, a.size(), 0, b.size()}};
  std::vector<Change> out;
  int x = n, y = m;
  for (int d = found; d > 0; --d) {
    const std::vector<int>& row = trace[static_cast<std::size_t>(d - 1)];
    const auto reach = [&](int k) {
      return k < -(d - 1) || k > d - 1 ? -1 : row[static_cast<std::size_t>(k + d - 1)];
    };
    const int k = x - y;
    const bool down = k == -d || (k != d && reach(k - 1) < reach(k + 1));
    const int from = down ? k + 1 : k - 1;
    const int px = reach(from), py = px - from;
    const auto mx = static_cast<std::size_t>(down ? px : px + 1),
               my = static_cast<std::size_t>(down ? py + 1 : py);
    const Change step{static_cast<std::size_t>(px), mx, static_cast<std::size_t>(py), my};
    if (!out.empty() && out.back().a0 == step.a1 && out.back().b0 == step.b1) {
      out.back().a0 = step.a0;
      out.back().b0 = step.b0;
    } else {
      out.push_back(step);
    }
    x = px;
    y = py;
  }
  std::reverse(out.begin(), out.end());
  return out;
}

// The script for the part between the common beginning and the common end.
std::vector<Change> changes_between(const Lines& a, const Lines& b) {
  std::size_t head = 0, tail = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  while (tail < a.size() - head && tail < b.size() - head &&
         a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
    ++tail;
  const Lines mid_a(a.begin() + static_cast<std::ptrdiff_t>(head),
                    a.end() - static_cast<std::ptrdiff_t>(tail));
  const Lines mid_b(b.begin() + static_cast<std::ptrdiff_t>(head),
                    b.end() - static_cast<std::ptrdiff_t>(tail));
  std::vector<Change> out = shortest_script(mid_a, mid_b);
  for (Change& change : out) {
    change.a0 += head;
    change.a1 += head;
    change.b0 += head;
    change.b1 += head;
  }
  return out;
}

void write_line(std::string& out, char mark, std::string_view line) {
  out += mark;
  out += line;
  if (!line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
}

std::string range(std::size_t begin, std::size_t count) {
  if (count == 1) return std::to_string(begin + 1);
  return fmt::format("{},{}", count == 0 ? begin : begin + 1, count);
}

// patch(1) reads a name up to a tab, and a quoted one as C does.
std::string header_name(std::string_view name) {
  const auto odd = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7F;
  };
  if (std::none_of(name.begin(), name.end(), odd))
    return std::string(name) + (name.find(' ') == std::string_view::npos ? "" : "\t");
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (odd(c)) {
      out += fmt::format("\\{:03o}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// Changes [first, last) share their context.
void write_hunk(std::string& out, const Lines& a, const Lines& b, std::span<const Change> changes) {
  const std::size_t lead = std::min(kContext, changes.front().a0),
                    trail = std::min(kContext, a.size() - changes.back().a1);
  const std::size_t a0 = changes.front().a0 - lead, b0 = changes.front().b0 - lead;
  const std::size_t a1 = changes.back().a1 + trail, b1 = changes.back().b1 + trail;
  out += fmt::format("@@ -{} +{} @@\n", range(a0, a1 - a0), range(b0, b1 - b0));
  std::size_t at = a0;
  for (const Change& change : changes) {
    for (; at < change.a0; ++at) write_line(out, ' ', a[at]);
    for (; at < change.a1; ++at) write_line(out, '-', a[at]);
    for (std::size_t i = change.b0; i < change.b1; ++i) write_line(out, '+', b[i]);
  }
  for (; at < a1; ++at) write_line(out, ' ', a[at]);
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after,
                         std::string_view before_name, std::string_view after_name) {
  if (before == after) return {};
  const Lines a = lines_of(before), b = lines_of(after);
  const std::vector<Change> changes = changes_between(a, b);
  std::string out =
      fmt::format("--- {}\n+++ {}\n", header_name(before_name), header_name(after_name));
  for (std::size_t first = 0; first < changes.size();) {
    std::size_t last = first + 1;
    while (last < changes.size() && changes[last].a0 - changes[last - 1].a1 <= 2 * kContext) ++last;
    write_hunk(out, a, b, std::span(changes).subspan(first, last - first));
    first = last;
  }
  return out;
}

}  // namespace medic::profile
