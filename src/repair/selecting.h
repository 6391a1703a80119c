// Arguments that choose what a call does (kernel/argument_choice.h), as conditions of a profile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/argument_choice.h"
#include "profile/profile.h"

namespace medic::repair {

using kernel::ArgumentChoice;
using kernel::Choices;

// More different values than this are no choice any more; where somebody asked for conditions, more
// are.
inline constexpr std::size_t kMostValues = 8, kMostAsked = 64;
inline std::size_t most_values(Choices choices) {
  return choices == Choices::Always ? kMostValues : kMostAsked;
}

// What of the argument matters. args must have it. The commands that are narrowed always are
// compared as whole registers, as everybody's profiles do.
inline std::uint64_t selected(const ArgumentChoice& row, const kernel::Args& args) {
  return row.mask == 0 && row.always ? args.value[row.index] : kernel::chosen(row, args);
}

// The kernel ignores the upper half of an int's register, and the C libraries fill it as they like.
inline profile::Condition condition_of(const ArgumentChoice& row, std::uint64_t value) {
  profile::Condition out;
  out.index = row.index;
  const bool is_whole = row.mask == 0 && row.always;
  out.op = is_whole ? profile::Op::Eq : profile::Op::MaskedEq;
  out.value = is_whole ? value : row.mask == 0 ? 0xFFFFFFFF : row.mask;
  out.value_two = is_whole ? 0 : value;
  return out;
}

// What narrowing a call closes, and what it stands on.
struct Narrowed {
  std::string syscall;
  unsigned index = 0;
  std::vector<std::string> seen, once, added;  // values by name; once: seen once only; added:
                                               // not seen, but of the same purpose
  std::uint64_t known = 0;                     // values that the kernel's headers define
  std::string why;                             // what other values do: a clause
  std::uint64_t closed() const {
    const std::uint64_t open = seen.size() + added.size();
    return known > open ? known - open : 0;
  }
};

// counts: how often each value was seen. permitted: those, and what goes with them.
Narrowed narrowed(const ArgumentChoice& row, const std::string& syscall,
                  const std::map<std::uint64_t, std::uint64_t>& counts,
                  const std::set<std::uint64_t>& permitted, kernel::Arch arch);
// The gain and the risk of all of them, in sentences; none where nothing was narrowed.
std::vector<std::string> narrowed_notes(const std::vector<Narrowed>& all);

}  // namespace medic::repair
