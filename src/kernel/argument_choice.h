// Arguments that choose what a call does, and few values of them: worth a condition in a profile.
// Which of their values serve one purpose, so that who needs one may have all of them. Facts with
// their reasons; the rows stand in argument_choice.inc.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "kernel/call.h"

namespace medic::kernel {

struct ArgumentChoice {
  std::string_view calls;  // parted by |
  std::uint8_t index = 0;
  std::uint64_t mask = 0;   // of flags: the bits that matter; 0: the whole int is a command
  std::uint64_t known = 0;  // how many values the kernel's headers define
  bool always = false;      // narrowed wherever it is known; else on request
  std::string_view danger;  // what some of its values do: a clause
  std::string_view source;
};
std::span<const ArgumentChoice> all_argument_choices();

// Null where the call has none on that architecture: s390's clone has its flags behind the stack,
// and old forms of mmap take a pointer to their arguments. on_request: also those of no `always`.
enum class Choices : std::uint8_t { Always, OnRequest };
const ArgumentChoice* argument_choice(std::string_view call, Arch arch, Choices which);

// What of the argument the kernel looks at: the masked bits, or the int's 32. args must have it.
std::uint64_t chosen(const ArgumentChoice& choice, const Args& args);

struct ValueFamily {
  std::string_view calls, values, why;
};
std::span<const ValueFamily> all_value_families();

// The value with those that serve the same purpose, on each of the architectures that has the
// call. Only the value itself where no row says more.
std::set<std::uint64_t> widened(std::string_view call, std::uint64_t value,
                                std::span<const Arch> archs);

// What OCI runtimes hand the call themselves, between the filter and the program; empty where it is
// not known.
std::set<std::uint64_t> runtime_values(std::string_view call, Arch arch);

}  // namespace medic::kernel
