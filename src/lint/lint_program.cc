// A mistake of libseccomp's own, which no reader of the profile can see: its program does something
// else than the rules say.
#include "lint/lint_checks.h"
#include "policy/program_check.h"

namespace medic::profile::lint_checks {
namespace {

std::vector<TextEdit> edits(const Profile& profile, const ProgramDifference::Cure& cure) {
  using Kind = ProgramDifference::Cure::Kind;
  const Rule& model = profile.rules[cure.rule];
  NewRule rule;
  rule.names = {cure.name};
  rule.action = model.action;
  rule.errno_ret = model.errno_ret;
  rule.includes = model.includes;
  rule.excludes = model.excludes;
  if (cure.kind == Kind::Condition) rule.args = always_true();
  if (cure.kind == Kind::Copy) return {AddRule{std::move(rule), 0}};
  return {AddRule{std::move(rule), std::nullopt}, RemoveNames{cure.rule, {cure.name}}};
}

}  // namespace

void miscompiled(const LintCase& c, Findings& out) {
  if (c.flat == nullptr || c.flat->disabled) return;
  const auto found = differs(c.profile, c.context);
  if (!found) return;
  const Place place = found->cure ? c.profile.rules[found->cure->rule].place : Place{1, 1};
  LintFinding finding = at("miscompiled", Severity::Error, place, describe(*found));
  finding.reason = fmt::format(
      "the container runs under the program, not under the rules; {} of the cases tried differ",
      found->calls);
  finding.hint = found->cure ? describe(c.profile, *found->cure)
                             : "write the rules of this call as one, with SCMP_CMP_EQ and "
                               "SCMP_CMP_MASKED_EQ alone, or use libseccomp 2.6.1";
  if (found->cure) finding.fix = edits(c.profile, *found->cure);
  out.push_back(std::move(finding));
}

}  // namespace medic::profile::lint_checks
