// The checks behind lint_rules(), by the file that holds them, and what they share.
#pragma once

#include <fmt/format.h>

#include "lint/lint_case.h"

namespace medic::profile::lint_checks {

using Findings = std::vector<LintFinding>;

// lint_names.cc
void unknown_name(const LintCase& c, Findings& out);
void foreign_name(const LintCase& c, Findings& out);
void too_new_name(const LintCase& c, Findings& out);
void duplicate_name(const LintCase& c, Findings& out);
void empty_names(const LintCase& c, Findings& out);
void legacy_name(const LintCase& c, Findings& out);
// lint_rules.cc
void shadowed_rule(const LintCase& c, Findings& out);
void overridden_condition(const LintCase& c, Findings& out);
void equals_default(const LintCase& c, Findings& out);
void overlapping_actions(const LintCase& c, Findings& out);
// lint_args.cc
void pointer_argument(const LintCase& c, Findings& out);
void argument_beyond_count(const LintCase& c, Findings& out);
void narrow_parameter(const LintCase& c, Findings& out);
void repeated_index(const LintCase& c, Findings& out);
void mask_operands(const LintCase& c, Findings& out);
// lint_shape.cc
void refused(const LintCase& c, Findings& out);
void unknown_key(const LintCase& c, Findings& out);
void doubled_key(const LintCase& c, Findings& out);
void key_case(const LintCase& c, Findings& out);
void arch_spelling(const LintCase& c, Findings& out);
void missing_subarchitectures(const LintCase& c, Findings& out);
void useless_errno(const LintCase& c, Findings& out);
void too_large(const LintCase& c, Findings& out);
// lint_policy.cc
void denies_everything(const LintCase& c, Findings& out);
void no_filter(const LintCase& c, Findings& out);
void denies_little(const LintCase& c, Findings& out);
void breaks_fallback(const LintCase& c, Findings& out);
void bypass(const LintCase& c, Findings& out);
void multiplexer_back_door(const LintCase& c, Findings& out);
void runtime_needs(const LintCase& c, Findings& out);
// lint_values.cc
void gate_capability(const LintCase& c, Findings& out);
void gate_architecture(const LintCase& c, Findings& out);
void errno_zero(const LintCase& c, Findings& out);
void half_condition(const LintCase& c, Findings& out);
void filter_flags(const LintCase& c, Findings& out);
void listener(const LintCase& c, Findings& out);
void program_needs(const LintCase& c, Findings& out);
// Of a file's first bytes as they are on disk.
std::optional<LintFinding> encoding(std::string_view front);
// lint_program.cc
void miscompiled(const LintCase& c, Findings& out);

// A finding at a place; the rest is filled in by whoever makes it.
LintFinding at(std::string_view id, Severity severity, Place place, std::string text);
// "rule 3" counted from 1, "rule 3 (line 20)" where the place is another one.
std::string rule_name(const Profile& profile, std::size_t rule);
// "a, b, c and 5 more".
std::string listed(const std::vector<std::string>& names);
// In every context: no capability, architecture or kernel switches the rule off.
bool always_there(const Rule& rule);

}  // namespace medic::profile::lint_checks
