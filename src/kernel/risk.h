// What permitting a call risks, and what else guards it: facts with their sources, no policy.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "kernel/call.h"

namespace medic::kernel {

enum class RiskLevel : std::uint8_t { Low, Elevated, High };
std::string_view name(RiskLevel level);  // low|elevated|high

struct Risk {
  RiskLevel level = RiskLevel::Low;
  std::string_view why;  // what follows "it": `mounts cgroups …`; no full stop; empty for Low
  std::string_view capability;  // whoever lacks it is refused even when seccomp permits it
                                // ("CAP_SYS_ADMIN"); empty when none is
  bool unguarded = false;       // no capability is asked for; false beside an empty capability: it
                                // depends on what args do not show
};

// args refine where they are known: clone without namespace flags is harmless, socket(AF_VSOCK) is
// not.
Risk risk_of(NameId name, const Args& args);

// How a call can fail with EPERM when no filter is involved (SEMANTICS of linux 6.12, capable()
// call sites).
enum class NativeEperm : std::uint8_t {
  Never,  // EPERM comes from a filter (or an LSM), but for a case so rare that own_answer's `why`
          // names it
  Capability,  // the capability is checked before anything else
  Depends,     // on arguments, objects, ownership
  Unknown
};
NativeEperm native_eperm(NameId name, const Args& args);

// The capability that the kernel asks for, or may ask for, "CAP_SYS_ADMIN"; empty when it asks for
// none. capabilities_needed says which of the two it is.
std::string_view capability_for(NameId name, const Args& args);

// Two calls that permitted together open more than each alone.
struct Combination {
  std::string_view one, other, why;  // why: a clause
};
std::span<const Combination> all_combinations();

// Programs that are known to need a dangerous call, parted by |; empty where any may.
std::string_view usual_callers(NameId name);

}  // namespace medic::kernel
