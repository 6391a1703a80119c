#include "diagnose/diagnose.h"

#include <fmt/format.h>

#include <algorithm>

#include "diagnose/verdict_text.h"
#include "kernel/errno.h"

namespace medic::diagnose {
namespace {

std::string loss_words(const ledger::Loss& loss) {
  using Kind = model::Loss::Kind;
  switch (loss.kind) {
    case Kind::Suppressed: return fmt::format("the kernel's log suppressed {} lines (printk rate limit)", loss.count);
    case Kind::Lost: return fmt::format("audit lost {} records", loss.count);
    case Kind::Backlog: return "the audit backlog overflowed";
    case Kind::SerialGap: return fmt::format("{} audit serial numbers are missing", loss.count);
    case Kind::Truncated: return "lines or strings were cut by the writer";
    case Kind::Detached: return "strace let go of a process while it ran";
    case Kind::ConfigChange: return "what the kernel logs was changed during the recording: " + loss.text;
    case Kind::Rotation: return "a rotated log is missing";
    case Kind::Other: return loss.text;
  }
  return {};
}

Completeness completeness_of(const Case& subject) {
  Completeness out;
  for (const ledger::Loss& loss : subject.ledger.losses()) out.reasons.push_back(loss_words(loss) + ".");
  for (const ledger::InputAccount& input : subject.inputs) {
    if (input.damaged > 0) out.reasons.push_back(fmt::format("{} lines of {} could not be read.", input.damaged, input.path));
    if (!input.problem.empty()) out.reasons.push_back(fmt::format("{} {}.", input.path, input.problem));
  }
  if (subject.ledger.folded() > 0) out.reasons.push_back("More different calls than are told apart: some lost their process and arguments.");
  if (!out.reasons.empty()) {
    out.verdict = Completeness::Verdict::Incomplete;
    return out;
  }
  const bool has_trace = std::any_of(subject.inputs.begin(), subject.inputs.end(), [](const ledger::InputAccount& input) {
    return input.dialect == "strace" || input.dialect == "capture";
  });
  if (has_trace) {
    out.verdict = Completeness::Verdict::Complete;
    out.reasons.emplace_back("The trace has no gap; it tells of the traced processes and of this run alone.");
    return out;
  }
  out.verdict = Completeness::Verdict::Unknown;
  out.reasons.emplace_back("Audit logs hold denials only where the kernel was asked to log them: ERRNO and TRAP denials need SECCOMP_FILTER_FLAG_LOG in the profile's flags, which Docker and Podman do not set. "
                           "Absence of records is not absence of denials; `seccomp-medic complain PROFILE` makes a profile whose denials are logged.");
  return out;
}

bool before(const Finding& a, const Finding& b) {
  const auto place = [](const Finding& finding) {
    return std::make_tuple(-finding.rank, -static_cast<int>(finding.risk.level), ~finding.count, call_name(finding.syscall), finding.id);
  };
  return place(a) < place(b);
}

Diagnosis finish(const Case& subject, std::vector<Finding> findings) {
  Diagnosis out;
  out.inputs = subject.inputs;
  out.findings = std::move(findings);
  for (Finding& finding : out.findings) {
    // Rules settle the kind after the common parts were filled.
    finding.id = finding.kind + finding.id.substr(finding.id.find('@'));
  }
  std::stable_sort(out.findings.begin(), out.findings.end(), before);
  out.completeness = completeness_of(subject);
  for (const ledger::Observation& observation : subject.ledger.observations()) out.calls_seen += observation.count;
  return out;
}

// Does the profile answer what the call was answered anyway? Then nothing that worked breaks.
bool changes_nothing(const model::Outcome& outcome, const profile::Verdict& verdict) {
  if (outcome.kind != model::Outcome::Kind::Failed || outcome.error != kernel::kENOSYS) return false;
  return verdict.decision == profile::Decision::RuntimeEnosys || (verdict.action == kernel::Action::Errno && verdict.errno_value == kernel::kENOSYS);
}

void replay(const Case& subject, const Group& group, std::vector<Finding>& findings) {
  const ledger::Observation& first = *group.members.front();
  if (first.key.outcome.injected || is_before_filter(subject.ledger, first)) return;
  const auto verdict = judge(subject, group.syscall, first.key.args);
  if (verdict && (verdict->decision == profile::Decision::Allow || changes_nothing(first.key.outcome, *verdict))) return;
  Finding finding = finding_for(subject, group, "denied");
  explain_denial(subject, finding);
  finding.layer = Layer::Seccomp;
  const bool certain = verdict && verdict->decision != profile::Decision::Depends;
  finding.certainty = certain ? model::Certainty::Inferred : model::Certainty::Suspected;
  finding.outcome = model::Outcome{};
  finding.outcome.kind = model::Outcome::Kind::Denied;
  if (verdict) {
    finding.outcome.action = verdict->action;
    finding.outcome.error = verdict->action == kernel::Action::Errno ? verdict->errno_value : 0;
    finding.summary = fmt::format("{} {} {}. {}", file_name_of(subject), certain ? "would deny" : "may deny", call_name(group.syscall), verdict->why);
  } else {
    finding.summary = fmt::format("Whether {} denies {} cannot be told: its architecture or number is not known.", file_name_of(subject), call_name(group.syscall));
  }
  finding.rank = certain ? 60 : 50;
  findings.push_back(std::move(finding));
}

}  // namespace

Diagnosis diagnose(const ledger::Ledger& ledger, const std::vector<ledger::InputAccount>& inputs, const ProfileInUse* profile, const Options& options) {
  Case subject{ledger, inputs, profile, options, kernel::Arch::Unknown, {}};
  std::tie(subject.assumed_arch, subject.arch_reason) = settle_arch(ledger, options.arch, profile == nullptr ? nullptr : &profile->profile());
  std::vector<Finding> findings;
  for (const RuleRow& row : all_rules()) row.rule(subject, findings);
  return finish(subject, std::move(findings));
}

Diagnosis check(const ledger::Ledger& ledger, const std::vector<ledger::InputAccount>& inputs, const ProfileInUse& profile, const Options& options) {
  Case subject{ledger, inputs, &profile, options, kernel::Arch::Unknown, {}};
  std::tie(subject.assumed_arch, subject.arch_reason) = settle_arch(ledger, options.arch, &profile.profile());
  std::vector<Finding> findings;
  if (!ledger.observations().empty()) {
    for (const Group& group : group_observations(subject)) replay(subject, group, findings);
  }
  return finish(subject, std::move(findings));
}

}  // namespace medic::diagnose
