// What the engine and the runtime make of a profile before libseccomp sees it: gates are decided,
// names resolved, and what the runtime skips is gone.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "policy/context.h"
#include "profile/profile.h"

namespace medic::profile {

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

}  // namespace medic::profile
