#include "kernel/capability_needs.h"

#include <algorithm>

#include "base/text.h"
#include "kernel/errno.h"

namespace medic::kernel {
namespace {

using namespace rows;

enum class When : std::uint8_t {
  Any,
  DmesgOpen,         // kernel.dmesg_restrict is 0
  FanotifyForAll,    // Linux 5.13
  WhiteoutForAll,    // Linux 5.8
  UserfaultForAll,   // vm.unprivileged_userfaultfd is 1
  IoUringForAll,     // kernel.io_uring_disabled is 0, or Linux is older than 6.6
  FirstIsSelf,       // the first argument is the caller's own id
  FirstTwoAreSelf,   // the first two are
  TargetIsSelf,      // the descriptor is of the caller itself
  NoNewPrivs,        // no_new_privs is set
  BpfLookupForAll,   // Linux 5.19, or kernel.unprivileged_bpf_disabled is 0
  BpfForAll,         // kernel.unprivileged_bpf_disabled is 0
  PerfUserForAll,    // kernel.perf_event_paranoid is at most 2
  PerfKernelForAll,  // at most 1
  PerfCpuForAll      // at most 0
};

struct Row {
  std::string_view calls;
  Where where;
  std::string_view words;
  When when;
  CapabilityNeed need;
};

constexpr Row kRows[] = {
#define NEED(calls, test, words, when, kind, capabilities, where, error, why, source) \
  {calls,                                                                             \
   test,                                                                              \
   words,                                                                             \
   When::when,                                                                        \
   {CapabilityNeed::Kind::kind, CapabilityNeed::Where::where, capabilities, error, why, source}},
#include "kernel/capability_needs.inc"
#undef NEED
};

// The rows of each call, in order; built once.
std::vector<std::vector<const Row*>> index_rows() {
  std::vector<std::vector<const Row*>> out(all_names().size());
  for (const Row& row : kRows) {
    for (const std::string_view name : split(row.calls, '|')) {
      if (const NameId id = find_name(name); id != kNoName) out[id].push_back(&row);
    }
  }
  return out;
}

std::span<const Row* const> rows_of(NameId id) {
  static const auto rows_by_name = index_rows();
  if (id >= rows_by_name.size()) return {};
  return rows_by_name[id];
}

Holds yes_if(bool holds) { return holds ? Holds::Yes : Holds::No; }

Holds at_most(std::optional<int> value, int limit) {
  return value ? yes_if(*value <= limit) : Holds::Unknown;
}

Holds since(const Situation& situation, KernelVersion version) {
  return situation.kernel ? yes_if(*situation.kernel >= version) : Holds::Unknown;
}

Holds is_self(const Situation& situation, const Args& args, unsigned index) {
  if (!situation.own_pid || !args.has(index)) return Holds::Unknown;
  return yes_if(static_cast<std::int32_t>(args.value[index]) == *situation.own_pid);
}

Holds holds(When when, const Args& args, const Situation& situation) {
  switch (when) {
    case When::Any: return Holds::Yes;
    case When::DmesgOpen: return at_most(situation.dmesg_restrict, 0);
    case When::FanotifyForAll: return situation.kernel ? since(situation, {5, 13}) : Holds::Yes;
    case When::WhiteoutForAll: return situation.kernel ? since(situation, {5, 8}) : Holds::Yes;
    case When::UserfaultForAll:
      return situation.unprivileged_userfaultfd ? yes_if(*situation.unprivileged_userfaultfd != 0)
                                                : Holds::Unknown;
    case When::IoUringForAll:
      return std::max(at_most(situation.io_uring_disabled, 0),
                      since(situation, {6, 6}) == Holds::No ? Holds::Yes : Holds::No);
    case When::FirstIsSelf: return is_self(situation, args, 0);
    case When::FirstTwoAreSelf:
      return std::min(is_self(situation, args, 0), is_self(situation, args, 1));
    case When::TargetIsSelf:
      return situation.target_is_self ? yes_if(*situation.target_is_self) : Holds::Unknown;
    case When::NoNewPrivs:
      return situation.no_new_privs ? yes_if(*situation.no_new_privs) : Holds::Unknown;
    case When::BpfLookupForAll:
      return std::max(since(situation, {5, 19}), at_most(situation.unprivileged_bpf_disabled, 0));
    case When::BpfForAll: return at_most(situation.unprivileged_bpf_disabled, 0);
    case When::PerfUserForAll: return at_most(situation.perf_event_paranoid, 2);
    case When::PerfKernelForAll: return at_most(situation.perf_event_paranoid, 1);
    case When::PerfCpuForAll: return at_most(situation.perf_event_paranoid, 0);
  }
  return Holds::Unknown;
}

// Of rows that disagree: what may be asked for.
CapabilityNeed undecided(const std::vector<const CapabilityNeed*>& candidates) {
  CapabilityNeed out;
  for (const CapabilityNeed* each : candidates) {
    if (each->capabilities.empty()) continue;
    out.capabilities = each->capabilities;
    out.where = each->where;
    out.error = each->error;
    out.why = each->why;
    out.source = each->source;
    break;
  }
  return out;
}

}  // namespace

Holds words_hold(std::string_view words, std::string_view text) {
  if (words.empty()) return Holds::Yes;
  if (text.empty()) return Holds::Unknown;
  bool asked = false, found = false;
  for (const std::string_view word : split(words, '|')) {
    if (word.starts_with('!')) {
      if (text.find(word.substr(1)) != std::string_view::npos) return Holds::No;
      continue;
    }
    asked = true;
    found = found || text.find(word) != std::string_view::npos;
  }
  return yes_if(found || !asked);
}

CapabilityNeed capabilities_needed(NameId id, const Args& registers, std::string_view call_text,
                                   const Situation& situation) {
  const Args args = in_common_order(id, registers, situation.arch);
  std::vector<const CapabilityNeed*> candidates;
  for (const Row* row : rows_of(id)) {
    const Holds answer = std::min({holds(row->where, args), words_hold(row->words, call_text),
                                   holds(row->when, args, situation)});
    if (answer == Holds::No) continue;
    candidates.push_back(&row->need);
    if (answer == Holds::Yes) break;
  }
  if (candidates.empty()) return {};
  const CapabilityNeed& last = *candidates.back();
  const bool agree =
      std::all_of(candidates.begin(), candidates.end(), [&](const CapabilityNeed* each) {
        return each->kind == last.kind && each->capabilities == last.capabilities;
      });
  return agree ? last : undecided(candidates);
}

std::string_view CapabilityNeed::first() const {
  return capabilities.substr(0, capabilities.find_first_of("|+"));
}

bool CapabilityNeed::met_by(const std::set<std::string>& held) const {
  if (capabilities.empty()) return false;
  for (const std::string_view alternative : split(capabilities, '|')) {
    const auto together = split(alternative, '+');
    if (std::all_of(together.begin(), together.end(),
                    [&](std::string_view each) { return held.contains(std::string(each)); }))
      return true;
  }
  return false;
}

std::string CapabilityNeed::text() const {
  std::string out;
  for (const char c : capabilities) {
    if (c == '|')
      out += " or ";
    else if (c == '+')
      out += " and ";
    else
      out += c;
  }
  return out;
}

std::vector<std::string_view> capabilities_named(NameId id) {
  std::vector<std::string_view> out;
  for (const Row* row : rows_of(id)) {
    if (!row->need.capabilities.empty() &&
        std::find(out.begin(), out.end(), row->need.capabilities) == out.end())
      out.push_back(row->need.capabilities);
  }
  return out;
}

}  // namespace medic::kernel
