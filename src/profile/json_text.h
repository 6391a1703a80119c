// JSON as text with places: a flat tree in which every value and key knows its bytes, so that a
// mistake can be shown and an edit can be made where it stands. Grammar, escapes and UTF-8 are
// nlohmann's; the tree is built without recursion and is bounded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "profile/profile.h"

namespace medic::profile {

using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = 0xFFFFFFFF;

// Unsigned: fits 64 bits, exact. Negative: a whole number below zero. Float: everything else that
// is a number, whole but too large included.
enum class JsonKind : std::uint8_t { Null, Bool, Unsigned, Negative, Float, String, Array, Object };
// "a string", "an array", … as a sentence needs it.
std::string_view describe(JsonKind kind);

struct JsonNode {
  JsonKind kind = JsonKind::Null;
  bool truth = false;  // Bool
  bool shadowed =
      false;  // a later member of the same object has the same key: the later one counts
  std::uint64_t number = 0;  // Unsigned
  std::string text;          // String: unescaped
  Span span;  // of the value; a string's with its quotes, an array's and an object's with their
              // brackets
  std::string key;  // member of an object: unescaped
  Span key_span;    // with its quotes
  NodeId parent = kNoNode;
  std::vector<NodeId> children;  // in the order of the text, shadowed ones included
};

class JsonText {
 public:
  // node 0 is the whole text's value; there always is one.
  const JsonNode& operator[](NodeId id) const { return nodes_[id]; }
  std::size_t size() const { return nodes_.size(); }
  // The member that counts (the last of that name), exact in case; kNoNode when there is none or
  // `object` is no object.
  NodeId member(NodeId object, std::string_view key) const;
  Place place(std::size_t offset) const;
  const std::string& text() const { return text_; }
  const std::string& path() const { return path_; }

  // An error (by default) at a byte of the text, with its line.
  Problem problem_at(std::size_t offset, std::string what, std::string fix) const;

 private:
  friend Result<JsonText> read_json(std::string text, std::string path);
  friend class JsonBuilder;
  std::string text_;
  std::string path_;
  std::vector<JsonNode> nodes_;
  std::vector<std::size_t> line_starts_;
};

// The whole text as one value. Errors: what is no JSON, with the place and the fix; nested deeper
// than kMaxDepth; larger than kMaxJsonBytes.
inline constexpr std::size_t kMaxDepth = 200;
inline constexpr std::size_t kMaxJsonBytes = std::size_t{32} << 20;
Result<JsonText> read_json(std::string text, std::string path);

// What is wrong at (or before) the byte where the grammar broke, and how to fix it: json_mend.cc.
struct Fix {
  std::size_t offset = 0;
  std::string what;
  std::string hint;
};
// Text that cannot be JSON from its first bytes on: empty, UTF-16, binary, YAML, a path.
std::optional<Fix> not_json_at_all(std::string_view text);
// Where the grammar broke.
struct Break {
  std::size_t after = 0;  // the end of the last good token
  std::size_t offset =
      0;  // the last byte of what could not be taken; text.size() when the text ended too early
  std::optional<std::size_t> opener;  // the innermost bracket still open
  std::string_view parser_message;    // nlohmann's own words
};
Fix fix_syntax(std::string_view text, const Break& broken);

}  // namespace medic::profile
