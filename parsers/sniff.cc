#include "parsers/sniff.h"

#include <algorithm>

#include "parsers/router.h"
#include "parsers/wrapped_strace.h"

namespace medic::parsers {
namespace {

Sniffed sniff_plain(std::span<const Dialect* const> known, std::string_view text) {
  constexpr std::size_t kWindow = 400, kMaxLineBytes = 8192;
  std::vector<std::string_view> lines;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, std::min(end, kMaxLineBytes));
    if (!line.empty() && line != "\r")
      lines.push_back(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const std::span<const std::string_view> all(lines);
  Sniffed best;
  for (std::size_t from = 0; from < all.size() && best.dialect == nullptr; from += kWindow) {
    const auto window = all.subspan(from, std::min(kWindow, all.size() - from));
    best.looked_at += window.size();
    for (const Dialect* dialect : known) {
      const std::size_t recognised = dialect->recognise(window);
      if (recognised <= best.recognised) continue;
      best.dialect = dialect;
      best.recognised = recognised;
    }
    if (best.dialect == nullptr || !best.dialect->traits().wraps_anything) continue;
    const std::size_t wrapped = wrapped_strace_dialect().recognise(window);
    if (wrapped * 4 < best.recognised) continue;
    best.dialect = &wrapped_strace_dialect();
    best.recognised = wrapped;
  }
  if (best.dialect != nullptr) best.others = others_beside(*best.dialect, all, known);
  return best;
}

}  // namespace

Sniffed sniff_among(std::span<const Dialect* const> known, std::string_view text) {
  Sniffed given = sniff_plain(known, text);
  if (text.find("\x1b[") == std::string_view::npos && text.find("**") == std::string_view::npos)
    return given;
  // grep and terminals colour any word of a line.
  Sniffed plain = sniff_plain(known, without_colours(text));
  if (plain.recognised < given.recognised || plain.dialect == nullptr) return given;
  plain.coloured = true;
  return plain;
}

}  // namespace medic::parsers
