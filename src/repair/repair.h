// Findings and observations in, the smallest edits of the profile out, and the proof of what they
// do.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "diagnose/case.h"
#include "edit/edit.h"
#include "repair/selecting.h"

namespace medic::repair {

// A call that somebody asks the profile to permit, with the evidence that asks.
struct PermissionRequest {
  model::SyscallRef syscall;         // architecture and number resolved
  kernel::Args args;                 // as far as the evidence holds them
  std::vector<std::string> because;  // finding ids
  bool was_denied = true;  // false: it ran (recordings); then its risk is not a reason to refuse it
  bool looks_like_attack = false;  // then even a call of elevated risk wants --accept-risk
  bool is_harmless = false;        // a benign probe: its refusal leaves nothing broken
  bool was_logged =
      false;  // a filter let it run and logged it: it was tried, as one that was denied
  model::Provenance provenance = model::Provenance::Kernel;  // who may have written the evidence
  std::string call_text = {};  // the call as the log writes it; may be empty
  std::uint64_t count = 1;     // how often the evidence shows it
};

struct Options {
  std::set<std::string> overrides;  // names whose explicit deny or deliberate ENOSYS is lifted
  bool force = false;               // --override lifts a deny although what decides then is harsher
  std::set<std::string> accept_risk;  // names permitted in spite of their risk
  std::set<std::string> never;        // names never permitted, whatever else is said
  std::set<std::string>
      answer_enosys;  // names that a rule answers ENOSYS from now on, instead of permitting them
  std::set<std::string>
      narrow;  // names permitted with the seen arguments alone, where the profile looks at none
  bool narrow_args =
      true;  // socket, personality and clone with the seen arguments alone, where they are known
  Choices choices = Choices::Always;  // OnRequest: so are the other calls of
                                      // kernel/argument_choice.h, widened to harmless families
  bool trust_output = false;          // what a container may have written itself is evidence, too
  bool companions = false;            // add what another libc or architecture calls instead
  // The context's runtime must be able to start a container under the result: the evidence does not
  // show that it did.
  enum class Start : std::uint8_t {
    Assumed,
    Checked,
    Added
  };  // Added: what it needs is permitted too
  Start start = Start::Assumed;
  bool no_new_privs = false;  // set for the container: the runtime needs less
  // A profile that the result may not pass; null: none. What would is refused, and the proof
  // compares the result with it.
  std::shared_ptr<const profile::Profile> within;
  // Found by that comparison: names and architectures that the bound has no room for.
  std::set<std::string> beyond;
  std::set<kernel::Arch> beyond_archs;
  profile::Context context;  // arch is replaced by each architecture of the evidence
};

struct Added {
  kernel::Arch arch = kernel::Arch::Unknown;
  std::string syscall;  // empty for an architecture
  std::vector<profile::Condition> args;
  std::uint64_t line = 0;  // in the new text
  std::vector<std::string> because;
  std::string note;  // "companion of …"; empty for what was asked itself
};

enum class Reason : std::uint8_t {
  ExplicitDeny,
  HighRisk,
  CapabilityGated,
  DeliberateEnosys,
  NotSeccomp,
  Ambiguous,
  NeverList,
  Untrusted,
  BeyondBound
};
std::string_view json_name(Reason reason);

struct Refused {
  kernel::Arch arch = kernel::Arch::Unknown;
  std::string syscall;
  Reason reason = Reason::Ambiguous;
  std::string text;
  std::vector<std::string> because;
  bool leaves_denial = true;  // a seccomp denial stays; false for what was never seccomp's
};

// What the new profile does, judged by libseccomp's compiled program over every observation and by
// the exact difference of both profiles.
struct Verification {
  std::string engine;
  std::uint64_t checked = 0;              // different observed calls that the program was run over
  std::uint64_t resolved = 0;             // denied under the old profile, permitted under the new
  std::vector<std::string> still_denied;  // observed, asked for, and denied all the same
  std::vector<std::string> newly_permitted;  // exactly, argument regions included
  std::vector<std::string>
      lost;  // permitted before and no longer, each with an example call: must be empty
  std::vector<std::string> errno_flips;  // calls that are denied differently now, each with an
                                         // example call: must be empty
  std::vector<std::string> harsher;   // the same of calls whose deny --override lifts, where what
                                      // decides then is harsher (EPERM, then kill)
  bool is_forced = false;             // that is wanted; else `harsher` must be empty
  std::set<std::string> lost_enosys;  // names among them that runc's own ENOSYS answered before
  std::vector<std::string> nameless_flips;  // of numbers between that are no calls: no rule can
                                            // name them, and nobody falls back from them
  std::set<kernel::Arch>
      also_enosys;  // where calls that are kept at ENOSYS elsewhere answered otherwise before
  std::vector<std::string>
      disagreements;  // where our evaluation and the compiled program differ: must be empty
  bool holds() const {
    return lost.empty() && errno_flips.empty() && disagreements.empty() && unexpected.empty() &&
           beyond.empty() && (harsher.empty() || is_forced);
  }
  std::vector<std::string> unexpected;       // newly permitted and not asked for: must be empty
  std::string within;                        // the bound that it was compared with; empty: none
  std::vector<std::string> beyond;           // permitted, and not by the bound: must be empty
  std::set<kernel::SyscallId> beyond_calls;  // the same, for whoever takes them back
};

struct Repair {
  std::vector<Added> added;
  std::vector<Refused> refused;
  std::vector<profile::TextEdit> edits;
  std::string text;  // the new profile's whole text; the old one's when nothing is to be done
  Verification verification;
  std::vector<std::string> notes;
  std::vector<Narrowed> narrowed;  // on request
  std::vector<std::string>
      cannot_start;  // calls without which the runtime starts no container, and which stay denied
  bool complete()
      const;  // every seccomp denial is resolved, a container can start, and the proof holds
};

// Asks of a diagnosis; findings that are not seccomp's become refusals at once.
std::vector<PermissionRequest> requests_of(const diagnose::Diagnosis& diagnosis,
                                           std::vector<Refused>& refused);

// Fails where the profile cannot be used or edited at all.
Result<Repair> repair(const profile::Profile& profile,
                      const std::vector<PermissionRequest>& requests, std::vector<Refused> refused,
                      const std::vector<PermissionRequest>& observed, const Options& options);

// All calls of the ledger that a filter saw, architecture resolved, as asks: for the proof, and for
// recordings. Those that a container may have written itself are among them, with their provenance.
std::vector<PermissionRequest> observed_calls(const ledger::Ledger& ledger, kernel::Arch assumed);

struct SynthesisOptions {
  Options repair;
  // Whose own calls are added, and under whom the profile is proven; empty: nobody's.
  std::vector<profile::Runtime> runtimes = {profile::Runtime::Runc, profile::Runtime::Crun};
  bool init_helper =
      false;  // also those of the init that `docker run --init` puts before the program
  bool narrow_args = true;  // permit only the seen arguments of socket, personality and clone
};

// A profile that permits what was seen, what the runtime itself needs, and what no trace shows;
// proven like a repair.
struct Synthesis {
  std::string text;
  std::vector<Added> added;
  std::vector<Refused> refused;
  Verification verification;
  std::vector<std::string> notes;
  std::vector<Narrowed> narrowed;  // on request
  bool complete() const;
};
Result<Synthesis> synthesize(const ledger::Ledger& ledger, kernel::Arch assumed,
                             const SynthesisOptions& options);

// What a new profile is held to.
struct Claim {
  const std::vector<PermissionRequest>& asked;     // must be permitted
  const std::vector<PermissionRequest>& observed;  // the program is run over them
  const std::vector<Added>& added;                 // may be newly permitted, and nothing else
  const std::set<std::string>&
      kept;  // names that a rule keeps at ENOSYS, on architectures without runc's too
};
// Compiles and compares, for all calls and all values of their arguments. before may be null (a new
// profile: nothing can be lost).
Verification verify(const profile::Profile* before, const profile::Profile& after,
                    const Claim& claim, const Options& options);

}  // namespace medic::repair
