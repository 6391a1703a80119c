// What a call that seccomp killed or trapped looks like in a trace, and the signal that says so.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/event.h"
#include "parsers/strace/line.h"
#include "parsers/strace/names.h"

namespace medic::parsers::strace {

// Its registers: a number goes in where the result comes out.
inline bool is_x86_family(kernel::Arch arch) {
  return arch == kernel::Arch::X86_64 || arch == kernel::Arch::X86 || arch == kernel::Arch::X32;
}

// Does the result look as it does when seccomp kills or traps the call: its own number or first
// argument, or none at all?
bool looks_suppressed(const Line& line, kernel::Arch arch);
// What it asks. On x86 the register that holds the call's number also takes the result: may a call
// of that name, with these numbers, have returned its own?
bool is_own_number(std::int64_t value, std::string_view call, const OwnNumbers& own,
                   kernel::Arch arch);
// Elsewhere the first argument's register takes the result. A name or a pointer may stand for any
// value; that decides nothing on an unknown architecture.
bool repeats_first_argument(std::string_view args, std::int64_t value, kernel::Arch arch);
// Cannot the result column be excluded to be that of a suppressed call? Weaker than
// looks_suppressed: asked only when the caller died by SIGSYS.
bool may_be_suppressed(const Line& line, kernel::Arch arch);

// What a SIGSYS line says: from seccomp or not, and the filter's data.
model::Signal read_signal_details(const Line& line, kernel::Arch arch);
// Is that the call which the signal names? A multiplexer's signal fits each of its sub-calls.
bool is_call_of(const model::Signal& signal, const Line& call);
bool is_multiplexer(const model::Signal& signal);
model::Outcome trap_outcome(const model::Signal& signal);

}  // namespace medic::parsers::strace
