#include "attribute/parents.h"

#include <algorithm>

namespace medic::attribute {
namespace {

using Role = RuntimeCommand::Role;

constexpr std::size_t kMaxTries =
    256;  // of processes with one number: more than a log that is no attack has within a second

bool begins_after(const Process& process, const model::Origin& origin, const model::Time& time) {
  using Basis = model::Time::Basis;
  if (process.first_time.basis == Basis::Epoch && time.basis == Basis::Epoch)
    return process.first_time.ns > time.ns;
  return std::pair(process.first.input, process.first.line) > std::pair(origin.input, origin.line);
}
bool begins_after(const Process& process, const Process& other) {
  return begins_after(process, other.first, other.first_time);
}

}  // namespace

Parents::Parents(const ProcessTable& table) : table_(table) {
  for (ProcessIndex i = 0; i < table_.processes().size(); ++i) {
    by_pid_[table_.processes()[i].pid].push_back(i);
    if (const auto& runtime = table_.processes()[i].runtime;
        runtime != nullptr && !runtime->id.empty()) {
      if (runtime->role == Role::Start) starts_[table_.processes()[i].pid].push_back(i);
      if (runtime->role == Role::Release) releases_[runtime->id].push_back(i);
    }
    execs_recorded_ = execs_recorded_ ||
                      (table_.processes()[i].kernel_numbers && table_.processes()[i].execs > 0);
  }
  for (const BirthClaim& claim : table_.claims()) claims_[claim.child].push_back(&claim);
}

ProcessIndex Parents::of(ProcessIndex index) const {
  const Process& process = table_.processes()[index];
  if (process.parent != kNoProcess) return process.parent;
  const auto found = process.first_ppid <= 1 ? by_pid_.end() : by_pid_.find(process.first_ppid);
  // Heard of only as an orphan, or its parent never did what is recorded.
  if (found == by_pid_.end()) return claimed(process);
  // Processes are numbered in the order in which they were first heard of. The nearest before us is
  // the one, if it still lived.
  const std::vector<ProcessIndex>& processes = found->second;
  const auto after = std::upper_bound(processes.begin(), processes.end(), index);
  std::size_t tries = kMaxTries;
  for (auto at = after; at != processes.begin() && tries-- > 0;) {
    const Process& other = table_.processes()[*--at];
    if (*at == index || other.host != process.host || begins_after(other, process)) continue;
    if (!(other.death_seen && begins_after(process, other.last, other.last_time))) return *at;
  }
  // Heard of only later: it may have been there all the time, unless its birth was seen.
  tries = kMaxTries;
  for (auto at = after; at != processes.end() && tries-- > 0; ++at) {
    const Process& other = table_.processes()[*at];
    if (other.host == process.host) return other.birth_seen ? claimed(process) : *at;
  }
  return claimed(process);
}

// What clone returned is the host's number only where the caller was outside of the container: a
// runtime, and its stages before the last.
ProcessIndex Parents::claimed(const Process& process) const {
  const auto found = claims_.find(process.pid);
  if (found == claims_.end()) return kNoProcess;
  ProcessIndex best = kNoProcess;
  std::size_t tries = kMaxTries;
  for (auto at = found->second.rbegin(); at != found->second.rend() && tries-- > 0; ++at) {
    const BirthClaim* claim = *at;
    const Process& from = table_.processes()[claim->parent];
    const bool outside = from.runtime != nullptr ||
                         (from.execs == 0 && (from.was_runtime_init || is_runtime_name(from.comm)));
    if (!outside || from.host != process.host || &from == &process ||
        !could_be_child(process, from))
      continue;
    if (!begins_after(process, claim->origin, claim->time) &&
        !(process.first.line == claim->origin.line)) {
      // The child's first record may stand before its parent's call has returned, but not long
      // before.
      constexpr std::int64_t kEarly = 1'000'000'000;
      if (process.first_time.basis != model::Time::Basis::Epoch ||
          claim->time.ns - process.first_time.ns > kEarly)
        continue;
    }
    best = claim->parent;
    break;
  }
  return best;
}

// The number may be another's by then: of a thread that ended, or of a child that did.
bool Parents::could_be_child(const Process& process, const Process& from) const {
  // It would have executed its program, and that would have been recorded.
  if (execs_recorded_ && process.execs == 0 && !is_runtime_name(process.comm) &&
      !process.comm.empty())
    return false;
  const bool named = process.first_ppid == from.pid || process.first_ppid == from.first_ppid ||
                     process.first_ppid <= 1;
  const bool same_login = process.session < 0 || from.session < 0 ||
                          (process.session == from.session && process.auid == from.auid);
  const bool is_runtime = process.runtime != nullptr &&
                          process.runtime->role != Role::Init;  // started by whom its record names
  return named && same_login && !is_runtime;
}

ProcessIndex Parents::creator_of(ProcessIndex index) const {
  const Process& process = table_.processes()[index];
  constexpr std::int64_t kNumbers = 64, kSoon = 2'000'000'000;
  if (process.execs == 0 || process.first_ppid > 1 || process.runtime != nullptr ||
      process.first_time.basis != model::Time::Basis::Epoch)
    return kNoProcess;
  auto at = starts_.lower_bound(process.pid);
  if (at == starts_.begin() || process.pid - (--at)->first > kNumbers) return kNoProcess;
  for (const ProcessIndex each : at->second) {
    const Process& start = table_.processes()[each];
    if (start.host != process.host || start.session != process.session ||
        begins_after(start, process))
      continue;
    const auto releases = releases_.find(start.runtime->id);
    if (releases == releases_.end()) continue;
    const bool released =
        std::any_of(releases->second.begin(), releases->second.end(), [&](ProcessIndex other) {
          const Process& release = table_.processes()[other];
          return release.host == process.host && !begins_after(release, process) &&
                 begins_after(release, start) &&
                 process.first_time.ns - release.first_time.ns <= kSoon;
        });
    if (released) return each;
  }
  return kNoProcess;
}

}  // namespace medic::attribute
