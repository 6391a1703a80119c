// What the PATH records of an event say of plain permissions: the mode, the owner and the group of
// what a call was refused with EACCES.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "model/event.h"
#include "parsers/audit/record.h"

namespace medic::parsers::audit {

// As a PATH record has it. owner and group are numbers, or names where ausearch -i wrote them.
struct FileMode {
  unsigned mode = 0;  // with the file's type
  bool is_parent = false;
  std::string path, owner, group;
};

// Nothing where the record has no mode: the path was not walked to its end.
std::optional<FileMode> file_mode_of(const Record& path);

// How many PATH records a SYSCALL record announces, if it says EACCES; else 0.
std::size_t files_wanted(const Record& syscall);

// The refusal, where the mode does not give what the call asks of the file: not to the caller's
// user, nor to its one group that the SYSCALL record names. Views into files and texts.
struct RefusalTexts {
  std::string permission, caller;
};
std::optional<model::LayerDenial> refused_by_mode(const Record& syscall, const model::Call& call,
                                                  std::span<const FileMode> files,
                                                  RefusalTexts& texts);

}  // namespace medic::parsers::audit
