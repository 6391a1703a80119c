// Small, allocation-free readings of text that an attacker may have written.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace medic {

// Text made safe for a terminal: control bytes, DEL, C1 controls, invalid UTF-8 and bidirectional
// marks come out as \xNN (UTF-8 bidi marks as \u{202E}); everything else unchanged. Newline and tab
// are escaped too.
std::string escape_for_terminal(std::string_view text);

// Appends the text without a terminal's sequences `ESC [ 01;31 x` where x is one of `finals`: m
// sets colours, K clears the line's end.
void append_without_sequences(std::string_view text, std::string_view finals, std::string& out);

// The decimal, whole-string reading; nothing on sign of overflow, an empty string or a stray byte.
std::optional<std::uint64_t> parse_decimal(std::string_view text);
std::optional<std::int64_t> parse_signed(std::string_view text);
// Hex digits without prefix, at most 16 of them.
std::optional<std::uint64_t> parse_hex(std::string_view text);
// 0x… hex, 0… octal, else decimal; a leading minus wraps as two's complement.
std::optional<std::uint64_t> parse_number(std::string_view text);

// Pairs of hex digits to bytes; nothing when the length is odd or a byte is no hex digit.
std::optional<std::string> decode_hex(std::string_view text);

// Line ends, and one more for a last line without.
std::uint64_t count_lines(std::string_view text);

std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);

// ASCII letters alone; every other byte stays.
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string lower(std::string_view text);
// Does `part` stand in `text`, letters compared without case?
bool contains_any_case(std::string_view text, std::string_view part);

// "2.5" or "2.5.4" as three numbers of at most 9999 each, 0 for a missing third; nothing of any
// other text.
std::optional<std::array<int, 3>> parse_release(std::string_view text);

// Does `pattern`, with * for any run and ? for any byte, match all of `text`? Linear memory, no
// recursion.
bool glob_match(std::string_view pattern, std::string_view text);

// The edit distance (insert, delete, replace, swap of neighbours), at most `limit` + 1.
unsigned edit_distance(std::string_view a, std::string_view b, unsigned limit);

// Cuts to at most max_bytes, at a UTF-8 boundary, and appends "…" when something was cut.
std::string shorten(std::string_view text, std::size_t max_bytes);

}  // namespace medic
