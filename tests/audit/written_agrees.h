// What WrittenLines speaks of a line is what reading the line by itself says.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "parsers/audit/written_lines.h"

namespace medic::parsers::testing {

// Goes through the text line by line. Empty, or the first line about which the two differ, and in
// what. `agreed` counts the lines that WrittenLines reads.
inline std::string first_disagreement(std::string_view text, std::size_t& agreed) {
  using namespace audit;
  WrittenLines written;
  std::string_view former;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    const auto complain = [&](const char* what) {
      return std::string(what) + ": " + std::string(line);
    };
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t begin = at;
    at = std::min(end + 1, text.size());
    if (!written.read(text, begin)) {
      written.forget_stamp();
      former = {};
      continue;
    }
    ++agreed;
    const WrittenLine& given = written.line();
    if (given.end != end || given.next != at) return complain("its end");
    const TypeWord word = read_type_word(line);
    if (word.type != given.type || word.end != 5 + given.word.size()) return complain("its type");
    const auto stamp = stamp_of(line, 1);
    if (!stamp || stamp->serial != given.serial() || stamp->milliseconds != given.milliseconds())
      return complain("its stamp");
    const std::string_view stamped = line.substr(word.end, line.find(')', word.end) - word.end);
    if (given.new_stamp == (former == stamped)) return complain("whether its stamp is new");
    former = stamped;
    if (given.type == Type::Other) continue;
    Record slow, fast = given.record(begin + line.size());
    std::string_view slow_rest, fast_rest;
    if (read_auditd(line, slow, slow_rest) != Found::Record)
      return complain("whether it is a record");
    if (given.may_be_glued) split_glued(fast, fast_rest);
    if (slow_rest != fast_rest) return complain("what is glued to it");
    if (slow.type != fast.type || slow.serial != fast.serial || !(slow.time == fast.time))
      return complain("its head");
    if (slow.body != fast.body || slow.style != fast.style || slow.node != fast.node)
      return complain("its body");
  }
  return {};
}

}  // namespace medic::parsers::testing
