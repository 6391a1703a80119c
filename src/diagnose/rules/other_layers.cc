// Denials that SELinux, AppArmor and other layers wrote down themselves.
#include <fmt/format.h>

#include "diagnose/diagnose.h"

namespace medic::diagnose {
namespace {

using From = model::LayerDenial::Layer;

Layer layer_of(const ledger::LayerDenial& denial) {
  if (denial.capability >= 0) return Layer::Capability;
  switch (denial.layer) {
    case From::Selinux: return Layer::Selinux;
    case From::Apparmor: return Layer::Apparmor;
    case From::Capability: return Layer::Capability;
    case From::Landlock:
    case From::Ipe:
    case From::Integrity:
    case From::Other: return Layer::Other;
  }
  return Layer::Other;
}

Remedy remedy_of(const ledger::LayerDenial& denial, Layer layer) {
  switch (layer) {
    case Layer::Apparmor:
      return {RemedyKind::ApparmorRule, fmt::format("No seccomp profile can change this. If the access is needed, then permit it in the AppArmor profile {}: {} {}.", denial.profile, denial.target, denial.permission)};
    case Layer::Selinux:
      return {RemedyKind::SelinuxLabel, "No seccomp profile can change this. If it is a mounted volume, then mount it with :z (shared) or :Z (private); otherwise `audit2why` names the boolean or rule."};
    case Layer::Capability:
      return {RemedyKind::GrantCapability, "No seccomp profile can change this. If the container may have the capability, then grant it (--cap-add)."};
    default: return {RemedyKind::None, "No seccomp profile can change this."};
  }
}

}  // namespace

void other_layers(const Case& subject, std::vector<Finding>& findings) {
  for (const ledger::LayerDenial& denial : subject.ledger.layer_denials()) {
    Finding finding;
    finding.kind = "other-layer";
    finding.layer = layer_of(denial);
    finding.subject.pid = denial.pid;
    finding.subject.comm = subject.ledger.text(denial.subject.comm);
    finding.subject.exe = subject.ledger.text(denial.subject.exe);
    finding.subject.label = denial.profile;
    finding.subject.host = subject.ledger.text(denial.subject.host);
    finding.certainty = model::Certainty::Stated;
    finding.denied = denial.enforced;
    finding.count = denial.count;
    finding.first = denial.first;
    finding.last = denial.last;
    for (const ledger::Example& example : denial.examples) {
      const std::string path = example.origin.input < subject.inputs.size() ? subject.inputs[example.origin.input].path : "";
      finding.evidence.push_back({path, example.origin.line, example.text});
    }
    finding.outcome.kind = model::Outcome::Kind::Failed;
    finding.outcome.error = 0;
    finding.id = stable_id(finding.kind, {json_name(finding.layer), denial.operation, denial.permission, denial.profile, denial.target, denial.target_context, finding.subject.comm});
    finding.rank = denial.enforced ? 50 : 4;
    finding.summary = fmt::format("{} {} {}{}{}{}.", json_name(finding.layer), denial.enforced ? "denied" : "would deny (not enforced)", denial.operation,
                                  denial.permission.empty() ? "" : " (" + denial.permission + ")", denial.target.empty() ? "" : " on " + denial.target,
                                  denial.target_context.empty() ? "" : " labelled " + denial.target_context);
    finding.remedy = remedy_of(denial, finding.layer);
    findings.push_back(std::move(finding));
  }
}

}  // namespace medic::diagnose
