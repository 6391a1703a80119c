// strace's output, 4.x to the newest, with whatever decorations its options add.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "parsers/dialect.h"

namespace medic::parsers {

// The only instance. What its events mean beyond model/event.h:
// - tid is the number before the line (Chunk::pid_of_input or Options::unnumbered without one); pid
// is not known, threads and
//   processes look alike.
// - A call that was killed or trapped seems to return its own number or `?`. Such a call is emitted
// only when the next lines of
//   its task say which: Denied/Trap/stated by a SIGSYS line of seccomp (without such a call before
//   it, suspected: the process may have sent it to itself), Denied/Kill*/inferred by
//   death, else as it is written. A death is emitted by the joiner, because only other threads'
//   later lines say KillThread from KillProcess.
// - i386's socketcall and ipc are reported as the sub-call that strace shows (`socket`), of which
// nobody knows how it was made;
//   with the number column, a SIGSYS or a result that say so, as `socketcall` with the sub-call's
//   number as only argument.
// - A 32-bit notice is a Label with an architecture and goes into the task's later calls of the
// same chunk; in later chunks the
//   Label is for the reader to apply to calls without an architecture.
// - Negative ints (AT_FDCWD) are sign-extended to 64 bits; a program may as well have left the
// upper half 0.
// - A line that the next chunk continues counts as used even if nothing continues it.
// - Where results repeat the first argument (every architecture but x86's), a call may be known as
// Returned and again as Denied.
// - ERESTART*, rt_sigreturn's value, and exit's `?` are Seen: the call ran and its result is not
// known. Other `?` are Unfinished.
// - A summary's errors (-c) are Failed with error 0: not reported of what. Its calls have no task.
// Behind a trace (-C) it is not known:
//   it counts what the trace has.
// - -r gives no time: it counts from the line before.
const Dialect& strace_dialect();

// The task of a file of `strace -ff -o trace`: 1234 of `dir/trace.1234`, also of `trace.1234.gz`.
// Nothing when the name does not end so.
std::optional<std::int64_t> pid_from_file_name(std::string_view path);

}  // namespace medic::parsers
