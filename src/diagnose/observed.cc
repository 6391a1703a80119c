#include "diagnose/observed.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "kernel/errno.h"
#include "kernel/knowledge.h"
#include "kernel/lsm_operations.h"

namespace medic::diagnose {
namespace {

using model::Outcome;
using Basis = model::Time::Basis;

// Records of one refusal carry the kernel's coarse clock; strace stamps a little earlier or later.
constexpr std::int64_t kSameMoment = 1'000'000'000;
// Local times without a date differ from the log's UTC by a multiple of this: no time zone is
// finer.
constexpr std::int64_t kZoneStep = 900'000'000'000;

bool same_moment(const model::Time& a, const model::Time& b) {
  if (a.basis == Basis::None || b.basis == Basis::None || a.basis == Basis::Relative ||
      b.basis == Basis::Relative)
    return false;
  std::int64_t apart = a.ns - b.ns;
  if (a.basis != b.basis || a.zone_assumed != b.zone_assumed) {
    apart %= kZoneStep;
    apart = std::min(std::abs(apart), kZoneStep - std::abs(apart));
  }
  return std::abs(apart) <= kSameMoment;
}

bool same_moment(const ledger::Observation& call, const ledger::LayerDenial& denial) {
  const auto near = [&](const model::Time& time) {
    return same_moment(time, denial.first) || same_moment(time, denial.last) ||
           std::any_of(denial.examples.begin(), denial.examples.end(),
                       [&](const ledger::Example& each) { return same_moment(time, each.time); });
  };
  const auto places = call.examples();
  return near(call.first()) || near(call.last()) ||
         std::any_of(places.begin(), places.end(),
                     [&](const ledger::Seen& each) { return near(each.time); });
}

// The records of one event stand close together, the denial's before the call's; more than any log
// has where they stand in different logs.
std::uint64_t lines_apart(const ledger::Observation& call, const ledger::LayerDenial& denial) {
  std::uint64_t out = UINT64_MAX;
  for (const ledger::Seen& a : call.examples()) {
    for (const ledger::Example& b : denial.examples) {
      if (a.origin.input != b.origin.input) continue;
      const bool behind = a.origin.line < b.origin.line;
      out = std::min(out, behind ? 2 * (b.origin.line - a.origin.line) + 1
                                 : 2 * (a.origin.line - b.origin.line));
    }
  }
  return out;
}

bool is_refusal_by_a_module(const Outcome& outcome) {
  return outcome.kind == Outcome::Kind::Failed && !outcome.injected &&
         (outcome.error == kernel::kEPERM || outcome.error == kernel::kEACCES);
}

// The last parts of all texts in quotes, which are paths where the call takes one.
bool names_object(std::string_view call, std::string_view object) {
  const std::string_view wanted = object.substr(object.rfind('/') + 1);
  bool any = false;
  for (std::size_t from = call.find('"'); from != std::string_view::npos;) {
    const std::size_t to = call.find('"', from + 1);
    if (to == std::string_view::npos) break;
    const std::string_view path = call.substr(from + 1, to - from - 1);
    if (path.substr(path.rfind('/') + 1) == wanted) return true;
    any = true;
    from = call.find('"', to + 1);
  }
  return !any;
}

// The same object, where both say it. A call that names none is of a descriptor.
bool same_object(const ledger::Observation& call, const ledger::LayerDenial& denial) {
  if (denial.target.empty() || call.call_text().find('"') == std::string_view::npos) return true;
  if (names_object(call.call_text(), denial.target)) return true;
  const auto places = call.examples();
  return std::any_of(places.begin(), places.end(), [&](const ledger::Seen& each) {
    return each.text.find('"') != std::string_view::npos &&
           each.text.find("type=") == std::string_view::npos &&
           names_object(each.text, denial.target);
  });
}

bool is_by_mode(const ledger::LayerDenial& denial) {
  return denial.layer == model::LayerDenial::Layer::Dac;
}

// Is it this very call that the module refused: nobody worse than the caller's own witness says so,
// the operation is one that the call can be, the errno is the module's, and the object is the same?
// An audit record stands with its event.
bool is_its_own(const ledger::Observation& call, const ledger::LayerDenial& denial) {
  constexpr std::uint64_t kEventLines =
      2 * 32;  // parsers/audit/joiner.h, kWindow; lines_apart() counts double
  const ledger::Key& key = call.key();
  if (denial.provenance > key.provenance) return false;
  if (is_by_mode(denial))
    return key.reached_kernel && key.outcome.error == kernel::kEACCES &&
           key.syscall.name == kernel::find_name(denial.operation) &&
           lines_apart(call, denial) == 0;
  if (!kernel::refusal_gives(denial.operation, denial.capability >= 0, key.outcome.error))
    return false;
  if (key.syscall.name != kernel::kNoName &&
      !kernel::operation_fits(denial.operation, kernel::name_of(key.syscall.name)))
    return false;
  const bool is_audit = key.reached_kernel;
  return (!is_audit || lines_apart(call, denial) <= kEventLines) && same_object(call, denial);
}

bool are_in_one_segment(const ledger::Observation& refused, const ledger::Observation& later,
                        std::uint64_t reach) {
  const model::Origin from = refused.examples().front().origin;
  const auto places = later.examples();
  // Examples are the first ones only: a call made more often may well have been made afterwards.
  if (reach == UINT64_MAX && later.count() > places.size()) return true;
  return std::any_of(places.begin(), places.end(), [&](const ledger::Seen& each) {
    return each.origin.input == from.input && each.origin.line > from.line &&
           each.origin.line - from.line <= reach;
  });
}

// The first text in quotes: the path, where a call takes one. Empty when there is none.
std::string_view first_quoted(std::string_view call) {
  const std::size_t from = call.find('"');
  return from == std::string_view::npos ? std::string_view{}
                                        : call.substr(from, call.find('"', from + 1) - from);
}

// A trace's line that shows a device node: `mknod("/tmp/d", S_IFCHR|0600, …) = 0`, `newfstatat(…,
// "/tmp/d", {st_mode=S_IFBLK|…})`. The standard streams' files are terminals, and pipes come and
// go: only what names a path counts.
void note_device(std::string_view text, std::set<std::string, std::less<>>& devices) {
  if (text.find("S_IFCHR") == std::string_view::npos &&
      text.find("S_IFBLK") == std::string_view::npos)
    return;
  if (const std::string_view path = first_quoted(text); path.size() > 1) devices.emplace(path);
}

}  // namespace

Observed::Observed(const Case& c) : subject_(c) {
  for (const ledger::LayerDenial& denial : c.ledger.layer_denials()) {
    if (denial.pid > 0) denials_by_pid_.emplace(denial.pid, &denial);
  }
  for (const ledger::Observation& each : c.ledger.observations()) {
    const Outcome& outcome = each.key().outcome;
    if (outcome.kind == Outcome::Kind::Returned) {
      note_device(each.call_text(), devices_);
      for (const ledger::Seen& seen : each.examples()) note_device(seen.text, devices_);
    }
    if (outcome.kind == Outcome::Kind::Returned && each.key().syscall.name != kernel::kNoName)
      returned_by_name_.emplace(each.key().syscall.name, &each);
    const attribute::ProcessIndex process = each.process();
    if (!denials_by_pid_.empty() && process != attribute::kNoProcess &&
        is_refusal_by_a_module(outcome)) {
      refused_by_pid_.emplace(c.ledger.processes().processes()[process].pid, &each);
    }
  }
}

const ledger::LayerDenial* Observed::denial_beside(const ledger::Observation& refused) const {
  if (denials_by_pid_.empty() || !is_refusal_by_a_module(refused.key().outcome) ||
      refused.process() == attribute::kNoProcess)
    return nullptr;
  const auto [from, to] =
      denials_by_pid_.equal_range(subject_.ledger.processes().processes()[refused.process()].pid);
  const ledger::LayerDenial* nearest = nullptr;
  for (auto each = from; each != to; ++each) {
    if (!each->second->enforced || !same_moment(refused, *each->second) ||
        !is_its_own(refused, *each->second))
      continue;
    // The kernel asks a module only after the mode has permitted it.
    const bool is_surer = nearest != nullptr && is_by_mode(*nearest) && !is_by_mode(*each->second);
    const bool is_less = nearest != nullptr && !is_by_mode(*nearest) && is_by_mode(*each->second);
    if (nearest == nullptr || is_surer ||
        (!is_less && lines_apart(refused, *each->second) < lines_apart(refused, *nearest)))
      nearest = each->second;
  }
  return nearest;
}

bool Observed::is_a_modules(const ledger::LayerDenial& by_mode) const {
  const auto [from, to] = refused_by_pid_.equal_range(by_mode.pid);
  return std::any_of(from, to, [&](const auto& each) {
    const ledger::LayerDenial* other = denial_beside(*each.second);
    return other != nullptr && !is_by_mode(*other) && is_its_own(*each.second, by_mode);
  });
}

std::vector<const ledger::Observation*> Observed::refused_beside(
    const ledger::LayerDenial& denial) const {
  std::vector<const ledger::Observation*> out;
  if (!denial.enforced) return out;
  const auto [from, to] = refused_by_pid_.equal_range(denial.pid);
  for (auto each = from; each != to; ++each) {
    if (denial_beside(*each->second) == &denial) out.push_back(each->second);
  }
  std::sort(out.begin(), out.end());  // the ledger's order
  return out;
}

std::optional<Observed::Fallback> Observed::fallback_after(const Group& refused) const {
  const ledger::Observation& first = *refused.members.front();
  const kernel::Fallback* known = kernel::fallback_of(refused.syscall.name);
  const int error = first.key().outcome.error;
  if (known == nullptr || first.process() == attribute::kNoProcess) return std::nullopt;
  // glibc takes ENOSYS alone for "go back to clone": after EPERM a clone is somebody else's (glibc
  // clone-internal.subj).
  if (error != kernel::kENOSYS && known->call == "clone3") return std::nullopt;
  const std::uint64_t reach = error == kernel::kENOSYS ? UINT64_MAX : 5;
  for (const std::string_view instead : split(known->instead, '|')) {
    const auto [from, to] = returned_by_name_.equal_range(kernel::find_name(instead));
    const ledger::Observation* found = nullptr;
    for (auto each = from; each != to; ++each) {
      const bool same_path =
          error == kernel::kENOSYS ||
          first_quoted(first.call_text()) == first_quoted(each->second->call_text());
      const bool fits = each->second->process() == first.process() && same_path &&
                        are_in_one_segment(first, *each->second, reach);
      if (fits && (found == nullptr || each->second < found)) found = each->second;
    }
    if (found == nullptr) continue;
    return Fallback{found, fmt::format("the program called {} instead, which succeeded", instead)};
  }
  if (!known->goes_on_without()) return std::nullopt;
  const attribute::Process& process = subject_.ledger.processes().processes()[first.process()];
  const model::Origin place = first.examples().front().origin;
  const bool went_on = process.last.input == place.input && process.last.line > place.line + 1;
  if (!went_on) return std::nullopt;
  return Fallback{nullptr, "the program went on without it"};
}

bool Observed::is_device(const ledger::Observation& call) const {
  const std::string_view path = first_quoted(call.call_text());
  return !path.empty() && devices_.contains(path);
}

bool Observed::succeeded_elsewhere(const Group& failed) const {
  if (failed.syscall.name == kernel::kNoName) return false;
  const ledger::Key& key = failed.members.front()->key();
  const attribute::ProcessIndex process = failed.members.front()->process();
  const auto [from, to] = returned_by_name_.equal_range(failed.syscall.name);
  return std::any_of(from, to, [&](const auto& each) {
    const ledger::Observation& other = *each.second;
    return other.key().args == key.args && other.process() == process &&
           !is_before_filter(subject_.ledger, other);
  });
}

}  // namespace medic::diagnose
