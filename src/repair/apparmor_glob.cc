// AppArmor's patterns of paths (apparmor.d(5), "Globbing").
#include <string>
#include <string_view>

#include "repair/apparmor.h"

namespace medic::repair {
namespace {

constexpr int kMaxSteps = 100000;  // of matching one pattern, which a text could make endless

// Of a pattern, the index behind the brace that closes the one at `open`.
std::size_t closing(std::string_view pattern, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < pattern.size(); ++i) {
    if (pattern[i] == '{') ++depth;
    if (pattern[i] == '}' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

bool fits(std::string_view pattern, std::string_view path, int& steps);

bool fits_braces(std::string_view pattern, std::string_view path, int& steps) {
  const std::size_t end = closing(pattern, 0);
  if (end == std::string_view::npos) return false;
  const std::string_view rest = pattern.substr(end + 1);
  std::size_t begin = 1;
  int depth = 0;
  for (std::size_t i = 1; i <= end; ++i) {
    if (pattern[i] == '{') ++depth;
    if (i == end || (pattern[i] == ',' && depth == 0)) {
      if (fits(std::string(pattern.substr(begin, i - begin)) + std::string(rest), path, steps))
        return true;
      begin = i + 1;
    }
    if (pattern[i] == '}' && i != end) --depth;
  }
  return false;
}

bool fits_class(std::string_view set, char c) {
  const bool inverted = set.starts_with('^');
  if (inverted) set.remove_prefix(1);
  bool found = false;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (i + 2 < set.size() && set[i + 1] == '-') {
      found = found || (c >= set[i] && c <= set[i + 2]);
      i += 2;
    } else {
      found = found || c == set[i];
    }
  }
  return found != inverted;
}

bool fits(std::string_view pattern, std::string_view path, int& steps) {
  if (--steps < 0) return true;  // a deny that cannot be judged is kept
  if (pattern.empty()) return path.empty();
  const char c = pattern.front();
  if (c == '*') {
    const bool deep = pattern.starts_with("**");
    const std::string_view rest = pattern.substr(deep ? 2 : 1);
    for (std::size_t i = 0;; ++i) {
      if (fits(rest, path.substr(i), steps)) return true;
      if (i == path.size() || (!deep && path[i] == '/')) return false;
    }
  }
  if (c == '{') return fits_braces(pattern, path, steps);
  if (path.empty()) return false;
  if (c == '?') return path.front() != '/' && fits(pattern.substr(1), path.substr(1), steps);
  if (c == '[') {
    const std::size_t end = pattern.find(']');
    return end != std::string_view::npos && fits_class(pattern.substr(1, end - 1), path.front()) &&
           fits(pattern.substr(end + 1), path.substr(1), steps);
  }
  const std::size_t length = c == '\\' && pattern.size() > 1 ? 2 : 1;
  return pattern[length - 1] == path.front() && fits(pattern.substr(length), path.substr(1), steps);
}

constexpr std::pair<std::string_view, std::string_view> kVariables[] = {
    {"@{PROC}", "/proc"},
    {"@{proc}", "/proc"},
    {"@{sys}", "/sys"},
    {"@{run}", "{/run,/var/run}"},
    {"@{HOME}", "{/home/*,/root}"},
    {"@{HOMEDIRS}", "/home"},
    {"@{pid}", "[0-9]*"},
    {"@{pids}", "[0-9]*"},
    {"@{tid}", "[0-9]*"},
    {"@{bin}", "/{,usr/}{,s}bin"},
    {"@{lib}", "/{,usr/}lib{,32,64}"}};

}  // namespace

bool apparmor_fits(std::string_view pattern, std::string_view path) {
  std::string known;
  for (std::size_t i = 0; i < pattern.size();) {
    if (!pattern.substr(i).starts_with("@{")) {
      known += pattern[i++];
      continue;
    }
    const std::size_t end = pattern.find('}', i);
    if (end == std::string_view::npos) return true;
    const std::string_view name = pattern.substr(i, end + 1 - i);
    const auto* found = std::find_if(std::begin(kVariables), std::end(kVariables),
                                     [&](const auto& each) { return each.first == name; });
    known += found == std::end(kVariables) ? std::string_view("**") : found->second;
    i = end + 1;
  }
  int steps = kMaxSteps;
  return fits(known, path, steps);
}

}  // namespace medic::repair
