// The proof: libseccomp's program run over every observation, and the exact difference of both
// profiles.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "kernel/errno.h"
#include "libseccomp/compile.h"
#include "kernel/multiplexer.h"
#include "policy/comparison.h"
#include "repair/repair.h"

namespace medic::repair {
namespace {

using kernel::Arch;
using profile::Decision;
using profile::Verdict;

std::string where(kernel::SyscallId id) {
  const std::string_view name = kernel::known_name(id);
  return name.empty() ? fmt::format("syscall_{:#x} ({})", static_cast<std::uint32_t>(id.number),
                                    kernel::name(id.arch))
                      : fmt::format("{} ({})", name, kernel::name(id.arch));
}

std::string where(const profile::Difference& found) {
  const std::string call = found.last_number ? fmt::format("{} ({})", profile::subject(found),
                                                           kernel::name(found.id.arch))
                                             : where(found.id);
  return found.region.empty() ? call : call + " where " + found.region;
}

std::string answer(const Verdict& verdict) {
  if (verdict.decision == Decision::RuntimeEnosys) return "ENOSYS";
  if (verdict.action == kernel::Action::Errno) return kernel::errno_text(verdict.errno_value);
  return std::string(kernel::json_name(verdict.action));
}

bool permits(const Verdict& verdict) { return verdict.decision == Decision::Allow; }

// A profile on one machine: our evaluation of it and libseccomp's program.
struct Machine {
  std::optional<profile::Evaluator> evaluator;
  std::optional<profile::Compiled> compiled;
  std::string why_not;
};

Machine set_up(const profile::Profile& profile, profile::Context context, Arch native) {
  context.arch = native;
  Machine out;
  auto evaluator = profile::Evaluator::make(profile, context);
  if (!evaluator) {
    out.why_not = evaluator.error().text;
    return out;
  }
  out.evaluator.emplace(std::move(*evaluator));
  auto compiled = profile::compile(out.evaluator->flat());
  if (compiled)
    out.compiled.emplace(std::move(*compiled));
  else
    out.why_not = compiled.error().text;
  return out;
}

// As the kernel orders the answers of several filters: kill, trap, errno (kernel/seccomp.c).
bool is_harsher(kernel::Action one, kernel::Action other) {
  const auto order = [](kernel::Action action) {
    return static_cast<std::int32_t>(kernel::raw_value(action));
  };
  return order(one) < order(other);
}

class Proof {
 public:
  Proof(const profile::Profile* before, const profile::Profile& after, const Claim& claim,
        const Options& options)
      : before_(before), after_(after), claim_(claim), options_(options) {}

  Verification run() {
    std::set<Arch> natives;
    for (const std::vector<PermissionRequest>* list : {&claim_.asked, &claim_.observed}) {
      for (const PermissionRequest& each : *list) {
        if (each.syscall.arch != Arch::Unknown)
          natives.insert(kernel::info(each.syscall.arch).parent);
      }
    }
    if (natives.empty() && options_.context.arch != Arch::Unknown)
      natives.insert(options_.context.arch);
    if (natives.empty() && options_.within && after_.architectures &&
        !after_.architectures->empty())
      natives.insert(kernel::info(after_.architectures->front()).parent);
    if (natives.empty() && options_.within) natives.insert(Arch::X86_64);
    for (const Arch native : natives) machine(native);
    for (const PermissionRequest& each : claim_.observed) check_observed(each, false);
    for (const PermissionRequest& each : claim_.asked) check_observed(each, true);
    for (const Arch native : natives) compare(native);
    out_.is_forced = options_.force;
    if (out_.engine.empty()) out_.engine = "none: nothing was observed";
    return std::move(out_);
  }

 private:
  struct Pair {
    Machine before, after;
  };

  Pair& machine(Arch native) {
    const auto found = machines_.find(native);
    if (found != machines_.end()) return found->second;
    Pair& pair = machines_[native];
    pair.after = set_up(after_, options_.context, native);
    if (before_ != nullptr) pair.before = set_up(*before_, options_.context, native);
    if (pair.after.compiled) {
      out_.engine = pair.after.compiled->engine;
      for (const kernel::NameId name : pair.after.compiled->unproven) {
        unproven_.insert(name);
      }
    } else {
      out_.disagreements.push_back(
          fmt::format("not proven for {}: {}", kernel::name(native), pair.after.why_not));
    }
    return pair;
  }

  void check_observed(const PermissionRequest& request, bool asked) {
    if (request.syscall.arch == Arch::Unknown || !request.syscall.has_number) return;
    const kernel::Call call{{request.syscall.arch, request.syscall.number}, request.args};
    Pair& pair = machine(kernel::info(call.id.arch).parent);
    if (!pair.after.evaluator || !pair.after.compiled) return;
    const Verdict after = pair.after.evaluator->evaluate(call);
    ++out_.checked;
    agree(call, after, *pair.after.compiled);
    if (!asked) return;
    const bool was_denied =
        !pair.before.evaluator || !permits(pair.before.evaluator->evaluate(call));
    if (permits(after) && was_denied) ++out_.resolved;
    if (!permits(after)) add_once(out_.still_denied, where(call.id));
  }

  // Where an argument that matters is unknown, the program cannot be run: then both must say that
  // it depends.
  void agree(const kernel::Call& call, const Verdict& verdict, const profile::Compiled& compiled) {
    if (verdict.decision == Decision::Depends || unproven_.contains(kernel::name_at(call.id)))
      return;
    const std::uint32_t value =
        profile::run(compiled.program, profile::data_for(call), compiled.byte_order);
    const kernel::Action action = kernel::action_from_raw(value);
    const bool same_errno = action != kernel::Action::Errno ||
                            static_cast<int>(value & kernel::kDataMask) == verdict.errno_value;
    if (action != verdict.action || !same_errno) {
      add_once(out_.disagreements, fmt::format("{}: we say {}, the compiled program answers {:#x}",
                                               where(call.id), answer(verdict), value));
    }
  }

  void compare(Arch native) {
    Pair& pair = machine(native);
    if (!pair.after.evaluator) return;
    compare_with_bound(*pair.after.evaluator, native);
    if (before_ == nullptr) return list_permitted(*pair.after.evaluator);
    if (!pair.before.evaluator) return;  // the runtime refused it: there was nothing to keep
    for (const profile::Difference& found :
         profile::diff(*pair.before.evaluator, *pair.after.evaluator))
      judge(pair, found);
  }

  // What the result lets run and the bound does not, whoever put it there.
  void compare_with_bound(const profile::Evaluator& after, Arch native) {
    if (!options_.within) return;
    out_.within = options_.within->path;
    profile::Context context = options_.context;
    context.arch = native;
    const auto bound = profile::Evaluator::make(*options_.within, context);
    if (!bound)
      return out_.beyond.push_back(fmt::format("it cannot be compared with {} on {}: {}",
                                               out_.within, kernel::name(native),
                                               bound.error().text));
    for (const profile::Difference& found : profile::all_looser(after, *bound)) {
      out_.beyond_calls.insert(found.id);
      out_.beyond.push_back(where(found));
    }
  }

  void list_permitted(const profile::Evaluator& evaluator) {
    const profile::Flat* flats[] = {&evaluator.flat()};
    for (const kernel::SyscallId id : profile::all_calls(flats)) {
      if (permits(evaluator.evaluate({id, {}}))) out_.newly_permitted.push_back(where(id));
    }
  }

  void judge(const Pair& pair, const profile::Difference& found) {
    if (!found.decided)
      return out_.disagreements.push_back("not proven: " + profile::describe(found));
    switch (found.direction) {
      case profile::Direction::NewlyPermitted:
        out_.newly_permitted.push_back(where(found));
        if (const auto call = unclaimed(pair, found))
          out_.unexpected.push_back(describe_by(found, *call));
        return;
      case profile::Direction::NewlyDenied: return out_.lost.push_back(profile::describe(found));
      case profile::Direction::ErrnoChange:
      case profile::Direction::ActionChange:
        if (found.a.decision == Decision::BadArch) return;  // was killed whatever it called
        if (claim_.kept.contains(std::string(kernel::known_name(found.id))) &&
            found.b.action == kernel::Action::Errno && found.b.errno_value == kernel::kENOSYS) {
          out_.also_enosys.insert(found.id.arch);
          return;
        }
        if (found.a.decision == Decision::RuntimeEnosys && kernel::known_name(found.id).empty())
          return out_.nameless_flips.push_back(profile::describe(found));
        if (options_.overrides.contains(std::string(kernel::known_name(found.id))) &&
            is_harsher(found.b.action, found.a.action)) {
          out_.harsher.push_back(profile::describe(found));
          return;
        }
        out_.errno_flips.push_back(profile::describe(found));
        if (found.a.decision == Decision::RuntimeEnosys)
          out_.lost_enosys.emplace(kernel::known_name(found.id));
    }
  }

  static std::string describe_by(profile::Difference found, const kernel::Call& example) {
    found.example = example;
    return profile::describe(found);
  }

  // Every kind of argument values that is permitted now and was not has to be one that an addition
  // names; else a call of such a kind. An architecture that was added brings all its calls.
  std::optional<kernel::Call> unclaimed(const Pair& pair, const profile::Difference& found) const {
    for (const Added& each : claim_.added) {
      if (each.syscall.empty() && each.arch == found.id.arch &&
          found.a.decision == Decision::BadArch)
        return std::nullopt;
    }
    const profile::Flat* flats[] = {&pair.before.evaluator->flat(), &pair.after.evaluator->flat()};
    const profile::Looked looked = profile::looked_at(flats, found.id);
    const auto partition = profile::Partition::make(
        looked.conditions, static_cast<unsigned>(kernel::info(found.id.arch).bits), looked.grain);
    if (!partition) return found.example;
    for (std::size_t region = 0; region < partition->size(); ++region) {
      const kernel::Call call{found.id, partition->example(region)};
      const bool is_new = !kernel::lets_run(pair.before.evaluator->evaluate(call).action) &&
                          kernel::lets_run(pair.after.evaluator->evaluate(call).action);
      if (is_new && !names(call)) return call;
    }
    return std::nullopt;
  }

  bool names(const kernel::Call& call) const {
    return std::any_of(claim_.added.begin(), claim_.added.end(), [&](const Added& each) {
      const kernel::NameId name = kernel::find_name(each.syscall);
      if (name == kernel::kNoName) return false;
      const auto muxed = kernel::multiplexed_as(call.id.arch, name);
      const bool by_mux =
          muxed && muxed->by == kernel::name_at(call.id) && call.args.value[0] == muxed->call;
      if (!by_mux && kernel::name_at(call.id) != name) return false;
      return std::all_of(
          each.args.begin(), each.args.end(), [&](const profile::Condition& condition) {
            // libseccomp overwrites a condition on the multiplexer's first argument.
            return (by_mux && condition.index == 0) ||
                   profile::holds(condition, call.args.value[condition.index],
                                  static_cast<unsigned>(kernel::info(call.id.arch).bits));
          });
    });
  }

  static void add_once(std::vector<std::string>& list, std::string text) {
    if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
  }

  const profile::Profile* before_;
  const profile::Profile& after_;
  const Claim& claim_;
  const Options& options_;
  std::map<Arch, Pair> machines_;
  std::set<kernel::NameId> unproven_;
  Verification out_;
};

}  // namespace

Verification verify(const profile::Profile* before, const profile::Profile& after,
                    const Claim& claim, const Options& options) {
  return Proof(before, after, claim, options).run();
}

}  // namespace medic::repair
