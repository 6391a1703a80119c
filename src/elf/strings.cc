#include "elf/strings.h"

#include <algorithm>

namespace medic::elf {

namespace {

constexpr std::size_t kMaxString = 256, kMaxStrings = 500'000;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_identifier(std::string_view text) {
  return text.size() >= 3 && text.size() <= 100 && !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), is_word);
}

// "libfoo.so", "libfoo.so.1", "/usr/lib/x/foo.so": .so ends it, or a version follows.
bool is_library(std::string_view text) {
  const std::size_t at = text.rfind(".so");
  if (at == std::string_view::npos || at == 0 || at + 3 > text.size()) return false;
  const std::string_view rest = text.substr(at + 3);
  if (!rest.empty() && (rest[0] != '.' || rest.size() < 2 ||
                        rest.find_first_not_of(".0123456789%sd") != std::string_view::npos))
    return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_word(c) ||
           (c > ' ' && c < 0x7f && std::string_view(".-+/%$@{}").find(c) != std::string_view::npos);
  });
}

void tidy(std::vector<std::string>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

}  // namespace

Strings read_strings(const Image& image, bool symbols_too) {
  Strings made;
  for (const Segment& segment : image.segments) {
    std::size_t at = 0;
    while (at < segment.bytes.size()) {
      const std::size_t end = segment.bytes.find('\0', at);
      if (end == std::string_view::npos) break;
      const std::string_view text = segment.bytes.substr(at, end - at);
      const std::uint64_t address = segment.address + at;
      at = end + 1;
      if (text.size() < 3 || text.size() > kMaxString || image.own_names.holds(address)) continue;
      if (made.libraries.size() < kMaxStrings && is_library(text))
        made.libraries.emplace_back(text);
      if (symbols_too && made.symbols.size() < kMaxStrings && is_identifier(text))
        made.symbols.emplace_back(text);
    }
  }
  tidy(made.libraries);
  tidy(made.symbols);
  return made;
}

}  // namespace medic::elf
