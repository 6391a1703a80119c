// The sentences of a verdict, for someone who reads them at three in the morning.
#pragma once

#include <string>
#include <vector>

#include "kernel/call.h"
#include "policy/flatten.h"

namespace medic::profile {

// "permits it", "answers EPERM", "kills the process" …
std::string answer_text(kernel::Action action, std::uint32_t errno_value, kernel::Arch arch);
// "mkdir", or "call 9999" where the number has no name.
std::string call_text(kernel::SyscallId id);
// "the rule on line 57", or "rule 3" where the profile has no lines.
std::string rule_text(const FlatRule& rule);
// "the default action (line 2)".
std::string default_text(const Flat& flat);
// "arg0 == 1 and (arg1 & 0xff) == 0x10".
std::string conditions_text(const std::vector<Condition>& conditions);
// "CAP_A", "CAP_A or CAP_B".
std::string alternatives_text(const std::vector<std::string>& words);
// Why no rule counts for this call, where one of the profile's rules names it: switched off by a
// gate, dropped, equal to the default. Empty otherwise.
std::string dropped_text(const Profile& profile, const Flat& flat, kernel::SyscallId id);

}  // namespace medic::profile
