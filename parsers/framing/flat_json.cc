#include "parsers/framing/flat_json.h"

#include <cstdint>
#include <cstring>

namespace medic::parsers::framing {
namespace {

constexpr std::size_t kMaxMembers = 256;

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Where the first byte of a string stands that is a quote, a backslash, a control byte or not
// ASCII.
std::size_t special_byte(std::string_view text, std::size_t at) {
  using Block = signed char __attribute__((vector_size(16)));
  constexpr std::size_t kBlock = sizeof(Block);
  for (; at + kBlock <= text.size(); at += kBlock) {
    Block bytes;
    std::memcpy(&bytes, text.data() + at, kBlock);
    // Signed: bytes above 0x7F are below the blank too.
    const auto found =
        (bytes < (Block{} + ' ')) | (bytes == (Block{} + '"')) | (bytes == (Block{} + '\\'));
    std::uint64_t half[2];
    std::memcpy(half, &found, sizeof half);
    if ((half[0] | half[1]) != 0) break;
  }
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (static_cast<signed char>(c) < ' ' || c == '"' || c == '\\') return at;
  }
  return at;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool eat(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool at_end() const { return at_ == text_.size(); }

  // From behind the opening quote to behind the closing one.
  bool string(std::string_view& out, bool& escaped) {
    const std::size_t begin = at_;
    escaped = false;
    for (;;) {
      at_ = special_byte(text_, at_);
      if (at_ >= text_.size()) return false;
      if (text_[at_] == '"') break;
      if (text_[at_] != '\\' || at_ + 1 >= text_.size()) return false;
      // \u is for bytes beyond ASCII or control bytes: seldom, and left to the full parser.
      if (std::string_view("\"\\/bfnrt").find(text_[at_ + 1]) == std::string_view::npos)
        return false;
      escaped = true;
      at_ += 2;
    }
    out = text_.substr(begin, at_ - begin);
    ++at_;
    return true;
  }

  // A whole number, or true, false, null.
  bool scalar(std::string_view& out) {
    for (const std::string_view word : {"true", "false", "null"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      out = text_.substr(at_, word.size());
      at_ += word.size();
      return true;
    }
    const std::size_t begin = at_;
    if (at_ < text_.size() && text_[at_] == '-') ++at_;
    const std::size_t digits = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    if (at_ == digits || at_ - digits > 18 || (text_[digits] == '0' && at_ - digits > 1))
      return false;
    out = text_.substr(begin, at_ - begin);
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool FlatObject::read(std::string_view text) {
  members_.clear();
  Scanner in(text);
  in.skip_blanks();
  if (!in.eat('{')) return false;
  for (bool first = true;; first = false) {
    in.skip_blanks();
    if (first && in.eat('}')) break;
    Member member;
    bool key_escaped = false;
    if (members_.size() == kMaxMembers || !in.eat('"') || !in.string(member.key, key_escaped) ||
        key_escaped)
      return false;
    in.skip_blanks();
    if (!in.eat(':')) return false;
    in.skip_blanks();
    member.is_string = in.eat('"');
    if (member.is_string ? !in.string(member.value, member.is_escaped) : !in.scalar(member.value))
      return false;
    members_.push_back(member);
    in.skip_blanks();
    if (in.eat(',')) continue;
    if (!in.eat('}')) return false;
    break;
  }
  in.skip_blanks();
  return in.at_end();
}

std::string unescaped(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  while (!value.empty()) {
    const std::size_t slash = value.find('\\');
    out += value.substr(0, slash);
    if (slash == std::string_view::npos || slash + 1 >= value.size()) break;
    constexpr std::string_view kLetters = "bfnrt", kBytes = "\b\f\n\r\t";
    const std::size_t letter = kLetters.find(value[slash + 1]);
    out += letter == std::string_view::npos ? value[slash + 1] : kBytes[letter];
    value.remove_prefix(slash + 2);
  }
  return out;
}

}  // namespace medic::parsers::framing
