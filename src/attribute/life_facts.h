// How a life's facts change by what is told of it. Inside of src/attribute alone.
#pragma once

#include <string>
#include <string_view>

#include "attribute/process_table.h"

namespace medic::attribute {

// True where it changed. An empty text tells nothing.
bool set_if_told(std::string& to, std::string_view from);

void apply(Life& life, const model::Label& label);
void set_parent(Life& life, std::int64_t ppid);

// What the later stretch tells of a life replaces what we knew; what it does not tell stays.
void continue_life(Life& life, const Life& later);

// Another program, of a process whose execs are recorded, and this is none of them? From inside of another root the same file's
// path is shorter, and a runtime's own is `/`.
bool is_other_program(std::string_view before, std::string_view now);

}  // namespace medic::attribute
