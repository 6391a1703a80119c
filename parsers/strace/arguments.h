// Argument texts to register values, by a Boost.Spirit X3 grammar. Only scalars come out: what a
// seccomp filter can test.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/call.h"

namespace medic::parsers::strace {

struct ArgumentRequest {
  std::string_view text;  // between the call's parentheses
  std::string_view name;  // the call's, as written
  kernel::Arch arch = kernel::Arch::Unknown;
  std::uint8_t wanted = 0xFF;  // a bit per register
};

// Values are the 64-bit registers that a 64-bit caller fills: AT_FDCWD and negative numbers are
// sign-extended, as glibc passes an int; on 32-bit architectures they are cut to 32 bits. Registers
// that the line does not say stay unknown: strings, structures, what strace shows behind a pointer,
// and everything behind an argument whose end is uncertain.
kernel::Args read_arguments(const ArgumentRequest& request);

// A C string as strace writes one, from its opening quote: escapes suppressed. Nothing readable
// gives an empty text.
std::string unquote(std::string_view text);

// The text behind the first `key` (as in "si_code="), up to a comma, a brace or a space. Empty
// where there is none.
std::string_view field(std::string_view text, std::string_view key);

}  // namespace medic::parsers::strace
