// `repair --interactive`: a person at a terminal, or a program that speaks JSON, decides call by
// call.
#pragma once

#include "cli/session.h"
#include "repair/interactive.h"

namespace medic::cli {

// What came of it: the decided repair, or nothing when it was broken off, and then nothing may be
// written.
using Decided = Result<std::optional<repair::Repair>>;

// Asks on stderr, reads keys from the terminal on stdin. The end of input breaks off.
Decided ask_in_terminal(repair::Dialogue& dialogue, const profile::Profile& old,
                        const report::Style& style);

// One JSON object a line, questions on stdout and answers on stdin; see seccomp-medic-json(5).
Decided ask_in_json(repair::Dialogue& dialogue, const profile::Profile& old);
// The dialogue's last line: what was decided, or that it was broken off (null). Returns an exit
// code.
int end_json(const repair::Repair* made);

}  // namespace medic::cli
