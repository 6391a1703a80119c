// Who decides where rules of different actions overlap on one call: libseccomp's compiled program,
// which a caller may lend. Policy itself never compiles: that takes a child process.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "kernel/call.h"

namespace medic::profile {

struct Flat;

// One profile's compiled program. Immutable; any thread may run it.
class JudgedProgram {
 public:
  virtual ~JudgedProgram() = default;
  // What the filter returns for a call whose arguments are all known: a SECCOMP_RET_* action with
  // its data. Nothing where the program does not hold the call.
  virtual std::optional<std::uint32_t> run(const kernel::Call& call) const = 0;
  virtual std::string_view engine() const = 0;  // e.g. "libseccomp 2.5.4 + runc ENOSYS stub"
};

class Judge {
 public:
  virtual ~Judge() = default;
  // Fails with Severity::Error where the runtime would refuse the profile too, with
  // Severity::Warning where only the compiler at hand cannot do it.
  virtual Result<std::unique_ptr<const JudgedProgram>> compile(const Flat& flat) const = 0;
};

}  // namespace medic::profile
