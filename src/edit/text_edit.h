// A change to a profile's own text, and a rule to be written, as data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "profile/profile.h"

namespace medic::profile {

// A rule to be written. Conditions are written as index, value, (valueTwo,) op.
struct NewRule {
  std::vector<std::string> names;  // sorted by the writer
  kernel::Action action = kernel::Action::Allow;
  std::optional<std::uint32_t> errno_ret;
  std::vector<Condition> args;
  Gate includes, excludes;
  std::string comment;  // written as "comment" when not empty
};

struct AddNames {  // to an existing rule: in sorted place where its list is sorted, else at its end
  std::size_t rule = 0;
  std::vector<std::string> names;
};
struct RemoveNames {  // a rule left without names is removed whole
  std::size_t rule = 0;
  std::vector<std::string> names;
};
struct AddRule {  // at the end of syscalls, or before a rule
  NewRule rule;
  std::optional<std::size_t> before;
};
struct RemoveRule {
  std::size_t rule = 0;
};
struct AddArchitecture {
  kernel::Arch arch = kernel::Arch::Unknown;
};
struct RenameName {  // misspelt, libaudit's …
  std::size_t rule = 0;
  std::size_t name = 0;  // index into Rule::names
  std::string to;
};
struct SetErrno {  // of a rule, or of the default action
  std::optional<std::size_t> rule;
  std::uint32_t value = 1;
};
struct SetFlags {
  std::vector<std::string> flags;
};
struct SetDefaultAction {
  kernel::Action action = kernel::Action::Errno;
};
struct SetRuleAction {
  std::size_t rule = 0;
  kernel::Action action = kernel::Action::Errno;
};
using TextEdit = std::variant<AddNames, RemoveNames, AddRule, RemoveRule, AddArchitecture,
                              RenameName, SetErrno, SetFlags, SetDefaultAction, SetRuleAction>;

// A profile that did not exist before.
struct NewProfile {
  kernel::Action default_action = kernel::Action::Errno;
  std::optional<std::uint32_t> default_errno_ret;
  std::vector<kernel::Arch> architectures;
  std::vector<std::string> flags;
  std::vector<NewRule> rules;
};

}  // namespace medic::profile
