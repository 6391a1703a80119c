// What a profile does with a call, to the letter of the engine, the runtime and libseccomp, with
// the rule that decides and why.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kernel/call.h"
#include "kernel/kernel_version.h"
#include "policy/judge.h"
#include "profile/profile.h"

namespace medic::profile {

enum class Runtime : std::uint8_t { Runc, Crun, None };  // None: libseccomp alone, no ENOSYS stub
std::string_view name(Runtime runtime);
std::optional<Runtime> runtime_from_text(std::string_view text);

using kernel::KernelVersion;
using kernel::parse_kernel_version;

// Docker's default set (moby oci/caps/defaults.go), CAP_-prefixed.
const std::set<std::string>& docker_default_caps();
// "all", "none", "default", names with or without CAP_ in any case, +X and -X on the default set;
// nothing on an unknown name.
std::optional<std::set<std::string>> parse_caps(std::string_view text);

// Where the profile is put to use. arch must be set: the machine's native architecture.
struct Context {
  kernel::Arch arch = kernel::Arch::Unknown;
  Runtime runtime = Runtime::Runc;
  std::set<std::string> caps = docker_default_caps();
  KernelVersion kernel;                  // default: newer than any gate
  kernel::LibseccompVersion libseccomp;  // default: newest
  // Decides where rules of different actions overlap; must outlive every evaluator made with it.
  // Null: such a call is undecided, and its verdict says so.
  const Judge* judge = nullptr;
  // The judge's libseccomp is the runtime's: where its program does something else than the rules
  // say, the program is right.
  bool by_program = false;
};

// A rule after the engine: gates decided, names resolved to those this libseccomp knows.
struct FlatRule {
  std::size_t source = 0;  // index into Profile::rules
  std::vector<kernel::NameId> names;
  kernel::Action action = kernel::Action::Allow;
  std::uint32_t errno_value = 1;  // for Errno and Trace
  std::vector<Condition> args;  // all must hold; a rule that looks twice at one argument has become
                                // one FlatRule a condition
  Place place;                  // of the rule in the profile's file
};

// Why a rule has no effect here.
struct Dropped {
  std::size_t source = 0;
  enum class Why : std::uint8_t {
    IncludeCaps,
    ExcludeCaps,
    IncludeArch,
    ExcludeArch,
    MinKernel,
    EqualsDefault,
    UnknownName,
    TooNewForLibseccomp
  } why;
  std::vector<std::string> caps;   // the missing (IncludeCaps) or the present (ExcludeCaps) ones
  std::vector<std::string> names;  // for the last two: the names concerned
};

// The OCI-level profile: what the runtime is given (config.json linux.seccomp), with the runtime's
// own skipping already done.
struct Flat {
  Context context;
  std::string path;  // of the profile, for messages
  kernel::Action default_action = kernel::Action::Allow;
  std::uint32_t default_errno = 1;
  Place default_place;              // of defaultAction in the profile's file
  std::vector<kernel::Arch> archs;  // that the filter knows, native first
  std::vector<kernel::Arch>
      listed;  // architectures[] as listed (runc's stub counts only these and the native one)
  bool lists(kernel::Arch arch) const {
    return std::find(listed.begin(), listed.end(), arch) != listed.end();
  }
  std::vector<FlatRule> rules;       // in order
  std::vector<FlatRule> stub_rules;  // runc: every rule that counts for the largest number, even
                                     // those skipped as equal to the default
  std::vector<Dropped> dropped;
  std::vector<std::string> flags;
  bool spec_allow = true;
  bool disabled = false;  // no default action and no syscalls: no filter at all
};

// Fails where the engine or the runtime would refuse the profile (missing defaultAction, both name
// and names, errnoRet too large, argument index > 5, crun's errnoRet beside other actions, NOTIFY
// without listener …), with the place and the fix.
Result<Flat> flatten(const Profile& profile, const Context& context);

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
