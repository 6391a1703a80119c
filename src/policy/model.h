// What libseccomp makes of a flat profile's rules, call by call: which rule wins, which are
// dropped, what a multiplexer gets. Knows nothing of BPF.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "kernel/call.h"
#include "policy/flatten.h"

namespace medic::profile {

enum class Truth : std::uint8_t { No, Maybe, Yes };

// One rule as it stands for one call on one architecture.
struct Chain {
  std::size_t rule = 0;  // index into Flat::rules
  std::vector<Condition>
      conditions;  // all must hold; never empty; as wide as the architecture compares
  kernel::NameId stands_for =
      kernel::kNoName;  // the rule's name where this is its half for a multiplexer
};

// All that the filter holds for one call.
struct CallRules {
  std::optional<std::size_t> unconditional;  // index into Flat::rules: it answers alone
  std::vector<Chain> chains;  // in the order of the rules; empty beside an unconditional rule
  bool mixed =
      false;  // chains of different actions: their overlap is for libseccomp's program to judge
};

class Model {
 public:
  explicit Model(const Flat& flat);
  // Nothing when no rule of the filter names the call.
  const CallRules* find(kernel::SyscallId id) const;
  bool has_mixed() const { return has_mixed_; }

 private:
  void add(const Flat& flat, std::size_t rule, kernel::NameId name, kernel::Arch arch);
  void add_chain(const Flat& flat, kernel::SyscallId id, Chain chain);

  std::vector<std::unordered_map<std::int32_t, CallRules>> calls_;  // by architecture, then number
  bool has_mixed_ = false;
};

// What the filter sees of a call: x86_64 and x32 share one architecture value; the number alone
// distinguishes them.
kernel::SyscallId as_filtered(kernel::SyscallId id);
// Is the call of an ABI that the filter has rules for? The others kill the thread.
bool filter_knows(const Flat& flat, kernel::SyscallId id);

// Does the chain's condition hold for these arguments, of which some may be unknown?
Truth holds(const Condition& condition, const kernel::Args& args, kernel::Arch arch);
Truth holds(const Chain& chain, const kernel::Args& args, kernel::Arch arch);
// Bits of the arguments that some chain looks at.
std::uint8_t tested(const CallRules& rules);

// Where unknown arguments are compared only (never masked): values that stand for every region in
// which the comparisons cannot differ. Nothing when a mask is involved or there would be more than
// kMaxCompletions. Each element is a full set of arguments.
inline constexpr std::size_t kMaxCompletions = 4096;
std::optional<std::vector<kernel::Args>> completions(const CallRules& rules,
                                                     const kernel::Args& args);

}  // namespace medic::profile
