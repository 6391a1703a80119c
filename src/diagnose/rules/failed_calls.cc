// Calls that failed with an errno which a filter may have given: told from the kernel's own refusals by the profile and by what the kernel can answer.
#include <fmt/format.h>

#include "diagnose/verdict_text.h"
#include "kernel/errno.h"

namespace medic::diagnose {
namespace {

using profile::Decision;

// Would the profile have given exactly this errno?
bool profile_gives(const profile::Verdict& verdict, int error) {
  switch (verdict.decision) {
    case Decision::Deny:
    case Decision::Gated:
    case Decision::Depends: break;
    case Decision::RuntimeEnosys: return error == kernel::kENOSYS;
    case Decision::BadArch:
    case Decision::Allow: return false;
  }
  switch (verdict.action) {
    case kernel::Action::Errno: return verdict.errno_value == error;
    // Without a tracer or a listener the kernel answers ENOSYS (kernel/seccomp.c __seccomp_filter).
    case kernel::Action::Trace:
    case kernel::Action::Notify: return error == kernel::kENOSYS;
    default: return false;
  }
}

bool succeeded_elsewhere(const Case& subject, const Group& failed) {
  for (const ledger::Observation& other : subject.ledger.observations()) {
    const bool same_call = other.key.syscall.name == failed.syscall.name && failed.syscall.name != kernel::kNoName && other.key.args == failed.members.front()->key.args;
    if (same_call && other.key.outcome.kind == model::Outcome::Kind::Returned && !is_before_filter(subject.ledger, other) &&
        other.key.subject.life == failed.members.front()->key.subject.life) {
      return true;
    }
  }
  return false;
}

void suspected(const Case& subject, const Group& group, Finding& finding) {
  explain_denial(subject, finding);
  finding.layer = Layer::Seccomp;
  finding.certainty = model::Certainty::Suspected;
  finding.rank = 70;
  finding.summary = fmt::format("{} failed with {}, which is what {} answers. {}", call_name(finding.syscall), kernel::errno_text(finding.outcome.error),
                                file_name_of(subject), finding.verdict->why);
  if (succeeded_elsewhere(subject, group)) {
    finding.notes.emplace_back("The same call succeeded elsewhere in this log, so the profile given may not be the one in force, or the kernel itself refused this one.");
    finding.rank = 40;
  }
  if (kernel::native_eperm(group.syscall.name, kernel::Args{}) == kernel::NativeEperm::Never && finding.outcome.error == kernel::kEPERM) {
    finding.notes.emplace_back("The kernel has no reason of its own to answer EPERM to this call, which makes the filter very likely.");
  } else {
    const std::string_view capability = kernel::capability_for(group.syscall.name, group.members.front()->key.args);
    if (!capability.empty()) {
      finding.notes.push_back(fmt::format("The kernel asks for {} as well: permitting the call in the profile does not help a container that lacks it.", capability));
    }
  }
  finding.notes.emplace_back("To be sure: run once under `seccomp-medic complain PROFILE`, whose denials the kernel logs.");
}

void not_seccomp(const Case& subject, Finding& finding) {
  const std::string name = call_name(finding.syscall);
  const std::string_view capability = kernel::capability_for(finding.syscall.name, finding.args.value_or(kernel::Args{}));
  finding.kind = "failed-not-seccomp";
  finding.certainty = model::Certainty::Suspected;
  finding.rank = 30;
  const std::string error = kernel::errno_text(finding.outcome.error);
  if (finding.outcome.error == kernel::kEACCES) {
    finding.layer = Layer::Dac;
    finding.remedy = {RemedyKind::FilePermission, "If the file should be accessible, then look at its owner and mode, at the folders above it, and at AppArmor and SELinux denials of the same moment."};
  } else if (!capability.empty()) {
    finding.layer = Layer::Capability;
    finding.remedy = {RemedyKind::GrantCapability, fmt::format("If the container may have it, then grant {} (--cap-add {}).", capability, capability.substr(4))};
  } else {
    finding.layer = Layer::Unknown;
    finding.remedy = {RemedyKind::None, "Look at ownership, at capabilities and at the denials of AppArmor and SELinux of the same moment."};
  }
  finding.summary = subject.profile != nullptr && finding.verdict
                        ? fmt::format("{} failed with {}, but {} permits it: the kernel itself or another layer refused it, not this profile.", name, error, file_name_of(subject))
                        : fmt::format("{} reached the kernel and failed there with {}: no seccomp filter stood in its way.", name, error);
}

void without_profile(Finding& finding) {
  const std::string name = call_name(finding.syscall);
  finding.certainty = model::Certainty::Suspected;
  if (kernel::native_eperm(finding.syscall.name, finding.args.value_or(kernel::Args{})) == kernel::NativeEperm::Never) {
    finding.kind = "failed-suspicious";
    finding.layer = Layer::Seccomp;
    finding.rank = 65;
    finding.summary = fmt::format("{} failed with EPERM, which the kernel has no reason of its own to answer: a seccomp filter is suspected.", name);
    finding.remedy = {RemedyKind::AddSyscall, "Name the profile that the container runs under with --profile; `repair` then mends it."};
    return;
  }
  finding.kind = "failed-unknown";
  finding.rank = 20;
  const std::string_view capability = kernel::capability_for(finding.syscall.name, finding.args.value_or(kernel::Args{}));
  finding.layer = Layer::Unknown;
  finding.summary = fmt::format("{} failed with EPERM: a seccomp filter{} or the kernel's own rules can be the reason.", name,
                                capability.empty() ? "" : fmt::format(", the missing capability {}", capability));
  finding.remedy = {RemedyKind::None, "Name the profile with --profile: it tells whether the filter denies this call."};
}

bool is_interesting(const Case& subject, const ledger::Observation& observation, const std::optional<profile::Verdict>& verdict) {
  const model::Outcome& outcome = observation.key.outcome;
  if (outcome.injected || is_before_filter(subject.ledger, observation)) return false;
  const bool fakes_success = outcome.kind == model::Outcome::Kind::Returned && outcome.value == 0 && verdict && verdict->decision == Decision::Deny &&
                             verdict->action == kernel::Action::Errno && verdict->errno_value == 0;
  if (fakes_success) return true;
  if (outcome.kind != model::Outcome::Kind::Failed) return false;
  if (verdict && profile_gives(*verdict, outcome.error)) return true;
  return outcome.error == kernel::kEPERM || (outcome.error == kernel::kEACCES && verdict.has_value());
}

}  // namespace

void failed_calls(const Case& subject, std::vector<Finding>& findings) {
  if (subject.ledger.observations().empty()) return;
  for (const Group& group : group_observations(subject)) {
    const ledger::Observation& first = *group.members.front();
    if (first.key.outcome.kind != model::Outcome::Kind::Failed && first.key.outcome.kind != model::Outcome::Kind::Returned) continue;
    const auto verdict = judge(subject, group.syscall, first.key.args);
    if (first.key.reached_kernel) {
      if (first.key.outcome.kind != model::Outcome::Kind::Failed || (first.key.outcome.error != kernel::kEPERM && first.key.outcome.error != kernel::kEACCES)) continue;
    } else if (!is_interesting(subject, first, verdict)) {
      continue;
    }
    Finding finding = finding_for(subject, group, "failed-unknown");
    if (first.key.reached_kernel) {
      finding.verdict.reset();
      not_seccomp(subject, finding);
    } else if (verdict && (first.key.outcome.kind == model::Outcome::Kind::Returned || profile_gives(*verdict, first.key.outcome.error))) {
      suspected(subject, group, finding);
    } else if (verdict) {
      not_seccomp(subject, finding);
    } else {
      without_profile(finding);
    }
    findings.push_back(std::move(finding));
  }
}

}  // namespace medic::diagnose
