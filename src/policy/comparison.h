// The exact difference of two profiles by meaning: every architecture, every number, every region
// of argument values.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/evaluate.h"
#include "policy/regions.h"

namespace medic::profile {

enum class Direction : std::uint8_t {
  NewlyPermitted,  // b lets run what a does not
  NewlyDenied,     // the other way round
  ErrnoChange,     // denied by both, with different errnos
  ActionChange,  // anything else: killed instead of denied, logged instead of let run silently, …
};
std::string_view json_name(
    Direction direction);  // newly-permitted|newly-denied|errno-change|action-change

struct Difference {
  kernel::SyscallId id;
  std::optional<std::int32_t>
      last_number;     // numbers id.number to this one, none of which has a name
  std::string region;  // "arg0 = 40"; empty: whatever the arguments
  kernel::Call example;
  Verdict a, b;
  Direction direction = Direction::ActionChange;
  // False: the conditions on this call cut it into too many regions to look through; the example is
  // one call of many, and a and b may even agree on it.
  bool decided = true;
};

// By architecture (in the order of a's filter, then b's), number and region. What neither filter
// can say apart is one Difference.
std::vector<Difference> diff(const Evaluator& a, const Evaluator& b);

// A call that `profile` might let run and `base` would not; nothing when it is proven that there is
// none. Handing a call to a tracer or a listener counts as letting it run where base denies it.
std::optional<Difference> looser_than(const Evaluator& profile, const Evaluator& base);
// All such calls; what could not be decided is among them.
std::vector<Difference> all_looser(const Evaluator& profile, const Evaluator& base);

// "mkdir", "syscall 0x1c3", "syscalls 335 to 423".
std::string subject(const Difference& difference);
// One line: "socket where arg0 = 40: errno EPERM → allow, as socket(40, 0, 0) shows".
std::string describe(const Difference& difference);

// The parts below are what merging and its proof build on.

// Verdicts that a program cannot say apart are the same: action, and the errno where there is one.
bool same_effect(const Verdict& a, const Verdict& b);
// All conditions that can matter to the call in any of the filters, those that come by a
// multiplexer included, and how finely to look.
struct Looked {
  std::vector<Condition> conditions;
  Grain grain = Grain::Whole;
};
Looked looked_at(std::span<const Flat* const> flats, kernel::SyscallId id);
// The numbers worth asking about: all of the table with the holes between, and one beyond; for
// every architecture that a filter knows.
std::vector<kernel::SyscallId> all_calls(std::span<const Flat* const> flats);

}  // namespace medic::profile
