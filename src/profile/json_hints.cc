// What people really write instead of JSON, and how to fix it. Looks at a broken text around one
// place; never at the whole of it twice.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "profile/json_text.h"

namespace medic::profile {
namespace {

constexpr std::string_view kProfileShape =
    "a profile is a JSON object: { \"defaultAction\": …, \"syscalls\": […] }";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

std::string_view word_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && end - at < 64 && is_word(text[end])) ++end;
  return text.substr(at, end - at);
}

std::string_view rest_of_line(std::string_view text, std::size_t at) {
  const std::size_t end = text.find_first_of("\r\n", at);
  return text.substr(at,
                     std::min(end == std::string_view::npos ? text.size() : end, at + 200) - at);
}

std::size_t line_of(std::string_view text, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::count(
                 text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

// `"args::[],` and `"names: [` : a key that lost its closing quote.
std::string fix_unclosed(std::string_view line) {
  const std::string_view key = word_at(line, 1);
  std::string_view after = line.substr(1 + key.size());
  if (key.empty() || !after.starts_with(':')) return "close the string with a \" on the same line";
  while (after.starts_with(':') || after.starts_with(' ')) after.remove_prefix(1);
  return fmt::format("write \"{}\": {}", key, after);
}

// `"names: ["a"]`: the key ran on to the next quote, and a word stands against it.
std::optional<Fix> fix_run_on_key(std::string_view text, const Break& broken) {
  const std::size_t end = broken.after;
  if (end < 2 || end >= text.size() || text[end - 1] != '"' || !is_word(text[end]))
    return std::nullopt;
  const std::size_t begin = text.rfind('"', end - 2);
  if (begin == std::string_view::npos || end - begin > 80) return std::nullopt;
  const std::string_view key = word_at(text, begin + 1);
  if (key.empty() || text[begin + 1 + key.size()] != ':') return std::nullopt;
  return Fix{begin, "the string that begins here is never closed",
             fix_unclosed(rest_of_line(text, begin))};
}

std::optional<Fix> fix_in_string(std::string_view text, const Break& broken) {
  std::size_t begin = broken.after;
  while (begin < text.size() && (is_space(text[begin]) || text[begin] == ',' || text[begin] == ':'))
    ++begin;
  if (begin >= broken.offset || text[begin] != '"' ||
      broken.parser_message.find("invalid string") == std::string_view::npos)
    return std::nullopt;
  if (broken.offset >= text.size() || text[broken.offset] == '\n' || text[broken.offset] == '\r') {
    return Fix{begin, "the string that begins here is never closed",
               fix_unclosed(rest_of_line(text, begin))};
  }
  const auto byte = static_cast<unsigned char>(text[broken.offset]);
  if (byte < 0x20)
    return Fix{broken.offset, fmt::format("a control character (0x{:02x}) inside a string", byte),
               fmt::format("write it as \\u{:04x}", byte)};
  if (broken.parser_message.find("UTF-8") != std::string_view::npos)
    return Fix{broken.offset, "a byte that is no UTF-8 inside a string", "save the file as UTF-8"};
  return Fix{broken.offset, "an escape that JSON does not have", "write a backslash as \\\\"};
}

std::optional<Fix> fix_bad_byte(std::string_view text, const Break& broken) {
  const std::size_t at = broken.offset;
  const std::string_view here = text.substr(at);
  if (here.starts_with('\''))
    return Fix{at, "JSON has no single quotes", "use double quotes: \"…\""};
  if (here.starts_with('#'))
    return Fix{at, "JSON has no comments",
               "remove the comment, or keep it as a \"comment\" key of the rule"};
  const std::size_t begin = at > 0 && text[at - 1] == '/' ? at - 1 : at;
  if (text[begin] == '/')
    return Fix{begin, "JSON has no comments",
               "remove the comment, or keep it as a \"comment\" key of the rule"};
  for (const std::string_view quote :
       {"\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x98", "\xE2\x80\x99"}) {
    if (here.starts_with(quote))
      return Fix{at, "a typographic quotation mark", "use the plain one: \""};
  }
  if ((here[0] == 'x' || here[0] == 'X') && broken.after == at && at > 0 && text[at - 1] == '0') {
    const auto value = parse_number(text.substr(at - 1, 1 + word_at(text, at).size()));
    return Fix{at - 1, "JSON has no hexadecimal numbers",
               value ? fmt::format("write {}", *value) : "write the number in decimal"};
  }
  return std::nullopt;
}

// A word, a number such as 010 or +1, or any other token that is no JSON.
std::optional<Fix> fix_word(std::string_view text, const Break& broken) {
  std::size_t begin = broken.after;
  while (begin < text.size() && (is_space(text[begin]) || text[begin] == ',' || text[begin] == ':'))
    ++begin;
  if (begin > broken.offset) return std::nullopt;
  const std::string_view word = word_at(text, begin);
  if (word == "True" || word == "TRUE") return Fix{begin, "True is no JSON", "write true"};
  if (word == "False" || word == "FALSE") return Fix{begin, "False is no JSON", "write false"};
  if (word == "None" || word == "nil" || word == "undefined" || word == "NULL")
    return Fix{begin, fmt::format("{} is no JSON", word), "write null, or leave the key out"};
  if (word.empty() || (word[0] >= '0' && word[0] <= '9') || word[0] == '-') return std::nullopt;
  if (word == "true" || word == "false" || word == "null") return std::nullopt;
  return Fix{begin, fmt::format("{} stands without quotes", word),
             fmt::format("write \"{}\"", word)};
}

Fix fix_end(std::string_view text, const Break& broken) {
  if (!broken.opener)
    return {text.size(), "the text ends before its value", std::string(kProfileShape)};
  const char open = text[*broken.opener];
  return {text.size(),
          fmt::format("the text ends inside the {} that opens on line {}",
                      open == '{' ? "object" : "array", line_of(text, *broken.opener)),
          fmt::format("the file is cut off or a {} is missing", open == '{' ? '}' : ']')};
}

std::optional<Fix> fix_comma_or_bracket(std::string_view text, const Break& broken) {
  const char c = text[broken.offset];
  std::size_t before = broken.offset;
  while (before > 0 && is_space(text[before - 1])) --before;
  const bool after_comma = before > 0 && text[before - 1] == ',' && before > broken.after;
  if ((c == ']' || c == '}') && after_comma)
    return Fix{before - 1, fmt::format("a comma before the closing {}", c), "remove the comma"};
  if (c == ',' && after_comma) return Fix{broken.offset, "two commas in a row", "remove one"};
  if (c == ',' && broken.after > 0 &&
      (text[broken.after - 1] == '[' || text[broken.after - 1] == '{'))
    return Fix{broken.offset, "a comma before the first element", "remove the comma"};
  if ((c == ']' || c == '}') && broken.opener && (text[*broken.opener] == '{') != (c == '}')) {
    return Fix{broken.offset,
               fmt::format("{} closes the {} that opens on line {}", c, text[*broken.opener],
                           line_of(text, *broken.opener)),
               fmt::format("a {} is missing before it", text[*broken.opener] == '{' ? '}' : ']')};
  }
  return std::nullopt;
}

Fix fix_order(std::string_view text, const Break& broken) {
  const std::size_t token = std::min(skip_space(text, broken.after), broken.offset);
  const auto says = [&](std::string_view words) {
    return broken.parser_message.find(words) != std::string_view::npos;
  };
  if (says("expected ':'")) return {token, "a key without a colon", "write \"key\": value"};
  if (says("expected end of input")) {
    return {token, "text after the end of the profile",
            text[token] == ',' || text[token] == '}'
                ? "an earlier bracket closes too much: compare the brackets"
                : "remove it: a file holds one profile"};
  }
  if (says("object key")) return {token, "a key must be a string", "write \"key\": value"};
  if (says("expected '}'") || says("expected ']'"))
    return {broken.after, "a comma is missing here", "put a comma between the two values"};
  if (says("number overflow"))
    return {token, "a number too large for any computer", "a value has at most 64 bits"};
  return {token, "not JSON from here on", std::string(kProfileShape)};
}

std::optional<Fix> fix_other_format(std::string_view text, std::size_t begin) {
  const std::string_view line = rest_of_line(text, begin);
  const std::string_view trimmed = trim(text);
  const std::string_view word = word_at(text, begin);
  if (line.starts_with('<'))
    return Fix{begin, "this is a web page or XML, not JSON", "fetch the raw file"};
  const bool one_line =
      trimmed.find('\n') == std::string_view::npos && trimmed.find(' ') == std::string_view::npos;
  if (one_line && (trimmed.starts_with('/') || trimmed.starts_with("./") ||
                   trimmed.starts_with("../") || trimmed.ends_with(".json"))) {
    return Fix{begin, "this file holds a path, not a profile",
               fmt::format("pass {} itself", shorten(trimmed, 100))};
  }
  const std::string_view after = line.substr(std::min(word.size(), line.size()));
  if (line.starts_with("---") || (!word.empty() && (after == ":" || after.starts_with(": ")))) {
    return Fix{begin, "this is YAML or another tool's policy, not JSON",
               std::string(kProfileShape)};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Fix> not_json_at_all(std::string_view text) {
  const std::size_t begin = skip_space(text, 0);
  if (text.empty()) return Fix{0, "the file is empty", std::string(kProfileShape)};
  if (begin == text.size())
    return Fix{0, "the file holds nothing but blanks", std::string(kProfileShape)};
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") ||
      (text.size() > 1 && (text[0] == '\0') != (text[1] == '\0') &&
       (text[0] == '{' || text[1] == '{'))) {
    return Fix{0, "the file is UTF-16", "save it as UTF-8"};
  }
  if (text.starts_with("\xEF\xBB\xBF"))
    return Fix{0, "the file begins with a byte order mark, which Docker and runc do not accept",
               "save it as UTF-8 without a byte order mark"};
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos)
    return Fix{nul, "a NUL byte: this is a binary file or a damaged one",
               std::string(kProfileShape)};
  if (static_cast<unsigned char>(text[begin]) < 0x20 ||
      static_cast<unsigned char>(text[begin]) >= 0x7F)
    return Fix{begin, "this is a binary file, not JSON", std::string(kProfileShape)};
  if (text[begin] == '{' || text[begin] == '[') return std::nullopt;
  return fix_other_format(text, begin);
}

Fix fix_syntax(std::string_view text, const Break& broken) {
  if (auto fix = fix_in_string(text, broken)) return *fix;
  if (broken.offset >= text.size()) return fix_end(text, broken);
  if (auto fix = fix_bad_byte(text, broken)) return *fix;
  if (auto fix = fix_run_on_key(text, broken)) return *fix;
  if (auto fix = fix_comma_or_bracket(text, broken)) return *fix;
  if (auto fix = fix_word(text, broken)) return *fix;
  return fix_order(text, broken);
}

}  // namespace medic::profile
