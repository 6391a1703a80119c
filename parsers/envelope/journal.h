// One entry of the systemd journal as fields, from `-o json`, `-o json-pretty`, `-o export` or `-o verbose`: the audit and kernel
// transports, messages that carry AppArmor's words, and core dumps.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "parsers/envelope/peeled.h"

namespace medic::parsers::envelope {

using JournalFields = std::map<std::string, std::string, std::less<>>;

Peeling peel_journal(const JournalFields& fields, Peeled& out);

// The text of one export entry (lines `KEY=value`, or `KEY`, eight bytes of length, bytes) or of one verbose entry (a stamp, then
// indented lines).
JournalFields read_journal_entry(std::string_view text);

}  // namespace medic::parsers::envelope
