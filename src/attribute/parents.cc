#include "attribute/parents.h"

#include <algorithm>

namespace medic::attribute {
namespace {

using Role = RuntimeCommand::Role;

constexpr std::size_t kMaxTries = 256;  // of lives with one number: more than a log that is no attack has within a second

bool begins_after(const Life& life, const model::Origin& origin, const model::Time& time) {
  using Basis = model::Time::Basis;
  if (life.first_time.basis == Basis::Epoch && time.basis == Basis::Epoch) return life.first_time.ns > time.ns;
  return std::pair(life.first.input, life.first.line) > std::pair(origin.input, origin.line);
}
bool begins_after(const Life& life, const Life& other) { return begins_after(life, other.first, other.first_time); }

}  // namespace

Parents::Parents(const ProcessTable& table) : table_(table) {
  for (LifeIndex i = 0; i < table_.lives().size(); ++i) {
    by_pid_[table_.lives()[i].pid].push_back(i);
    if (const auto& runtime = table_.lives()[i].runtime; runtime != nullptr && !runtime->id.empty()) {
      if (runtime->role == Role::Start) starts_[table_.lives()[i].pid].push_back(i);
      if (runtime->role == Role::Release) releases_[runtime->id].push_back(i);
    }
    execs_recorded_ = execs_recorded_ || (table_.lives()[i].kernel_numbers && table_.lives()[i].execs > 0);
  }
  for (const BirthClaim& claim : table_.claims()) claims_[claim.child].push_back(&claim);
}

LifeIndex Parents::of(LifeIndex index) const {
  const Life& life = table_.lives()[index];
  if (life.parent != kNoLife) return life.parent;
  const auto found = life.first_ppid <= 1 ? by_pid_.end() : by_pid_.find(life.first_ppid);
  // Heard of only as an orphan, or its parent never did what is recorded.
  if (found == by_pid_.end()) return claimed(life);
  // Lives are numbered in the order in which they were first heard of. The nearest before us is the one, if it still lived.
  const std::vector<LifeIndex>& lives = found->second;
  const auto after = std::upper_bound(lives.begin(), lives.end(), index);
  std::size_t tries = kMaxTries;
  for (auto at = after; at != lives.begin() && tries-- > 0;) {
    const Life& other = table_.lives()[*--at];
    if (*at == index || other.host != life.host || begins_after(other, life)) continue;
    if (!(other.death_seen && begins_after(life, other.last, other.last_time))) return *at;
  }
  // Heard of only later: it may have been there all the time, unless its birth was seen.
  tries = kMaxTries;
  for (auto at = after; at != lives.end() && tries-- > 0; ++at) {
    const Life& other = table_.lives()[*at];
    if (other.host == life.host) return other.birth_seen ? claimed(life) : *at;
  }
  return claimed(life);
}

// What clone returned is the host's number only where the caller was outside of the container: a runtime, and its stages
// before the last.
LifeIndex Parents::claimed(const Life& life) const {
  const auto found = claims_.find(life.pid);
  if (found == claims_.end()) return kNoLife;
  LifeIndex best = kNoLife;
  std::size_t tries = kMaxTries;
  for (auto at = found->second.rbegin(); at != found->second.rend() && tries-- > 0; ++at) {
    const BirthClaim* claim = *at;
    const Life& from = table_.lives()[claim->parent];
    const bool outside = from.runtime != nullptr || (from.execs == 0 && (from.was_runtime_init || is_runtime_name(from.comm)));
    if (!outside || from.host != life.host || &from == &life || !could_be_child(life, from)) continue;
    if (!begins_after(life, claim->origin, claim->time) && !(life.first.line == claim->origin.line)) {
      // The child's first record may stand before its parent's call has returned, but not long before.
      constexpr std::int64_t kEarly = 1'000'000'000;
      if (life.first_time.basis != model::Time::Basis::Epoch || claim->time.ns - life.first_time.ns > kEarly) continue;
    }
    best = claim->parent;
    break;
  }
  return best;
}

// The number may be another's by then: of a thread that ended, or of a child that did.
bool Parents::could_be_child(const Life& life, const Life& from) const {
  // It would have executed its program, and that would have been recorded.
  if (execs_recorded_ && life.execs == 0 && !is_runtime_name(life.comm) && !life.comm.empty()) return false;
  const bool named = life.first_ppid == from.pid || life.first_ppid == from.first_ppid || life.first_ppid <= 1;
  const bool same_login = life.session < 0 || from.session < 0 || (life.session == from.session && life.auid == from.auid);
  const bool is_runtime = life.runtime != nullptr && life.runtime->role != Role::Init;  // started by whom its record names
  return named && same_login && !is_runtime;
}

LifeIndex Parents::creator_of(LifeIndex index) const {
  const Life& life = table_.lives()[index];
  constexpr std::int64_t kNumbers = 64, kSoon = 2'000'000'000;
  if (life.execs == 0 || life.first_ppid > 1 || life.runtime != nullptr || life.first_time.basis != model::Time::Basis::Epoch)
    return kNoLife;
  auto at = starts_.lower_bound(life.pid);
  if (at == starts_.begin() || life.pid - (--at)->first > kNumbers) return kNoLife;
  for (const LifeIndex each : at->second) {
    const Life& start = table_.lives()[each];
    if (start.host != life.host || start.session != life.session || begins_after(start, life)) continue;
    const auto releases = releases_.find(start.runtime->id);
    if (releases == releases_.end()) continue;
    const bool released = std::any_of(releases->second.begin(), releases->second.end(), [&](LifeIndex other) {
      const Life& release = table_.lives()[other];
      return release.host == life.host && !begins_after(release, life) && begins_after(release, start) &&
             life.first_time.ns - release.first_time.ns <= kSoon;
    });
    if (released) return each;
  }
  return kNoLife;
}

}  // namespace medic::attribute
