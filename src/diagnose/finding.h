// What is wrong, to whom, how we know, and the smallest fix: the tool's answer as data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernel/risk.h"
#include "ledger/ledger.h"
#include "policy/evaluate.h"

namespace medic::diagnose {

enum class Layer : std::uint8_t {
  Seccomp,
  Apparmor,
  Selinux,
  Capability,
  Dac,
  StrictMode,
  Other,
  Unknown,
  Landlock
};
// seccomp|apparmor|selinux|capability|dac|strict-mode|other|unknown|landlock
std::string_view json_name(Layer layer);

enum class RemedyKind : std::uint8_t {
  AddSyscall,
  AddCondition,
  AddArchitecture,
  SetErrno,
  GrantCapability,
  ApparmorRule,
  SelinuxLabel,
  FilePermission,
  None
};
std::string_view json_name(RemedyKind kind);

struct Remedy {
  RemedyKind kind = RemedyKind::None;
  std::string text;  // "If you want … then …", for people
};

struct Container {
  std::string id, name;
  model::Certainty certainty = model::Certainty::Suspected;
  std::string reason;
  std::string image, pod, unit, engine;
};

struct Evidence {
  std::string file;
  std::uint64_t line = 0;
  std::string text;
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

// One of those who met a finding: a program in a container on a host.
struct Met {
  std::string container, comm, exe, label,
      host;  // container: its name, or its id; each may be empty
  std::uint64_t count = 0, processes = 0;
  model::Time first, last;
  std::optional<Evidence> evidence;
};

// Who met a finding. What stands here alone (container, comm …) is of the one who met it first.
struct Who {
  std::optional<Container> container;
  attribute::ProcessIndex process = attribute::kNoProcess;  // of the first
  std::int64_t pid = -1;                                    // of the first
  std::uint64_t processes = 1;                              // how many processes did it
  std::string comm, exe, label, host;
  std::string phase;  // "runtime-init" for the runtime's own calls between filter load and exec,
                      // "exec" for what was executed into the container from outside; else empty
  std::string unit;   // systemd's, of a process of the host
  std::uint64_t containers = 0, programs = 1, hosts = 0;  // how many different ones
  std::vector<Met> met;                                   // the most frequent first
  std::uint64_t met_left_out = 0;  // how many more met it than `met` has room for
  // Those of the processes that are known, sorted, until findings are folded; then empty.
  std::vector<attribute::ProcessIndex> members;
};

// Who installed the filter that denied the call.
struct FilterOwner {
  enum class Kind : std::uint8_t {
    Unknown,
    Container,
    Unit,
    Program,
    Sandbox
  } kind = Kind::Unknown;
  std::string name;  // "Chromium's sandbox", a unit, a container; empty where nothing says it
  model::Certainty certainty = model::Certainty::Suspected;
  std::string reason;  // a clause that names the evidence
};
std::string_view json_name(FilterOwner::Kind kind);  // unknown|container|unit|program|sandbox

// What had to be assumed to explain the observation, and was not said by anybody.
struct Assumption {
  std::string what;     // runtime|libseccomp|capabilities|kernel
  std::string value;    // "runc before 1.0.0-rc93, or crun"
  std::string because;  // a clause
  friend bool operator==(const Assumption&, const Assumption&) = default;
};

struct Finding {
  std::string id;                    // kind@hash: the same for the same cause in every run
  std::string kind;                  // what `explain` and the manual describe
  Who who;                           // who met it
  model::SyscallRef syscall;         // arch resolved where evidence said it
  std::string arch_reason;           // how the architecture is known, when the log did not say it
  std::optional<kernel::Args> args;  // nothing: the evidence has no arguments
  std::string call_text;             // as the log wrote it
  model::Outcome outcome;
  Layer layer = Layer::Unknown;
  model::Certainty certainty = model::Certainty::Suspected;
  model::Provenance provenance = model::Provenance::Kernel;  // who may have written the evidence;
                                                             // but for the kernel's, suspected
  std::uint64_t count = 0;
  model::Time first, last;
  std::vector<Evidence> evidence;
  std::optional<profile::Verdict> verdict;  // of the profile given
  std::optional<FilterOwner> filter;        // of a denial by seccomp
  std::vector<Assumption> assumptions;      // that the finding rests on
  std::string summary;                      // one sentence: what happened
  Remedy remedy;
  kernel::Risk risk;
  std::vector<std::string>
      notes;  // what else the reader should know: contradictions, other reasons
  std::vector<std::string> intrusion;  // signs of an attack rather than a need; then nothing is
                                       // repaired without --accept-risk
  bool denied = true;                  // false: seen and let run (complain mode), or not a denial
  bool harmless = false;               // denied, and whoever called it was ready for that
  bool in_common_fix = false;          // the command of Diagnosis::fix, as it stands, permits it
  std::string brief_fix;               // the remedy for a column of a table: "permit it"
  int rank = 0;                        // larger stands earlier
};

// Is the evidence complete? `reasons` say why not, or what would say.
struct Completeness {
  enum class Verdict : std::uint8_t { Complete, Incomplete, Unknown } verdict = Verdict::Unknown;
  std::vector<std::string> reasons;
  std::vector<std::string>
      next;  // what would make the evidence fuller or the findings surer, once each
};
std::string_view json_name(Completeness::Verdict verdict);

// One command for all findings that a repair of the profile can fix.
struct CommonFix {
  std::string command;             // without the options that somebody has to decide; empty: none
  std::vector<std::string> calls;  // what it permits, sorted
  std::string text;                // sentences, for people
};

// Findings that the reader did not ask for.
struct FindingsLeftOut {
  std::uint64_t findings = 0, denials = 0;  // denials: those of them that are denials
  std::uint64_t times = 0;                  // how often those denials were met
};

struct Diagnosis {
  std::vector<ledger::InputAccount> inputs;
  Completeness completeness;
  std::vector<Finding> findings;
  std::uint64_t calls_seen = 0;  // all calls in the logs, denied or not
  CommonFix fix;
  FindingsLeftOut left_out;
  bool is_replay = false;  // what a profile would deny, not what was denied
};

// Number 0 of the s390s: the old setup(2), as which every call that the kernel does not know
// arrives at a filter (arch/s390/kernel/syscall.c).
bool is_setup(const model::SyscallRef& syscall);
// The name of the call, or syscall_0x… for a number without one.
std::string call_name(const model::SyscallRef& syscall);
// Six values in hex, "-" for one that is not known: part of a key, not for people.
std::string args_text(const kernel::Args& args);
// `socket(AF…)` as far as known: the log's text, or the name with the known argument values.
std::string call_display(const Finding& finding);

}  // namespace medic::diagnose
