#include "infer_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "diagnose/diagnose.h"
#include "kernel/errno.h"

namespace medic {
namespace {

using attribute::Stage;
using profile::SeenCall;
using Kind = model::Outcome::Kind;

constexpr std::size_t kMostCalls = 2000;  // different ones; more decide nothing

// Errnos that a default profile of any engine answers with.
bool may_be_a_filters(int error) {
  constexpr int kEINVAL =
      22;  // asm-generic/errno-base.h: socket's audit family without CAP_AUDIT_WRITE
  return error == kernel::kEPERM || error == kernel::kENOSYS || error == kEINVAL;
}

std::vector<const profile::Engine*> engines_named(std::string_view owner_engine) {
  if (owner_engine == "kubernetes")
    return {profile::find_engine("containerd"), profile::find_engine("cri-o")};
  if (owner_engine == "nerdctl") return {profile::find_engine("containerd")};
  const profile::Engine* found = profile::find_engine(owner_engine);
  return found == nullptr ? std::vector<const profile::Engine*>{} : std::vector{found};
}

// What the filter made of it; nothing where nobody can know.
std::optional<SeenCall> seen_call(const ledger::Observation& observation, kernel::Arch assumed) {
  const model::SyscallRef& call = observation.key().syscall;
  const model::Outcome& outcome = observation.key().outcome;
  const kernel::Arch arch = call.arch == kernel::Arch::Unknown ? assumed : call.arch;
  if (arch == kernel::Arch::Unknown || outcome.injected) return std::nullopt;
  const auto number =
      call.has_number ? std::optional(call.number) : kernel::number_of(call.name, arch);
  if (!number) return std::nullopt;
  SeenCall out{{{arch, *number}, observation.key().args}, SeenCall::Outcome::Passed, 0};
  switch (outcome.kind) {
    case Kind::Returned: return out;
    case Kind::Failed:
      out.errno_value = outcome.error;
      if (may_be_a_filters(outcome.error)) out.outcome = SeenCall::Outcome::Either;
      return out;
    case Kind::Denied:
      if (kernel::lets_run(outcome.action)) return out;
      out.outcome = SeenCall::Outcome::Refused;
      out.errno_value = outcome.error;
      out.killed = outcome.action != kernel::Action::Errno;
      return out;
    case Kind::Killed:
    case Kind::Unfinished:
    case Kind::Seen: return std::nullopt;
  }
  return std::nullopt;
}

// Sorted and each once; a call that passed and failed alike says what it says twice.
class Evidence {
 public:
  std::vector<SeenCall> calls;
  std::set<std::string> engines;
  std::set<std::string> containers;
  bool may_be_refused = false;

  void add(const SeenCall& call, const attribute::Owner* owner) {
    const auto key = std::tuple(call.call.id, call.call.args, call.outcome, call.errno_value);
    if (owner != nullptr) {
      engines.insert(owner->engine);
      containers.insert(owner->id);
    }
    if (call.outcome != SeenCall::Outcome::Passed) may_be_refused = true;
    if (calls.size() < kMostCalls && keys_.insert(key).second) calls.push_back(call);
  }

 private:
  std::set<std::tuple<kernel::SyscallId, kernel::Args, SeenCall::Outcome, int>> keys_;
};

Evidence gather(const ledger::Ledger& ledger, const attribute::Attribution& owners,
                const InferWanted& wanted) {
  Evidence out;
  for (const ledger::Observation& observation : ledger.observations()) {
    if (diagnose::is_before_filter(ledger, observation)) continue;
    const attribute::Owner* owner =
        owners.owner(observation.process(), observation.first(), observation.last());
    if (owner != nullptr && !owner->is_container()) continue;
    if (owner == nullptr && !wanted.asked) continue;
    const ledger::Subject who = observation.subj();
    if (owners.stage(who.process, who.phase, ledger.text(who.comm), ledger.text(who.exe)) ==
        Stage::RuntimeInit)
      continue;
    if (const auto call = seen_call(observation, wanted.around.context.arch)) out.add(*call, owner);
  }
  return out;
}

const attribute::ContainerFact* fact_of(const attribute::SideFacts& facts,
                                        const Evidence& evidence) {
  if (evidence.containers.size() != 1) return nullptr;
  const auto found =
      std::find_if(facts.containers.begin(), facts.containers.end(), [&](const auto& each) {
        return !each.id.empty() && each.id == *evidence.containers.begin();
      });
  return found == facts.containers.end() ? nullptr : &*found;
}

void take_caps(const attribute::ContainerFact& fact, profile::Surroundings& around) {
  std::string text = "DEFAULT";
  for (const auto& [sign, list] : {std::pair{'-', &fact.cap_drop}, {'+', &fact.cap_add}}) {
    for (const std::string& each : *list) text += fmt::format(",{}{}", sign, each);
  }
  if (auto caps = profile::parse_caps(text)) {
    around.context.caps = std::move(*caps);
    around.caps_known = true;
  }
}

}  // namespace

std::optional<Inferred> infer_profile(const ledger::Ledger& ledger,
                                      const attribute::Attribution& owners,
                                      const attribute::SideFacts& facts, InferWanted wanted) {
  const Evidence evidence = gather(ledger, owners, wanted);
  if (!evidence.may_be_refused || evidence.engines.size() > 1) return std::nullopt;
  if (evidence.engines.empty() && !wanted.asked) return std::nullopt;
  if (!evidence.engines.empty()) wanted.around.engines = engines_named(*evidence.engines.begin());
  if (wanted.around.engines.empty() && !evidence.engines.empty()) return std::nullopt;
  const attribute::ContainerFact* fact = fact_of(facts, evidence);
  if (fact != nullptr && (fact->privileged || !fact->seccomp.empty())) return std::nullopt;
  const bool by_default = fact != nullptr && (fact->engine == "docker" || fact->engine == "podman");
  if (by_default && !wanted.around.caps_known) take_caps(*fact, wanted.around);
  Inferred out;
  out.match = profile::which_default(evidence.calls, wanted.around);
  out.name = out.match.best_name();
  out.because = profile::describe(out.match);
  const bool all_usual = std::all_of(out.match.fits.begin(), out.match.fits.end(),
                                     [](const auto& fit) { return fit.usual_libseccomp; });
  if (by_default && all_usual && !out.name.empty()) out.certainty = model::Certainty::Inferred;
  return out;
}

}  // namespace medic
