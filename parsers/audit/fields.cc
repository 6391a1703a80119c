#include "parsers/audit/fields.h"

#include <algorithm>
#include <array>

namespace medic::parsers::audit {
namespace {

constexpr std::array<bool, 256> kKeyBytes = [] {
  std::array<bool, 256> table{};
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c : {'_', '-', '[', ']'})
    table[static_cast<unsigned char>(c)] = true;  // EXECVE's `a1[0]=`, auditd's `vm-pid=`
  return table;
}();
bool is_key_byte(char c) { return kKeyBytes[static_cast<unsigned char>(c)]; }

// Does `text` begin with `key=`?
bool begins_field(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && is_key_byte(text[i])) ++i;
  return i != 0 && i < text.size() && text[i] == '=';
}

// Where an unquoted value ends: at the blank before the next field, or at the end.
std::size_t unquoted_end(std::string_view text) {
  for (std::size_t at = text.find(' '); at != std::string_view::npos; at = text.find(' ', at + 1)) {
    std::size_t next = at;
    while (next < text.size() && text[next] == ' ') ++next;
    if (next == text.size() || begins_field(text.substr(next))) return at;
    at = next - 1;
  }
  return text.size();
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool decode_upper_hex(std::string_view text, std::string& out) {
  if (text.empty() || text.size() % 2 != 0) return false;
  out.clear();
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    out += static_cast<char>(high * 16 + low);
  }
  return true;
}

}  // namespace

bool FieldCursor::next(Field& field) {
  for (;;) {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == ',')) text_.remove_prefix(1);
    if (text_.empty()) return false;
    std::size_t i = 0;
    while (i < text_.size() && is_key_byte(text_[i])) ++i;
    if (i != 0 && i < text_.size() && text_[i] == '=') {
      field.key = text_.substr(0, i);
      text_.remove_prefix(i + 1);
      break;
    }
    text_.remove_prefix(std::min(text_.find(' '), text_.size()));
  }
  if (!text_.empty() && (text_.front() == '"' || text_.front() == '\'')) {
    const std::size_t close = text_.front() == '"' ? text_.find('"', 1) : text_.rfind('\'');
    cut_ = close == std::string_view::npos || close == 0;
    field.quoted = true;
    field.value = text_.substr(1, cut_ ? std::string_view::npos : close - 1);
    text_.remove_prefix(cut_ ? text_.size() : close + 1);
    return true;
  }
  const std::size_t end = unquoted_end(text_);
  field.quoted = false;
  field.value = text_.substr(0, end);
  text_.remove_prefix(end);
  return true;
}

Field find_field(std::string_view body, std::string_view key) {
  FieldCursor cursor(body);
  for (Field field; cursor.next(field);) {
    if (field.key == key) return field;
  }
  return {};
}

std::optional<std::int64_t> leading_decimal(std::string_view value) {
  const bool negative = value.starts_with('-');
  if (negative) value.remove_prefix(1);
  std::int64_t number = 0;
  std::size_t i = 0;
  for (; i < value.size() && value[i] >= '0' && value[i] <= '9'; ++i) {
    if (i == 18) return std::nullopt;
    number = number * 10 + (value[i] - '0');
  }
  if (i == 0) return std::nullopt;
  return negative ? -number : number;
}

std::optional<std::uint64_t> leading_hex(std::string_view value) {
  if (value.starts_with("0x")) value.remove_prefix(2);
  std::uint64_t number = 0;
  std::size_t i = 0;
  for (; i < value.size(); ++i) {
    const char c = value[i];
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) break;
    if (i == 16) return std::nullopt;
    number = number << 4 | static_cast<unsigned>(digit);
  }
  if (i == 0) return std::nullopt;
  return number;
}

std::string_view untrusted(const Field& field, Style style, std::string& scratch) {
  if (field.quoted) return field.value;
  if (field.value == "(null)" || field.value == "?" || field.value == "(none)") return {};
  if (style == Style::Raw && decode_upper_hex(field.value, scratch)) return scratch;
  return field.value;
}

}  // namespace medic::parsers::audit
