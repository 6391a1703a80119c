// How a process's facts change by what is reported of it. Inside of src/attribute alone.
#pragma once

#include <string>
#include <string_view>

#include "attribute/process.h"

namespace medic::attribute {

// True where it changed. An empty text says nothing.
bool set_if_told(std::string& to, std::string_view from);

void apply(Process& process, const model::Label& label, model::Provenance provenance);
void set_parent(Process& process, std::int64_t ppid);

// What the later segment speaks of a process replaces what we knew; what it does not say stays.
void continue_process(Process& process, const Process& later);

// Another program, of a process whose execs are recorded, and this is none of them? From inside of
// another root the same file's path is shorter, and a runtime's own is `/`.
bool is_other_program(std::string_view before, std::string_view now);

}  // namespace medic::attribute
