#include "convert/foreign.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace medic::profile::formats {

Effect effect(Action action, std::uint32_t errno_value) {
  return {action, action == Action::Errno || action == Action::Trace ? errno_value : 0};
}

Effect effect_of(const Verdict& verdict) {
  return effect(verdict.action, static_cast<std::uint32_t>(verdict.errno_value));
}

std::string text_of(const Effect& effect) {
  std::string out(kernel::json_name(effect.action));
  if (effect.action == Action::Errno)
    out += " " + kernel::errno_text(static_cast<int>(effect.errno_value));
  return out;
}

Effect default_of(const Flat& flat) { return effect(flat.default_action, flat.default_errno); }

Problem refusal(std::string text, std::string hint) {
  Problem problem;
  problem.text = std::move(text);
  problem.hint = std::move(hint);
  return problem;
}

Problem problem_at(const ForeignText& source, std::uint64_t line, std::string text,
                   std::string hint) {
  Problem problem = refusal(std::move(text), std::move(hint));
  problem.file = source.path;
  problem.line = line;
  const auto lines = lines_of(source.text);
  if (line >= 1 && line <= lines.size()) problem.source_line = shorten(lines[line - 1], 200);
  return problem;
}

std::string did_you_mean(std::string_view name) {
  const auto nearest = kernel::nearest_names(name.substr(0, 64), 1);
  return nearest.empty() ? std::string()
                         : fmt::format("did you mean {}?", kernel::name_of(nearest.front()));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty() && out.size() < kMaxLines) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    out.push_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string few_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 8;
  const std::size_t shown = std::min(names.size(), kShown);
  std::string out = fmt::format(
      "{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (names.size() > kShown) out += fmt::format(" and {} more", names.size() - kShown);
  return out;
}

bool any_line_starts(std::string_view text, std::string_view with) {
  const auto lines = lines_of(text);
  return std::any_of(lines.begin(), lines.end(),
                     [&](std::string_view line) { return trim(line).starts_with(with); });
}

Result<Profile> as_profile(const NewProfile& made, const std::string& path) {
  Problems notes;
  return read_profile(write_profile(made), path, notes);
}

}  // namespace medic::profile::formats
