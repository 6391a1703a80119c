#include "base/text.h"

#include "base/escape_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace medic {
namespace {

// The length of the UTF-8 sequence at text[at], or 0 when it is not a well-formed one (RFC 3629).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (length == 3 && ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F)))
    return 0;
  if (length == 4 && ((lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)))
    return 0;
  return length;
}

char32_t decode_utf8(std::string_view text, std::size_t at, std::size_t length) {
  static constexpr std::array<unsigned char, 5> kMask{0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t code = static_cast<unsigned char>(text[at]) & kMask[length];
  for (std::size_t i = 1; i < length; ++i)
    code = (code << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3F);
  return code;
}

// Characters that reorder, hide or break lines: they can make a terminal show what is not there.
bool is_deceptive(char32_t code) {
  return (code >= 0x80 && code < 0xA0) || code == 0xAD || code == 0x61C ||
         (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
         (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE007F);
}

void append_hex(std::string& out, unsigned value, int digits) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += kDigits[(value >> shift) & 15];
}

template <class Int>
std::optional<Int> parse_whole(std::string_view text, int base) {
  Int value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

}  // namespace

std::string escape_for_terminal(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    const auto byte = static_cast<unsigned char>(text[i]);
    if (length == 1 && byte >= 0x20 && byte != 0x7F) {
      out += text[i++];
      continue;
    }
    if (length > 1) {
      const char32_t code = decode_utf8(text, i, length);
      if (is_deceptive(code)) {
        out += "\\u{";
        append_hex(out, code, code > 0xFFFF ? 5 : 4);
        out += '}';
      } else {
        out += text.substr(i, length);
      }
      i += length;
      continue;
    }
    out += "\\x";
    append_hex(out, byte, 2);
    ++i;
  }
  return out;
}

std::string escape_json(std::string document) {
  const auto is_plain = [](char byte) { return static_cast<unsigned char>(byte) < 0x7F; };
  if (std::all_of(document.begin(), document.end(), is_plain)) return document;
  std::string out;
  out.reserve(document.size());
  const auto append_unit = [&](char32_t unit) {
    out += "\\u";
    append_hex(out, unit, 4);
  };
  for (std::size_t i = 0; i < document.size();) {
    const std::size_t length = std::max<std::size_t>(utf8_length(document, i), 1);
    const char32_t code =
        length > 1 ? decode_utf8(document, i, length) : static_cast<unsigned char>(document[i]);
    const bool acts =
        code == 0x7F || (code >= 0x80 && code < 0xA0) || (length > 1 && is_deceptive(code));
    if (!acts) {
      out += document.substr(i, length);
    } else if (code > 0xFFFF) {
      append_unit(0xD800 + ((code - 0x10000) >> 10));
      append_unit(0xDC00 + ((code - 0x10000) & 0x3FF));
    } else {
      append_unit(code);
    }
    i += length;
  }
  return out;
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  return parse_whole<std::uint64_t>(text, 10);
}
std::optional<std::int64_t> parse_signed(std::string_view text) {
  return parse_whole<std::int64_t>(text, 10);
}
std::optional<std::uint64_t> parse_hex(std::string_view text) {
  return parse_whole<std::uint64_t>(text, 16);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  std::optional<std::uint64_t> value;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    value = parse_whole<std::uint64_t>(text.substr(2), 16);
  } else if (text.size() > 1 && text[0] == '0') {
    value = parse_whole<std::uint64_t>(text.substr(1), 8);
  } else {
    value = parse_whole<std::uint64_t>(text, 10);
  }
  if (value && negative) value = ~*value + 1;
  return value;
}

std::optional<std::string> decode_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto byte = parse_whole<unsigned>(text.substr(i, 2), 16);
    if (!byte) return std::nullopt;
    out += static_cast<char>(*byte);
  }
  return out;
}

std::uint64_t count_lines(std::string_view text) {
  // Bytes are compared sixteen at a time; their counts must not pass 255 before they are summed up.
  using Bytes = unsigned char __attribute__((vector_size(16)));
  constexpr std::size_t kStep = sizeof(Bytes), kMost = 255;
  const Bytes newline = Bytes{} + static_cast<unsigned char>('\n');
  std::uint64_t lines = 0;
  std::size_t at = 0;
  while (at + kStep <= text.size()) {
    const std::size_t stop = std::min(text.size() - kStep, at + (kMost - 1) * kStep);
    Bytes counts{};
    for (; at <= stop; at += kStep) {
      Bytes bytes;
      std::memcpy(&bytes, text.data() + at, kStep);
      counts -= reinterpret_cast<Bytes>(bytes == newline);
    }
    for (std::size_t i = 0; i < kStep; ++i) lines += counts[i];
  }
  for (; at < text.size(); ++at) lines += text[at] == '\n' ? 1 : 0;
  return lines + (!text.empty() && text.back() != '\n' ? 1 : 0);
}

std::string_view trim(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

bool contains_any_case(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

std::optional<std::array<int, 3>> parse_release(std::string_view text) {
  constexpr std::uint64_t kLargest = 9999;
  const auto parts = split(text, '.');
  if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
  std::array<int, 3> out{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto value = parse_decimal(parts[i]);
    if (!value || *value > kLargest) return std::nullopt;
    out[i] = static_cast<int>(*value);
  }
  return out;
}

bool glob_match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;  // let the last star swallow one byte more
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

unsigned edit_distance(std::string_view a, std::string_view b, unsigned limit) {
  const std::size_t longer = std::max(a.size(), b.size());
  if (longer - std::min(a.size(), b.size()) > limit || longer > 256) return limit + 1;
  std::vector<unsigned> two_back(b.size() + 1), back(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) back[j] = static_cast<unsigned>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<unsigned>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] =
          std::min({back[j] + 1, row[j - 1] + 1, back[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], two_back[j - 2] + 1);
    }
    std::swap(two_back, back);
    std::swap(back, row);
  }
  return std::min(back[b.size()], limit + 1);
}

std::string shorten(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

void append_without_sequences(std::string_view text, std::string_view finals, std::string& out) {
  for (;;) {
    const std::size_t at = text.find("\x1b[");
    out += text.substr(0, at);
    if (at == std::string_view::npos) return;
    const std::size_t end = text.find_first_not_of("0123456789;", at + 2);
    const bool is_one =
        end != std::string_view::npos && finals.find(text[end]) != std::string_view::npos;
    if (!is_one) out += text[at];
    text.remove_prefix(is_one ? end + 1 : at + 1);
  }
}

}  // namespace medic
