// What a filter program makes of one call: every test that it does on the call's arguments, and the
// regions that these cut.
#pragma once

#include "libseccomp/bpf.h"
#include "convert/foreign.h"
#include "policy/regions.h"

namespace medic::profile::formats {

// A test of (word & mask): words are numbered 2 * argument, one more for the upper half.
struct WordTest {
  unsigned word = 0;
  std::uint32_t mask = 0xFFFFFFFF;
  enum class Kind : std::uint8_t { Equal, Greater, AtLeast, AnyBit } kind = Kind::Equal;
  std::uint32_t operand = 0;
  friend auto operator<=>(const WordTest&, const WordTest&) = default;
};

// All tests that the program may do on a call of that number. Fails where it computes with
// arguments otherwise than by a mask, or looks at the instruction pointer.
Result<std::vector<WordTest>> tests_of(const Program& program, std::uint32_t audit_arch,
                                       std::int32_t number);

Effect effect_of(std::uint32_t filter_value);
Effect run_for(const Program& program, kernel::SyscallId id, const kernel::Args& args);

// Argument values of which one stands for each region that the program can say apart. Nothing: too
// many.
std::optional<std::vector<kernel::Args>> examples_of(const std::vector<WordTest>& tests);

// The program's answers to one call; `otherwise` is `fallback` where some arguments give it.
// Nothing: too many regions.
struct Asking {
  const Program& program;
  kernel::SyscallId id;
  const std::vector<WordTest>& tests;
  Effect fallback;
};
std::optional<Ordered> meaning_in(const Asking& asking);

// Tests that say apart whatever the condition does.
void add_tests(const Condition& condition, unsigned bits, std::vector<WordTest>& out);

}  // namespace medic::profile::formats
