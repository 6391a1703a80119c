// Command lines that are not quite right: which command was meant, and arguments that stand in each
// other's place.
#pragma once

#include "cli/commands.h"
#include "cli/session.h"

namespace medic::cli {

// The word as a shell takes it, with quotes where it needs them.
std::string shell_word(std::string_view word);

// The command that a line means whose first word names none: diagnose, where that word is an
// option, a log or "-". Fails with what was probably meant: a command of a similar name, or lint
// for a profile. Opens the first two words' files, nothing else.
Result<const Command*> meant_command(const List& words);

// A profile where the log should be and the other way round, or a profile among two logs: fails
// with the line as it should be. Opens at most two files. `command` is the name for that line.
Result<void> check_places(std::string_view command, const RequestOptions& args);

}  // namespace medic::cli
