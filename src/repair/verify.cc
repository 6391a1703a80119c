// The proof: libseccomp's program run over every observation, and both profiles compared call by call.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "kernel/errno.h"
#include "profile/compile.h"
#include "repair/repair.h"

namespace medic::repair {
namespace {

using kernel::Arch;
using profile::Decision;
using profile::Verdict;

std::string where(kernel::SyscallId id) {
  const std::string_view name = kernel::known_name(id);
  return name.empty() ? fmt::format("syscall_{:#x} ({})", static_cast<std::uint32_t>(id.number), kernel::name(id.arch)) : fmt::format("{} ({})", name, kernel::name(id.arch));
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
  if (compiled) out.compiled.emplace(std::move(*compiled));
  else out.why_not = compiled.error().text;
  return out;
}

profile::ByteOrder byte_order(Arch native) {
  switch (native) {
    case Arch::S390x: case Arch::Ppc64: case Arch::Mips64: case Arch::Parisc64: case Arch::M68k: case Arch::Sheb: return profile::ByteOrder::Big;
    default: return profile::ByteOrder::Little;
  }
}

class Proof {
 public:
  Proof(const profile::Profile* before, const profile::Profile& after, const std::vector<Ask>& asked, const Options& options)
      : before_(before), after_(after), asked_(asked), options_(options) {}

  Verification run(const std::vector<Ask>& observed) {
    std::set<Arch> natives;
    for (const std::vector<Ask>* list : {&asked_, &observed}) {
      for (const Ask& each : *list) {
        if (each.syscall.arch != Arch::Unknown) natives.insert(kernel::info(each.syscall.arch).parent);
      }
    }
    if (natives.empty() && options_.context.arch != Arch::Unknown) natives.insert(options_.context.arch);
    for (const Arch native : natives) machine(native);
    for (const Ask& each : observed) check_observed(each, false);
    for (const Ask& each : asked_) check_observed(each, true);
    for (const Arch native : natives) compare(native);
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
      out_.disagreements.push_back(fmt::format("not proven for {}: {}", kernel::name(native), pair.after.why_not));
    }
    return pair;
  }

  void check_observed(const Ask& ask, bool asked) {
    if (ask.syscall.arch == Arch::Unknown || !ask.syscall.has_number) return;
    const kernel::Call call{{ask.syscall.arch, ask.syscall.number}, ask.args};
    Pair& pair = machine(kernel::info(call.id.arch).parent);
    if (!pair.after.evaluator || !pair.after.compiled) return;
    const Verdict after = pair.after.evaluator->evaluate(call);
    ++out_.checked;
    agree(call, after, *pair.after.compiled);
    if (!asked) return;
    const bool was_denied = !pair.before.evaluator || !permits(pair.before.evaluator->evaluate(call));
    if (permits(after) && was_denied) ++out_.resolved;
    if (!permits(after)) add_once(out_.still_denied, where(call.id));
  }

  // Where an argument that matters is unknown, the program cannot be run: then both must say that it depends.
  void agree(const kernel::Call& call, const Verdict& verdict, const profile::Compiled& compiled) {
    if (verdict.decision == Decision::Depends || unproven_.contains(kernel::name_at(call.id))) return;
    const std::uint32_t value = profile::run(compiled.program, profile::data_for(call), byte_order(kernel::info(call.id.arch).parent));
    const kernel::Action action = kernel::action_from_raw(value);
    const bool same_errno = action != kernel::Action::Errno || static_cast<int>(value & kernel::kDataMask) == verdict.errno_value;
    if (action != verdict.action || !same_errno) {
      add_once(out_.disagreements, fmt::format("{}: we say {}, the compiled program answers {:#x}", where(call.id), answer(verdict), value));
    }
  }

  void compare(Arch native) {
    Pair& pair = machine(native);
    if (!pair.after.evaluator) return;
    for (const Arch arch : pair.after.evaluator->flat().archs) {
      if (before_ != nullptr && !pair.before.evaluator) continue;
      const auto rows = kernel::table(arch);
      const std::int32_t last = rows.back().number < 100000 || arch == Arch::X32 ? rows.back().number + 32 : 512;
      for (std::int32_t number = arch == Arch::X32 ? kernel::kX32Bit : 0; number <= last; ++number) compare_call(pair, {arch, number});
    }
  }

  void compare_call(Pair& pair, kernel::SyscallId id) {
    const Verdict after = pair.after.evaluator->evaluate({id, {}});
    if (before_ == nullptr) {
      if (permits(after)) out_.newly_permitted.push_back(where(id));
      return;
    }
    const Verdict before = pair.before.evaluator->evaluate({id, {}});
    const bool asked = is_asked(id);
    const bool before_depends = before.decision == Decision::Depends, after_depends = after.decision == Decision::Depends;
    if (permits(before) && !permits(after)) out_.lost.push_back(where(id) + (after_depends ? " (with some arguments)" : ""));
    if (!permits(before) && permits(after)) {
      out_.newly_permitted.push_back(where(id) + (before_depends ? " (with any arguments)" : ""));
      if (!asked) out_.unexpected.push_back(where(id));
      return;
    }
    if (!before_depends && after_depends) {
      out_.newly_permitted.push_back(where(id) + " (with the observed arguments)");
      if (!asked) out_.unexpected.push_back(where(id));
      return;
    }
    if (before_depends && after_depends && asked) out_.newly_permitted.push_back(where(id) + " (with the observed arguments)");
    if (!permits(before) && !permits(after) && answer(before) != answer(after) && before.decision != Decision::BadArch) {
      out_.errno_flips.push_back(fmt::format("{} from {} to {}", where(id), answer(before), answer(after)));
    }
  }

  // An architecture that was asked for brings all its calls; companions were asked for by the call they accompany.
  bool is_asked(kernel::SyscallId id) const {
    const kernel::NameId name = kernel::name_at(id);
    for (const Ask& ask : asked_) {
      if (ask.syscall.name == name && name != kernel::kNoName) return true;
      if (ask.syscall.arch == id.arch && arch_is_new(id.arch)) return true;
    }
    return options_.companions;
  }

  bool arch_is_new(Arch arch) const {
    const auto found = machines_.find(kernel::info(arch).parent);
    if (found == machines_.end() || !found->second.before.evaluator) return false;
    const auto& archs = found->second.before.evaluator->flat().archs;
    return std::find(archs.begin(), archs.end(), arch) == archs.end();
  }

  static void add_once(std::vector<std::string>& list, std::string text) {
    if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
  }

  const profile::Profile* before_;
  const profile::Profile& after_;
  const std::vector<Ask>& asked_;
  const Options& options_;
  std::map<Arch, Pair> machines_;
  std::set<kernel::NameId> unproven_;
  Verification out_;
};

}  // namespace

Verification verify(const profile::Profile* before, const profile::Profile& after, const std::vector<Ask>& asked, const std::vector<Ask>& observed, const Options& options) {
  return Proof(before, after, asked, options).run(observed);
}

}  // namespace medic::repair
