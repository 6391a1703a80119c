// A core-dump record with SIGSYS and no SECCOMP record: a TRAP whose filter does not log, or a SIGSYS that somebody sent.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/diagnose.h"
#include "kernel/errno.h"

namespace medic::diagnose {

namespace {

bool kills(const ledger::Observation& other) {
  const model::Outcome& outcome = other.key().outcome;
  return outcome.kind == model::Outcome::Kind::Killed || outcome.action == kernel::Action::KillProcess ||
         outcome.action == kernel::Action::KillThread || outcome.action == kernel::Action::Trap;
}

// A shell's `Bad system call` and a service manager's `status=31/SYS` say again, without the process, what the log says above.
bool is_of(const ledger::Observation& other, const ledger::Abend& abend) {
  constexpr std::int64_t kNear = 5'000'000'000;
  const model::Time a = other.first(), last = other.last(), b = abend.example.time;
  const bool dated = a.basis == model::Time::Basis::Epoch && b.basis == model::Time::Basis::Epoch;
  return !dated || (b.ns - a.ns < kNear && a.ns - b.ns < kNear) || (last.ns - b.ns < kNear && b.ns - last.ns < kNear);
}

bool is_undated(const ledger::Observation& other, const ledger::Abend& abend) {
  return other.first().basis != model::Time::Basis::Epoch && abend.example.time.basis != model::Time::Basis::Epoch;
}

// A death whose call the log has: by the same process; or, in a trace without dates, of a thread that died with the one that called.
bool explains(const ledger::Observation& other, const ledger::Abend& abend) {
  const model::Outcome::Kind kind = other.key().outcome.kind;
  if (kind != model::Outcome::Kind::Denied && kind != model::Outcome::Kind::Killed) return false;
  if (abend.pid < 0) return kills(other) && is_of(other, abend);
  if (other.process() == abend.subj.process && abend.subj.process != attribute::kNoProcess) return true;
  const bool same_input = other.examples().front().origin.input == abend.example.origin.input;
  return kills(other) && same_input && is_undated(other, abend);
}

}  // namespace

void abends(const Case& c, std::vector<Finding>& findings) {
  for (const ledger::Abend& abend : c.ledger.abends()) {
    if (abend.signal != kernel::kSIGSYS) continue;
    const auto& seen = c.ledger.observations();
    const bool explained = std::any_of(seen.begin(), seen.end(), [&](const auto& other) { return explains(other, abend); });
    if (explained) continue;
    Finding finding;
    finding.kind = "abend-sigsys";
    finding.who.pid = abend.pid;
    finding.who.comm = c.ledger.text(abend.subj.comm);
    finding.who.exe = c.ledger.text(abend.subj.exe);
    finding.who.label = c.ledger.text(abend.subj.label);
    finding.who.host = c.ledger.text(abend.subj.host);
    describe_owner(c, abend.subj, {abend.example.time, abend.example.time}, finding.who);
    finding.outcome.kind = model::Outcome::Kind::Killed;
    finding.outcome.signal = abend.signal;
    finding.layer = Layer::Seccomp;
    finding.certainty = model::Certainty::Suspected;
    finding.count = abend.count;
    finding.first = finding.last = abend.example.time;
    const std::string path =
        abend.example.origin.input < c.inputs.size() ? c.inputs[abend.example.origin.input].path : "";
    finding.evidence.push_back({path, abend.example.origin.line, abend.example.text});
    finding.id = stable_id(finding.kind, {});
    finding.rank = 75;
    finding.summary =
        "The process died of SIGSYS, and no SECCOMP record says the call: a filter whose action is SCMP_ACT_TRAP and which does "
        "not log, or a signal sent by somebody.";
    finding.remedy = {RemedyKind::None,
                      "If you want to know the call, then run it once under `strace -f -o trace.log PROGRAM`, whose SIGSYS line "
                      "names it, or under the profile that `seccomp-medic complain PROFILE` makes."};
    findings.push_back(std::move(finding));
  }
}

}  // namespace medic::diagnose
