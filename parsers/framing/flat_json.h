// JSON objects as loggers write them most of the time: members that are strings of plain ASCII,
// numbers or literals. Read without a tree and without allocating; everything else is left to the
// full parser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace medic::parsers::framing {

class FlatObject {
 public:
  struct Member {
    std::string_view key;
    std::string_view value;  // of a string: between its quotes, as written
    bool is_string = false;
    bool is_escaped = false;  // value has backslashes in it
  };
  // False: no such object, or not JSON at all. Views into the text. Of a key that stands twice both
  // are there, the last one counts.
  bool read(std::string_view text);
  const std::vector<Member>& members() const { return members_; }

 private:
  std::vector<Member> members_;
};

// Undoes the escapes of a string that FlatObject has read.
std::string unescaped(std::string_view value);

}  // namespace medic::parsers::framing
