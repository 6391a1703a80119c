// Does the program that libseccomp compiles do what the profile's rules say? Some releases
// miscompile some profiles, and the container then runs under a filter that nobody wrote.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/model.h"

namespace medic::profile {

struct Answer {
  kernel::Action action = kernel::Action::Allow;
  std::uint32_t errno_value = 0;  // for Errno and Trace, else 0
  friend auto operator<=>(const Answer&, const Answer&) = default;
};
// "permits it", "answers EPERM", "kills the process".
std::string answer_text(const Answer& answer, kernel::Arch arch);

// What the rules say, without a program: one answer, or, where conditional rules of different
// actions overlap, each of theirs (libseccomp chooses, and any of them is right). Every argument
// must be known.
class RuleAnswers {
 public:
  explicit RuleAnswers(const Flat& flat);  // flat must outlive it
  std::vector<Answer> of(const kernel::Call& call) const;
  // Calls that stand for every case the rules can tell apart: each number that some table has on
  // each of the filter's architectures, and beside the tables; with arguments on both sides of
  // every value that a rule compares. At most kMostCalls, and then `whole` is false.
  static constexpr std::size_t kMostCalls = 200000;
  std::vector<kernel::Call> representatives(bool& whole) const;

 private:
  const Flat& flat_;
  Model model_;
  std::map<kernel::Arch, std::int32_t> limits_;
};

struct ProgramDifference {
  kernel::Call call;
  Answer rules_say, program_does;
  std::string engine;     // "libseccomp 2.5.4"
  std::size_t calls = 0;  // how many of the representatives differ
  // What makes the program right. Copy: a rule with the action of `rule` for `name` alone is put
  // first. Condition: `name` leaves `rule` for a rule of its own, whose conditions always hold.
  // Proven: the rules then say the same of every representative, and the program does it.
  struct Cure {
    enum class Kind : std::uint8_t { Copy, Condition } kind = Kind::Copy;
    std::size_t rule = 0;  // index into Profile::rules
    std::string name;
  };
  std::optional<Cure> cure;
};

// Runs the compiled program over the representatives. Nothing when it never differs.
std::optional<ProgramDifference> differs(const Flat& flat, const JudgedProgram& program);
// Has the context's judge compile the profile first, and looks for a cure. Nothing without a judge,
// when it cannot compile, or does not differ.
std::optional<ProgramDifference> differs(const Profile& profile, const Context& context);

// Conditions that hold for every value: what Cure::Kind::Condition gives to its rule.
std::vector<Condition> always_true();
// The cure in words ("put a rule with … first").
std::string describe(const Profile& profile, const ProgramDifference::Cure& cure);

// One sentence: "libseccomp 2.5.4 compiles … : execve(16, 4294967295) on x86_64: the rules permit
// it, the program kills the thread".
std::string describe(const ProgramDifference& difference);

// A warning for whoever uses the profile; nothing when the program does what the rules say. An
// unknown architecture counts as the profile's first.
std::optional<Problem> program_notice(const Profile& profile, Context context);

}  // namespace medic::profile
