// Changes to one list or object of a JSON text that keep the author's separators. Knows nothing of
// what a profile means.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profile/json_text.h"

namespace medic::profile {

std::string_view source(const JsonText& json, Span span);
// From the key (or, in an array, from the value) to the value's end.
Span whole(const JsonNode& node);

// The member with that key: exactly, else in any case, as Go's decoder takes it. kNoNode when there
// is none.
NodeId member_any_case(const JsonText& json, NodeId object, std::string_view key);

// What stands around and between the elements of a list or object.
struct Frame {
  std::string open;       // between the bracket and the first element
  std::string separator;  // comma and white space between two
  std::string close;      // between the last element and the bracket
};
// Nothing for an empty one. `comma` serves where there is one element on the bracket's own line.
std::optional<Frame> frame_of(const JsonText& json, NodeId node, std::string_view comma);

std::string join(const Frame& frame, const std::vector<std::string>& items, char open_bracket);

// Put `text` where [begin, end) was.
struct Replacement {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text;
};

// A change to one list: elements that go, and new ones, each before an element (its size: at the
// end).
struct ListChange {
  std::vector<std::size_t> removed;
  struct Insertion {
    std::size_t before = 0;
    std::string text;
  };
  std::vector<Insertion> inserted;
  bool empty() const { return removed.empty() && inserted.empty(); }
};

// `fallback` is used where the list is empty.
void change_list(const JsonText& json, NodeId list, const ListChange& change, const Frame& fallback,
                 std::vector<Replacement>& out);

// All of them at once; one that lies within what another deletes is dropped.
std::string replace_all(std::string_view text, std::vector<Replacement> replacements);

// A JSON string with its quotes; bytes that are not UTF-8 come out as U+FFFD.
std::string json_quote(std::string_view text);

// The white space from the last line break to `position`; nothing when something else stands
// between.
std::optional<std::string_view> indent_at(std::string_view text, std::size_t position);

}  // namespace medic::profile
