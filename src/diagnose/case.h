// What is known about all the evidence together, and the parts of a finding that all rules make
// alike.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attribute/attribution.h"
#include "diagnose/choose.h"
#include "diagnose/architecture.h"
#include "diagnose/finding.h"
#include "diagnose/fold.h"

namespace medic::diagnose {

// The profile put to use on each architecture that the evidence comes from. Keyed by the native
// architecture.
class ProfileInUse {
 public:
  // context.arch is replaced by each native architecture asked for. The profile must outlive this.
  ProfileInUse(const profile::Profile& profile, profile::Context context)
      : profile_(&profile), context_(std::move(context)) {}
  // Null where the profile cannot be put to use there; why() then says it.
  const profile::Evaluator* on(kernel::Arch native) const;
  const profile::Profile& profile() const { return *profile_; }
  const profile::Context& context() const { return context_; }
  const Problems& problems() const { return problems_; }

 private:
  const profile::Profile* profile_;
  profile::Context context_;
  mutable std::map<kernel::Arch, std::unique_ptr<profile::Evaluator>> evaluators_;
  mutable Problems problems_;
};

struct Options {
  kernel::Arch arch = kernel::Arch::Unknown;         // --arch
  std::vector<kernel::Arch> archs;                   // only these architectures; empty: all
  const attribute::Attribution* owners = nullptr;    // whose each process is; null: nobody asks
  const attribute::SideFacts* side_facts = nullptr;  // what stands beside the logs; null: nothing
  By by = By::Cause;                                 // what splits findings of one cause
  Choice choice;                                     // which findings are asked for
  // The context's assumed members that had to give way to explain the log, and the profile as it
  // would answer without that. Null: nothing had to.
  std::vector<Assumption> assumptions = {};
  const ProfileInUse* as_assumed = nullptr;
  bool chose_part = false;     // the reader asked for a part of the evidence
  bool chose_nothing = false;  // the reader asked for a part of the evidence, and nothing is in it
};

// Observations that differ only in the process that made them, with the architecture resolved.
struct Group {
  std::vector<const ledger::Observation*> members;
  model::SyscallRef syscall;
  bool arch_was_told = true;
};

// What is known about all the evidence together; rules read it and add findings.
struct Case {
  const ledger::Ledger& ledger;
  const std::vector<ledger::InputAccount>& inputs;
  const ProfileInUse* profile = nullptr;  // null: none given
  const Options& options;
  std::vector<ArchChoice> archs = {};  // of calls whose architecture no line says, by input
  std::vector<Group> groups = {};      // of all observations
};

std::vector<Group> group_observations(const Case& c);

// Its call with architecture, number and name filled in as far as they can be known.
model::SyscallRef resolved(const Case& c, const ledger::Observation& observation);
// Of the input that the observation stands in: nothing is borrowed from another one.
const ArchChoice& arch_choice(const Case& c, const ledger::Observation& observation);

// Is this call's process known to have installed its filter only later, or to be a host's beside
// the containers of the trace? Then no filter has seen it.
bool is_before_filter(const ledger::Ledger& ledger, const ledger::Observation& observation);

// What stands for the logs in a command to type: their names where they are few and simple words,
// else LOG.
std::string log_words(const Case& c);
std::string profile_word(const Case& c);  // likewise, else PROFILE

// The security label with the instance of the process, where the process has one.
std::string label_of(const ledger::Ledger& ledger, const ledger::Subject& who);

// Fills container and unit of whoever it was at that time, first to last.
void describe_owner(const Case& c, const ledger::Subject& who,
                    std::pair<model::Time, model::Time> when, Who& out);

// Fills what every finding has in common: id, subject, evidence, counts, times, risk, verdict.
Finding finding_for(const Case& c, const Group& group, std::string kind);
// Says who may have written the evidence, and lowers the certainty where that is not the kernel
// alone.
void take_provenance(model::Provenance provenance, Finding& finding);
std::optional<profile::Verdict> judge(const Case& c, const model::SyscallRef& syscall,
                                      const kernel::Args& args);
// The id's hash part, 8 hex digits.
std::string stable_id(std::string_view kind, std::initializer_list<std::string_view> parts);

}  // namespace medic::diagnose
