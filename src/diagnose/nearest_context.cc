#include "diagnose/nearest_context.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "kernel/errno.h"
#include "kernel/knowledge.h"

namespace medic::diagnose {
namespace {

using profile::Context;
using profile::Decision;

// One way in which a call was answered, once for all that were answered so.
struct Seen {
  kernel::Call call;
  kernel::NameId name = kernel::kNoName;
  int error = 0;  // 0: it succeeded
};

constexpr std::size_t kMostSeen = 4096;  // more different answers decide nothing more

std::vector<Seen> answers_in(const Case& c) {
  std::vector<Seen> out;
  std::set<std::tuple<kernel::Arch, std::int32_t, kernel::Args, int>> known;
  using Kind = model::Outcome::Kind;
  for (const ledger::Observation& each : c.ledger.observations()) {
    const ledger::Key& key = each.key();
    const bool failed = key.outcome.kind == Kind::Failed;
    if ((!failed && key.outcome.kind != Kind::Returned) || key.outcome.injected ||
        (failed && key.reached_kernel) || is_before_filter(c.ledger, each))
      continue;
    const model::SyscallRef call = resolved(c, each);
    if (call.arch == kernel::Arch::Unknown || !call.has_number) continue;
    const int error = failed ? key.outcome.error : 0;
    if (out.size() >= kMostSeen || !known.insert({call.arch, call.number, key.args, error}).second)
      continue;
    out.push_back({{{call.arch, call.number}, key.args}, call.name, error});
  }
  return out;
}

struct Score {
  std::size_t explained = 0, contradicted = 0;
};

Score score_of(const std::vector<Seen>& seen, const profile::Profile& profile,
               const Context& context) {
  const ProfileInUse in_use(profile, context);
  Score out;
  for (const Seen& each : seen) {
    const profile::Evaluator* evaluator = in_use.on(kernel::info(each.call.id.arch).parent);
    if (evaluator == nullptr) continue;
    const profile::Verdict verdict = evaluator->evaluate(each.call);
    const bool denies =
        verdict.decision != Decision::Allow && verdict.decision != Decision::Depends;
    if (each.error != 0 && gives_errno(verdict, each.error)) ++out.explained;
    if (each.error == 0 && denies) ++out.contradicted;
  }
  return out;
}

struct Candidate {
  Context context;
  std::vector<Assumption> assumptions;
};

// The release before the one that brought a name.
kernel::LibseccompVersion before(kernel::LibseccompVersion version) {
  if (version.patch > 0) return {version.major, version.minor, version.patch - 1};
  constexpr int kAnyPatch = 99;
  return {version.major, version.minor - 1, kAnyPatch};
}

void without_stub(Candidate& candidate) {
  candidate.context.runtime = profile::Runtime::Crun;
  candidate.assumptions.push_back(
      {"runtime", "runc before 1.0.0-rc93, or crun",
       "a newer runc answers ENOSYS to calls that are newer than the profile, and the log shows "
       "another errno"});
}

void with_libseccomp(Candidate& candidate, const kernel::LibseccompVersion& first) {
  candidate.context.libseccomp = before(first);
  candidate.assumptions.push_back(
      {"libseccomp", fmt::format("older than {}.{}.{}", first.major, first.minor, first.patch),
       "such a one drops names that it does not know from the profile, and the log shows them "
       "refused"});
}

std::vector<Candidate> candidates_of(const std::vector<Seen>& seen, const profile::Profile& profile,
                                     const Context& assumed, const ContextFacts& facts) {
  std::vector<Candidate> out{{assumed, {}}};
  const bool may_lack_stub =
      !facts.runtime && !profile.own_tool && assumed.runtime == profile::Runtime::Runc;
  if (may_lack_stub) {
    out.push_back({assumed, {}});
    without_stub(out.back());
  }
  if (facts.libseccomp) return out;
  std::map<std::tuple<int, int, int>, kernel::LibseccompVersion> releases;
  for (const Seen& each : seen) {
    if (each.error == 0) continue;
    if (const auto first = kernel::first_libseccomp(each.name))
      releases.try_emplace({first->major, first->minor, first->patch}, *first);
  }
  const std::size_t plain = out.size();
  for (const auto& [key, first] : releases) {
    for (std::size_t i = 0; i < plain; ++i) {
      Candidate next = out[i];
      with_libseccomp(next, first);
      out.push_back(std::move(next));
    }
  }
  return out;
}

// Calls that succeeded although the profile permits them with a capability alone: the container has
// it.
void add_capabilities(const std::vector<Seen>& seen, const profile::Profile& profile,
                      Candidate& candidate) {
  const ProfileInUse in_use(profile, candidate.context);
  std::set<std::string> caps;
  for (const Seen& each : seen) {
    if (each.error != 0) continue;
    const profile::Evaluator* evaluator = in_use.on(kernel::info(each.call.id.arch).parent);
    if (evaluator == nullptr) continue;
    const profile::Verdict verdict = evaluator->evaluate(each.call);
    if (verdict.decision == Decision::Gated && !verdict.missing_caps.empty() &&
        verdict.missing_caps.front().find('+') == std::string::npos)
      caps.insert(verdict.missing_caps.front());
  }
  if (caps.empty()) return;
  candidate.context.caps.insert(caps.begin(), caps.end());
  for (const std::string& cap : caps)
    candidate.assumptions.push_back(
        {"capabilities", "the container has " + cap,
         "a call succeeded that the profile permits with that capability alone"});
}

}  // namespace

bool gives_errno(const profile::Verdict& verdict, int error) {
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
    // Without a tracer or a listener the kernel answers ENOSYS (kernel/seccomp.c
    // __seccomp_filter).
    case kernel::Action::Trace:
    case kernel::Action::Notify: return error == kernel::kENOSYS;
    default: return false;
  }
}

NearestContext nearest_context(const ledger::Ledger& ledger, const std::vector<ArchChoice>& archs,
                               const profile::Profile& profile, const profile::Context& assumed,
                               const ContextFacts& facts) {
  const std::vector<ledger::InputAccount> no_inputs;
  const Options options;
  Case c{ledger, no_inputs, nullptr, options};
  c.archs = archs;
  const std::vector<Seen> seen = answers_in(c);
  std::vector<Candidate> candidates = candidates_of(seen, profile, assumed, facts);
  const Score plain = score_of(seen, profile, assumed);
  const Candidate* best = &candidates.front();
  std::size_t most = plain.explained;
  for (const Candidate& each : candidates) {
    if (each.assumptions.empty()) continue;
    const Score score = score_of(seen, profile, each.context);
    if (score.contradicted > plain.contradicted || score.explained <= most) continue;
    most = score.explained;
    best = &each;
  }
  Candidate chosen = *best;
  if (!facts.caps) add_capabilities(seen, profile, chosen);
  return {std::move(chosen.context), std::move(chosen.assumptions)};
}

}  // namespace medic::diagnose
