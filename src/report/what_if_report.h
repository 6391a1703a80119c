// What the command what-if foresees, ready to be printed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/arch.h"

namespace medic::report {

// Breaks: for certain, as far as the model goes. MayBreak: the evidence does not show whether the
// program makes the call so. Borne: the answer changes, and the caller is known to go on.
enum class Effect : std::uint8_t { Breaks, MayBreak, Borne };
std::string_view json_name(Effect effect);  // breaks|may-break|borne

struct Foreseen {
  std::string call;
  kernel::Arch arch = kernel::Arch::Unknown;
  std::string kind;  // denied|killed|errno-changes|enosys|new-call|runtime-start
  Effect effect = Effect::Breaks;
  std::string today;     // "it ran", "it answered ENOSYS", "it is not made"
  std::string tomorrow;  // "answers EPERM", "kills the process"
  std::string because;   // whole sentences: who answers so, and who will call it
  std::string harm;      // a clause: what a person will see; may be empty
  std::string fix;       // whole sentences
  std::string rule;      // a rule to add to `syscalls`, as JSON; empty where no rule is the fix
  std::string source;    // of what is said about a libc; may be empty
  std::vector<std::string> programs;  // that made the call, or what shows it; the first few
  std::string file;                   // where the log shows it; empty: nowhere
  std::uint64_t line = 0, count = 0;
};

struct WhatIfReport {
  std::vector<std::pair<std::string, std::string>> context;  // what is assumed: name and value
  std::string profile;
  std::size_t replayed = 0;  // different calls
  std::vector<Foreseen> foreseen;
  // What the code of --elf can call beyond what the logs show, and the profile denies: call and
  // way.
  std::vector<std::pair<std::string, std::string>> reachable;
  std::vector<std::string> holes, notes;
  std::size_t count(Effect effect) const;
};

}  // namespace medic::report
