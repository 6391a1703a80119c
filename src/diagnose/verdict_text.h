// A verdict put into the words of a finding: which kind it is, what happened, and the fix.
#pragma once

#include "diagnose/case.h"
#include "kernel/knowledge.h"

namespace medic::diagnose {

// Sets kind-dependent parts (kind, summary, remedy, notes, layer) of a finding about a call that a
// filter denied or would deny. finding.verdict may be missing: no profile was given.
void explain_denial(const Case& c, Finding& finding);

// "with EPERM", "by killing the process", "with SIGSYS", for people.
std::string outcome_words(const model::Outcome& outcome,
                          const std::optional<profile::Verdict>& verdict);
std::string file_name_of(const Case& c);  // the profile's path, for sentences

// The clause with a capital at its beginning, unless that is a call's or a program's name; without
// a full stop at its end.
std::string sentence(std::string_view clause);
std::string known_failure_text(const kernel::KnownFailure& failure);
// Sets the remedy of a call that the profile names and the runtime's libseccomp, older than
// `first`, does not know.
void explain_dropped_name(Finding& finding, const kernel::LibseccompVersion& first);

// A rule that denies the call by name and without conditions, even where it does what the default
// action does: somebody meant it.
std::optional<std::size_t> deny_rule_for(const profile::Profile& profile, std::string_view name);

}  // namespace medic::diagnose
