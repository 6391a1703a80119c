// A core-dump record with SIGSYS and no SECCOMP record: a TRAP whose filter does not log, or a SIGSYS that somebody sent.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/diagnose.h"
#include "kernel/errno.h"

namespace medic::diagnose {

void abends(const Case& subject, std::vector<Finding>& findings) {
  for (const ledger::Abend& abend : subject.ledger.abends()) {
    if (abend.signal != kernel::kSIGSYS) continue;
    const bool explained = std::any_of(subject.ledger.observations().begin(), subject.ledger.observations().end(),
                                       [&](const ledger::Observation& other) {
                                         return other.key().outcome.kind == model::Outcome::Kind::Denied &&
                                                other.life() == abend.subject.life && abend.subject.life != attribute::kNoLife;
                                       });
    if (explained) continue;
    Finding finding;
    finding.kind = "abend-sigsys";
    finding.subject.pid = abend.pid;
    finding.subject.comm = subject.ledger.text(abend.subject.comm);
    finding.subject.exe = subject.ledger.text(abend.subject.exe);
    finding.subject.label = subject.ledger.text(abend.subject.label);
    finding.subject.host = subject.ledger.text(abend.subject.host);
    tell_owner(subject, abend.subject, {abend.example.time, abend.example.time}, finding.subject);
    finding.outcome.kind = model::Outcome::Kind::Killed;
    finding.outcome.signal = abend.signal;
    finding.layer = Layer::Seccomp;
    finding.certainty = model::Certainty::Suspected;
    finding.count = abend.count;
    finding.first = finding.last = abend.example.time;
    const std::string path =
        abend.example.origin.input < subject.inputs.size() ? subject.inputs[abend.example.origin.input].path : "";
    finding.evidence.push_back({path, abend.example.origin.line, abend.example.text});
    finding.id =
        stable_id(finding.kind, {finding.subject.comm, finding.subject.exe, finding.subject.label, finding.subject.host});
    finding.rank = 75;
    finding.summary =
        "The process died of SIGSYS, and no SECCOMP record tells the call: a filter whose action is SCMP_ACT_TRAP and which does "
        "not log, or a signal sent by somebody.";
    finding.remedy = {RemedyKind::None,
                      "If you want to know the call, then run it once under `strace -f -o trace.log PROGRAM`, whose SIGSYS line "
                      "names it, or under the profile that `seccomp-medic complain PROFILE` makes."};
    findings.push_back(std::move(finding));
  }
}

}  // namespace medic::diagnose
