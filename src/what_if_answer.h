// What a call will meet under tomorrow's context: the profile, the runtime's own answer, the
// kernel.
#pragma once

#include <string>

#include "diagnose/case.h"
#include "tomorrow.h"

namespace medic {

struct Answer {
  enum class Kind : std::uint8_t { Runs, Errno, Kills, Depends } kind = Kind::Runs;
  int error = 0;
  std::string by;   // a sentence: who answers so; empty for Runs
  std::string fix;  // where something else than a rule helps; else empty
};

class Answers {
 public:
  // All must outlive it.
  Answers(const profile::Profile& profile, const Tomorrow& tomorrow)
      : in_use_(profile, tomorrow.context), tomorrow_(tomorrow) {}

  // Nothing where the profile cannot be used on that architecture.
  std::optional<Answer> answer(kernel::SyscallId id, const kernel::Args& args) const;
  const diagnose::ProfileInUse& in_use() const { return in_use_; }

 private:
  bool has_stub(const profile::Flat& flat, kernel::Arch arch) const;
  Answer of_kernel(kernel::SyscallId id) const;

  diagnose::ProfileInUse in_use_;
  const Tomorrow& tomorrow_;
};

// "answers EPERM", "kills the process", "runs".
std::string answer_text(const Answer& answer, kernel::Arch arch);

}  // namespace medic
