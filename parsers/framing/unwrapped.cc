#include "parsers/framing/unwrapped.h"

#include <algorithm>

namespace medic::parsers::framing {

void append_field(std::string& body, std::string_view key, std::string_view value) {
  if (key.empty() || key.find_first_of(" =\"\n") != std::string_view::npos) return;
  if (!body.empty()) body += ' ';
  body += key;
  body += '=';
  const bool plain = std::all_of(value.begin(), value.end(),
                                 [](char c) { return c >= ' ' && c < '\x7f' && c != '"'; });
  if (plain) {
    body += '"';
    body += value;
    body += '"';
    return;
  }
  static constexpr char kDigits[] = "0123456789ABCDEF";
  for (char c : value) {
    body += kDigits[static_cast<unsigned char>(c) >> 4];
    body += kDigits[static_cast<unsigned char>(c) & 15];
  }
}

}  // namespace medic::parsers::framing
