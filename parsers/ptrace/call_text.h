// Calls as foreign tracers write them, `name(arg, arg) = result`: the parts that several of them
// share. Never guesses a register: an argument that is no plain number stays unknown.
#pragma once

#include <optional>
#include <string_view>

#include "model/event.h"

namespace medic::parsers::ptrace {

// A name, `SYS_name` in either case, a number, or `syscall_NUMBER`. Neither name nor number set:
// there is no such call.
model::SyscallRef syscall_called(std::string_view text, kernel::Arch arch);
bool is_known(const model::SyscallRef& ref);

// Where the parenthesis at `open` closes: quotes and inner brackets are passed over. npos when it
// does not.
std::size_t closing_parenthesis(std::string_view text, std::size_t open);

// The arguments of a list without its parentheses: hex, octal with a leading 0, decimal, NULL and
// nil. A negative number stays unknown, since the upper half of its register is not known.
kernel::Args read_args(std::string_view list);

// A result as the kernel gives it: -4095..-1 is an errno, `?` no result. Nothing when it is not a
// number.
std::optional<model::Outcome> raw_result(std::string_view text);
model::Outcome raw_outcome(std::int64_t result);

// Takes a token up to the next blank off the front of rest, and the blanks around it.
std::string_view take_word(std::string_view& rest);

// Nanoseconds of "SECONDS.FRACTION"; nothing when it is not of that form.
std::optional<std::int64_t> decimal_seconds(std::string_view text);
// Nanoseconds since midnight of "HH:MM:SS" with or without a fraction.
std::optional<std::int64_t> time_of_day(std::string_view text);
// Nanoseconds since 1970 of "2024-05-06T07:08:09.123Z" or with an offset; without one it is read as
// UTC and *zone_assumed set.
std::optional<model::Time> iso_time(std::string_view text);

}  // namespace medic::parsers::ptrace
