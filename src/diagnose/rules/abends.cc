// A core-dump record with SIGSYS and no SECCOMP record: a TRAP whose filter does not log, or a
// SIGSYS that somebody sent.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "diagnose/whose_filter.h"
#include "kernel/errno.h"

namespace medic::diagnose {

namespace {

bool kills(const ledger::Observation& other) {
  const model::Outcome& outcome = other.key().outcome;
  return outcome.kind == model::Outcome::Kind::Killed ||
         outcome.action == kernel::Action::KillProcess ||
         outcome.action == kernel::Action::KillThread || outcome.action == kernel::Action::Trap;
}

bool is_dated(const model::Time& time) { return time.basis == model::Time::Basis::Epoch; }

// The calls that explain deaths, gathered once: a log may have as many deaths as calls.
class Explanations {
 public:
  explicit Explanations(const ledger::Ledger& ledger) {
    for (const ledger::Observation& each : ledger.observations()) {
      const model::Outcome::Kind kind = each.key().outcome.kind;
      if (kind != model::Outcome::Kind::Denied && kind != model::Outcome::Kind::Killed) continue;
      if (each.process() != attribute::kNoProcess) processes_.insert(each.process());
      if (kills(each)) add_kill(each);
    }
    std::sort(kills_ns_.begin(), kills_ns_.end());
  }

  // By a call of the same process; or, in a trace without dates, of a thread that died with the one
  // that called.
  bool explain(const ledger::Abend& abend) const {
    if (abend.pid < 0) return explain_nobodys(abend.example.time);
    if (processes_.contains(abend.subj.process)) return true;
    return !is_dated(abend.example.time) && undated_inputs_.contains(abend.example.origin.input);
  }

 private:
  void add_kill(const ledger::Observation& kill) {
    any_kill_ = true;
    if (!is_dated(kill.first())) {
      undated_inputs_.insert(kill.examples().front().origin.input);
      return;
    }
    kills_ns_.push_back(kill.first().ns);
    kills_ns_.push_back(kill.last().ns);
  }

  // A shell's `Bad system call` and a service manager's `status=31/SYS` repeat, without the
  // process, what the log says above.
  bool explain_nobodys(const model::Time& when) const {
    constexpr std::int64_t kNear = 5'000'000'000;
    if (!is_dated(when) || !undated_inputs_.empty()) return any_kill_;
    const auto next = std::upper_bound(kills_ns_.begin(), kills_ns_.end(), when.ns - kNear);
    return next != kills_ns_.end() && *next - when.ns < kNear;
  }

  std::unordered_set<attribute::ProcessIndex> processes_;  // that a filter denied something
  std::unordered_set<std::uint32_t> undated_inputs_;       // with a kill that has no date
  std::vector<std::int64_t> kills_ns_;  // sorted; first and last of each dated kill
  bool any_kill_ = false;
};

}  // namespace

void abends(const Case& c, std::vector<Finding>& findings) {
  if (c.ledger.abends().empty()) return;
  const Explanations explanations(c.ledger);
  for (const ledger::Abend& abend : c.ledger.abends()) {
    if (abend.signal != kernel::kSIGSYS) continue;
    if (explanations.explain(abend)) continue;
    Finding finding;
    finding.kind = "abend-sigsys";
    finding.who.pid = abend.pid;
    finding.who.comm = c.ledger.text(abend.subj.comm);
    finding.who.exe = c.ledger.text(abend.subj.exe);
    finding.who.label = label_of(c.ledger, abend.subj);
    finding.who.process = abend.subj.process;
    if (abend.subj.process != attribute::kNoProcess) finding.who.members = {abend.subj.process};
    finding.who.host = c.ledger.text(abend.subj.host);
    describe_owner(c, abend.subj, {abend.example.time, abend.example.time}, finding.who);
    finding.outcome.kind = model::Outcome::Kind::Killed;
    finding.outcome.signal = abend.signal;
    finding.layer = Layer::Seccomp;
    // The service manager itself says how its service died; a SIGSYS that somebody sent is rare.
    const bool by_manager = abend.example.text.find("status=31/SYS") != std::string::npos;
    finding.certainty = by_manager ? model::Certainty::Inferred : model::Certainty::Suspected;
    take_provenance(abend.provenance, finding);
    finding.count = abend.count;
    finding.first = finding.last = abend.example.time;
    const std::string path = abend.example.origin.input < c.inputs.size()
                                 ? c.inputs[abend.example.origin.input].path
                                 : "";
    finding.evidence.push_back({path, abend.example.origin.line, abend.example.text});
    finding.id = stable_id(finding.kind, {});
    finding.rank = 75;
    finding.summary =
        "The process died of SIGSYS, and no SECCOMP record says the call: a filter whose action is "
        "SCMP_ACT_TRAP and which does "
        "not log, or a signal sent by somebody.";
    finding.remedy = {
        RemedyKind::None,
        "If you want to know the call, then run it once under `strace -f -o trace.log PROGRAM`, "
        "whose SIGSYS line "
        "names it, or under the profile that `seccomp-medic complain PROFILE` makes."};
    finding.who.process = abend.subj.process;
    name_filter_owner(c, std::nullopt, finding);
    findings.push_back(std::move(finding));
  }
}

}  // namespace medic::diagnose
