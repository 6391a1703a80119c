// What a profile does with a call, to the letter of the engine, the runtime and libseccomp, with
// the rule that decides and why.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/call.h"
#include "policy/flatten.h"

namespace medic::profile {

enum class Decision : std::uint8_t { Allow, Deny, Depends, Gated, BadArch, RuntimeEnosys };
std::string_view json_name(Decision decision);  // allow|deny|depends|gated|bad-arch|runtime-enosys

struct Verdict {
  Decision decision = Decision::Deny;
  kernel::Action action =
      kernel::Action::Allow;  // what happens; for Depends: what happens when no condition holds
  int errno_value = 0;        // for Errno (and Trace): the number; 0 is "returns 0 without running"
  std::optional<std::size_t>
      rule;  // index into Profile::rules; nothing: the default action, the stub, the architecture
  std::uint64_t line =
      0;  // of that rule (or of defaultAction) in the profile's file, 0 when it has none
  std::uint8_t depends_on = 0;  // Depends: bit per argument that would decide
  bool mixed = false;  // rules of different actions overlap: libseccomp's program was the judge
  std::vector<std::string> missing_caps;  // Gated: granting any one of these would permit it;
                                          // "CAP_A+CAP_B" where it takes both
  std::string why;                        // one sentence, for people
};

// decision Gated: denied now, and a rule that permits it is switched off only by a missing
// capability.
class Evaluator {
 public:
  // Keeps copies of what it needs. Asks context.judge once per profile where rules overlap (see
  // `mixed`); else it is pure.
  static Result<Evaluator> make(const Profile& profile, const Context& context);
  Verdict evaluate(const kernel::Call& call) const;
  const Flat& flat() const;
  // Which arguments some condition on this call looks at: a bit each.
  std::uint8_t tested_args(kernel::SyscallId id) const;
  ~Evaluator();
  Evaluator(Evaluator&&) noexcept;
  Evaluator& operator=(Evaluator&&) noexcept;

 private:
  struct State;
  explicit Evaluator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace medic::profile
