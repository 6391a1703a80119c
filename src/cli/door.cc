#include "cli/door.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/text.h"

namespace medic::cli {
namespace {

bool is_input(const std::string& word) {
  std::error_code unreadable;
  return word == "-" || std::filesystem::exists(word, unreadable);
}

bool is_profile(const std::string& path) {
  return path != "-" && !profile_kind_of_file(path).empty();
}

Problem similar_command(const std::string& word) {
  std::string hint = "`seccomp-medic help` lists the commands";
  unsigned best = 3;
  for (const Command& command : all_commands()) {
    const unsigned distance = edit_distance(word, command.name, 2);
    if (distance < best) {
      best = distance;
      hint = fmt::format("did you mean {}?", command.name);
    }
  }
  const bool is_path = word.find_first_of("./") != std::string::npos;
  return usage_problem(is_path ? fmt::format("'{}' is neither a command nor a file", word)
                               : fmt::format("unknown command '{}'", word),
                       hint);
}

Problem profile_alone(const std::string& profile) {
  return usage_problem(fmt::format("{} is a seccomp profile, and no log is named", profile),
                       fmt::format("`seccomp-medic lint {0}` looks for mistakes in it; "
                                   "`seccomp-medic LOG --profile {0}` says what it denied",
                                   shell_word(profile)));
}

Problem with_places(std::string text, std::string_view command, const std::string& log,
                    const std::string& profile) {
  return usage_problem(std::move(text), fmt::format("seccomp-medic {} {} --profile {}", command,
                                                    shell_word(log), shell_word(profile)));
}

}  // namespace

std::string shell_word(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+=,";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos)
    return std::string(word);
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

Result<const Command*> meant_command(const List& words) {
  const std::string& first = words.front();
  const bool is_option = first.size() > 1 && first.front() == '-';
  if (!is_option && !is_input(first)) return fail(similar_command(first));
  const bool alone = words.size() == 1 || words[1].starts_with("-");
  if (!is_option && alone && is_profile(first) && words.size() == 1)
    return fail(profile_alone(first));
  return find_command("diagnose");
}

Result<void> check_places(std::string_view command, const RequestOptions& args) {
  const List& logs = args.positional;
  const auto from_stdin = std::count(logs.begin(), logs.end(), "-");
  if (from_stdin > 1 || (from_stdin == 1 && args.profile == "-"))
    return usage_failure<void>("standard input can be read once, and it is named twice",
                               "name a file for one of them");
  if (args.profile && logs.size() == 1 && is_input(*args.profile) && !is_built_in(*args.profile) &&
      is_profile(logs[0]) && !is_profile(*args.profile))
    return fail(with_places(
        fmt::format("{} is a profile, and {} is none: they are swapped", logs[0], *args.profile),
        command, *args.profile, logs[0]));
  if (args.profile || logs.size() != 2 || is_profile(logs[0]) == is_profile(logs[1])) return {};
  const std::size_t at = is_profile(logs[0]) ? 0 : 1;
  return fail(with_places(fmt::format("{} is a profile, not a log", logs[at]), command,
                          logs[1 - at], logs[at]));
}

}  // namespace medic::cli
