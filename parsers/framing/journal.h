// One entry of the systemd journal as fields, from `-o json`, `-o json-pretty`, `-o export` or `-o
// verbose`: the audit and kernel transports, messages that carry AppArmor's words, and core dumps.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "parsers/framing/unwrapped.h"

namespace medic::parsers::framing {

// The fields of one entry. Of several of one name the first counts.
class JournalFields {
 public:
  // Views that outlive the fields.
  void add(std::string_view key, std::string_view value) { fields_.emplace_back(key, value); }
  void add(std::string_view key, std::string&& value) {
    fields_.emplace_back(key, kept_.emplace_back(std::move(value)));
  }
  std::string_view get(std::string_view key) const {
    for (const auto& [name, value] : fields_) {
      if (name == key) return value;
    }
    return {};
  }
  const std::vector<std::pair<std::string_view, std::string_view>>& all() const { return fields_; }
  void clear() {
    fields_.clear();
    kept_.clear();
  }

 private:
  std::vector<std::pair<std::string_view, std::string_view>> fields_;
  std::deque<std::string> kept_;
};

Unwraping unwrap_journal(const JournalFields& fields, Unwrapped& out);

// The text of one export entry (lines `KEY=value`, or `KEY`, eight bytes of length, bytes) or of
// one verbose entry (a stamp, then indented lines). Views into it.
JournalFields read_journal_entry(std::string_view text);

}  // namespace medic::parsers::framing
