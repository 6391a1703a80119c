#include "diagnose/diagnose.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "diagnose/common_fix.h"
#include "diagnose/completeness.h"
#include "diagnose/fold.h"
#include "diagnose/intrusion.h"
#include "diagnose/rules.h"
#include "diagnose/verdict_text.h"
#include "kernel/errno.h"

namespace medic::diagnose {
namespace {

// Of equal weight stay in the order of the log: what was refused first may be why the rest was.
bool before(const Finding& a, const Finding& b) {
  const auto weight = [](const Finding& finding) {
    return std::make_pair(is_harmless(finding), -finding.rank);
  };
  return weight(a) < weight(b);
}

// In the order of the logs: what is folded under a cause is of the one who met it first.
void sort_by_place(const Case& c, std::vector<Finding>& findings) {
  std::unordered_map<std::string_view, std::size_t> inputs;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) inputs.try_emplace(c.inputs[i].path, i);
  const auto place = [&](const Finding& finding) -> std::pair<std::size_t, std::uint64_t> {
    if (finding.evidence.empty()) return {c.inputs.size(), 0};
    const auto input = inputs.find(finding.evidence.front().file);
    return {input == inputs.end() ? c.inputs.size() : input->second, finding.evidence.front().line};
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Finding& a, const Finding& b) { return place(a) < place(b); });
}

Diagnosis finish(const Case& c, std::vector<Finding> findings) {
  Diagnosis out;
  out.inputs = c.inputs;
  out.findings = std::move(findings);
  for (Finding& finding : out.findings) {
    // Rules resolve the kind after the common parts were filled.
    finding.id = finding.kind + finding.id.substr(finding.id.find('@'));
  }
  note_intrusions(c, out.findings);
  note_combinations(c, out.findings);
  sort_by_place(c, out.findings);
  fold_by_cause(out.findings, c.options.by);
  std::stable_sort(out.findings.begin(), out.findings.end(), before);
  out.completeness = completeness_of(c, out.findings);
  choose(out, c.options.choice);
  for (Finding& finding : out.findings) {
    finding.harmless = finding.denied && is_harmless(finding);
    finding.brief_fix = brief_fix(finding);
    finding.in_common_fix = is_in_common_fix(finding);
  }
  out.fix = common_fix(c, out.findings);
  for (const ledger::Observation& observation : c.ledger.observations())
    out.calls_seen += observation.count();
  return out;
}

// Does the profile answer what the call was answered anyway? Then nothing that worked breaks.
bool changes_nothing(const model::Outcome& outcome, const profile::Verdict& verdict) {
  if (outcome.kind != model::Outcome::Kind::Failed || outcome.error != kernel::kENOSYS)
    return false;
  return verdict.decision == profile::Decision::RuntimeEnosys ||
         (verdict.action == kernel::Action::Errno && verdict.errno_value == kernel::kENOSYS);
}

void replay(const Case& c, const Group& group, std::vector<Finding>& findings) {
  const ledger::Observation& first = *group.members.front();
  if (first.key().outcome.injected || is_before_filter(c.ledger, first)) return;
  const auto verdict = judge(c, group.syscall, first.key().args);
  if (verdict && (verdict->decision == profile::Decision::Allow ||
                  changes_nothing(first.key().outcome, *verdict)))
    return;
  Finding finding = finding_for(c, group, "denied");
  explain_denial(c, finding);
  finding.layer = Layer::Seccomp;
  const bool certain = verdict && verdict->decision != profile::Decision::Depends;
  finding.certainty = certain ? model::Certainty::Inferred : model::Certainty::Suspected;
  const int seen = finding.outcome.kind == model::Outcome::Kind::Failed ? finding.outcome.error : 0;
  finding.outcome = model::Outcome{};
  finding.outcome.kind = model::Outcome::Kind::Denied;
  if (verdict) {
    finding.outcome.action = verdict->action;
    finding.outcome.error = verdict->action == kernel::Action::Errno ? verdict->errno_value : 0;
    finding.summary =
        fmt::format("{} {} {}. {}.", file_name_of(c), certain ? "would deny" : "may deny",
                    call_name(group.syscall), sentence(verdict->why));
    // The line that is quoted shows another errno: then none is named.
    if (seen != 0 && seen != finding.outcome.error) {
      finding.outcome.error = seen;
      finding.summary =
          fmt::format("{} {} {}, and otherwise than it was answered here.", file_name_of(c),
                      certain ? "would deny" : "may deny", call_name(group.syscall));
    }
  } else {
    finding.summary = fmt::format(
        "Whether {} denies {} cannot be known: its architecture or number is not known.",
        file_name_of(c), call_name(group.syscall));
  }
  finding.rank = certain ? 60 : 50;
  findings.push_back(std::move(finding));
}

}  // namespace

Diagnosis diagnose(const ledger::Ledger& ledger, const std::vector<ledger::InputAccount>& inputs,
                   const ProfileInUse* profile, const Options& options) {
  Case c{ledger, inputs, profile, options};
  c.archs = resolve_archs(ledger, inputs.size(), options.arch,
                          profile == nullptr ? nullptr : &profile->profile());
  c.groups = group_observations(c);
  std::vector<Finding> findings;
  for (const RuleRow& row : all_rules()) row.rule(c, findings);
  return finish(c, std::move(findings));
}

Diagnosis check(const ledger::Ledger& ledger, const std::vector<ledger::InputAccount>& inputs,
                const ProfileInUse& profile, const Options& options) {
  Case c{ledger, inputs, &profile, options};
  c.archs = resolve_archs(ledger, inputs.size(), options.arch, &profile.profile());
  std::vector<Finding> findings;
  c.groups = group_observations(c);
  for (const Group& group : c.groups) replay(c, group, findings);
  Diagnosis out = finish(c, std::move(findings));
  out.is_replay = true;
  return out;
}

}  // namespace medic::diagnose
