// A profile from what was seen, for a container that has to start under it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "kernel/errno.h"
#include "kernel/knowledge.h"
#include "kernel/runtime_calls.h"
#include "repair/repair.h"
#include "repair/selecting.h"

namespace medic::repair {
namespace {

using kernel::Action;
using kernel::Arch;

// Calls that a trace does not show but a container may make: the vDSO answers clocks where the
// clock source lets it, a handler's return and a restarted call depend on signals, and a killed
// process never shows its exit.
constexpr std::string_view kInvisible[] = {"clock_getres",    "clock_gettime", "exit",
                                           "exit_group",      "getcpu",        "gettimeofday",
                                           "restart_syscall", "rt_sigreturn",  "time"};

struct Seen {
  bool only_enosys = true;
  bool was_denied = false;
  bool was_logged = false;  // a filter let it run and logged it
  bool is_trusted = false;  // somebody better than the container itself says it
  std::map<std::uint64_t, std::uint64_t> values;  // of the argument that is worth a condition, with
                                                  // how often each was seen
  bool value_unknown = false;
};

// What a filter saw, each different call once: a filter does not ask who, and a busy trace has many
// who did the same.
template <class F>
void for_each_deed(const ledger::Ledger& ledger, F&& take) {
  std::unordered_set<const ledger::Key*> taken;
  for (const ledger::Observation& observation : ledger.observations()) {
    const ledger::Key& key = observation.key();
    if (key.outcome.injected || taken.contains(&key) ||
        diagnose::is_before_filter(ledger, observation))
      continue;
    taken.insert(&key);
    take(key);
  }
}

class Synthesizer {
 public:
  Synthesizer(const ledger::Ledger& ledger, Arch assumed, const SynthesisOptions& options)
      : ledger_(ledger), assumed_(assumed), options_(options) {}

  Result<Synthesis> make() {
    collect();
    if (native_ == Arch::Unknown) {
      Problem problem;
      problem.text = "no call in the logs has a known architecture";
      problem.hint = "name it: --arch x86_64";
      return fail(std::move(problem));
    }
    profile::NewProfile made;
    made.default_errno_ret = static_cast<std::uint32_t>(kernel::kEPERM);
    made.architectures.assign(archs_.begin(), archs_.end());
    std::stable_partition(made.architectures.begin(), made.architectures.end(),
                          [&](Arch arch) { return arch == native_; });
    add_rules(made);
    const std::vector<std::string> on_narrowing = narrowed_notes(out_.narrowed);
    out_.notes.insert(out_.notes.end(), on_narrowing.begin(), on_narrowing.end());
    out_.text = profile::write_profile(made);
    prove();
    return std::move(out_);
  }

 private:
  void collect() {
    for (const ledger::Observation& each : ledger_.observations())
      counts_[&each.key()] += each.count();
    for_each_deed(ledger_, [&](const ledger::Key& key) { collect(key); });
    if (native_ != Arch::Unknown) archs_.insert(native_);
  }

  void collect(const ledger::Key& key) {
    model::SyscallRef call = key.syscall;
    if (call.arch == Arch::Unknown) call.arch = assumed_;
    if (call.arch == Arch::Unknown) return;
    if (call.name == kernel::kNoName && call.has_number)
      call.name = kernel::name_at({call.arch, call.number});
    if (call.name == kernel::kNoName) {
      out_.notes.push_back(
          fmt::format("{} on {} has no name that a profile could hold; it is left out.",
                      diagnose::call_name(call), kernel::name(call.arch)));
      return;
    }
    archs_.insert(call.arch);
    const Arch parent = kernel::info(call.arch).parent;
    if (native_ == Arch::Unknown || parent == call.arch) native_ = parent;
    note(std::string(kernel::name_of(call.name)), key, call.arch);
  }

  // Of what was recorded; unless it is asked for, unshare is permitted as it is, and with a note.
  const ArgumentChoice* narrow_of(std::string_view name, Arch arch) const {
    const Choices choices = options_.repair.choices;
    if (name == "unshare" && choices == Choices::Always) return nullptr;
    return kernel::argument_choice(name, arch, choices);
  }

  void note(const std::string& name, const ledger::Key& key, Arch arch) {
    const model::Outcome& outcome = key.outcome;
    Seen& seen = seen_[name];
    const bool enosys =
        outcome.kind == model::Outcome::Kind::Failed && outcome.error == kernel::kENOSYS;
    seen.only_enosys = seen.only_enosys && enosys;
    const bool denied =
        outcome.kind == model::Outcome::Kind::Denied && outcome.action != Action::Log;
    seen.was_denied = seen.was_denied || denied;
    seen.was_logged = seen.was_logged || (outcome.kind == model::Outcome::Kind::Denied && !denied);
    seen.is_trusted = seen.is_trusted || key.provenance == model::Provenance::Kernel;
    if (enosys) return;
    const ArgumentChoice* narrow = narrow_of(name, arch);
    if (narrow == nullptr || !key.args.has(narrow->index))
      seen.value_unknown = true;
    else
      seen.values[selected(*narrow, key.args)] += counts_[&key];
  }

  // May a call that was seen be permitted at all?
  bool may_permit(const std::string& name, const Seen& seen) {
    const kernel::NameId id = kernel::find_name(name);
    const Options& policy = options_.repair;
    if (policy.never.contains(name)) {
      out_.refused.push_back(
          {native_, name, Reason::NeverList, name + ": --never names it", {}, seen.was_denied});
      return false;
    }
    if (policy.beyond.contains(name)) {
      out_.refused.push_back({native_,
                              name,
                              Reason::BeyondBound,
                              fmt::format("{}: {} does not permit it, or not with these arguments, "
                                          "and the result is to stay within that (--within)",
                                          name, policy.within->path),
                              {},
                              true});
      return false;
    }
    if (!seen.is_trusted && !policy.trust_output) {
      out_.refused.push_back({native_,
                              name,
                              Reason::Untrusted,
                              name + ": only lines that a container may have written itself say "
                                     "it; --trust container-output "
                                     "takes them",
                              {},
                              true});
      return false;
    }
    const kernel::Risk risk = kernel::risk_of(id, {});
    const bool risky = risk.level == kernel::RiskLevel::High ||
                       (!seen.is_trusted && risk.level != kernel::RiskLevel::Low);
    if (!risky || policy.accept_risk.contains(name)) return true;
    if (seen.was_denied || seen.was_logged || !seen.is_trusted) {
      const std::string_view how =
          seen.was_denied   ? "it was denied when recorded"
          : seen.was_logged ? "a filter logged that it was tried, which is no reason to permit it"
                            : "only lines that a container may have written itself say it";
      out_.refused.push_back(
          {native_,
           name,
           Reason::HighRisk,
           fmt::format("{}: it {}; {}; --accept-risk {} permits it", name, risk.why, how, name),
           {},
           true});
      return false;
    }
    out_.notes.push_back(fmt::format(
        "{} is permitted because it was recorded, and it is dangerous: it {}.", name, risk.why));
    return true;
  }

  void add_rules(profile::NewProfile& made) {
    profile::NewRule plain{{}, Action::Allow, {}, {}, {}, {}, "seen in the logs"};
    std::vector<profile::NewRule> conditional;
    std::set<std::string> enosys;
    for (const auto& [name, seen] : seen_) {
      if (seen.only_enosys) {
        enosys.insert(name);
        continue;
      }
      if (!may_permit(name, seen)) continue;
      permitted_.insert(name);
      if (is_narrow(name, seen))
        add_narrow(name, seen, conditional);
      else
        plain.names.push_back(name);
      note_added(name, seen);
    }
    add(made, std::move(plain));
    for (profile::NewRule& rule : conditional) made.rules.push_back(std::move(rule));
    add_runtime(made);
    add_group(made, kInvisible,
              "a trace does not show these: the vDSO, signals, the end of a process");
    add_enosys(made, std::move(enosys));
  }

  // What values the init of --init uses is not known.
  bool is_init_helpers(std::string_view name) const {
    const auto calls = kernel::init_helper_calls();
    const ArgumentChoice* row = kernel::argument_choice(name, native_, Choices::Always);
    return options_.init_helper && row == nullptr &&
           std::find(calls.begin(), calls.end(), name) != calls.end();
  }

  bool is_narrow(const std::string& name, const Seen& seen) const {
    return options_.narrow_args && !is_init_helpers(name) && !seen.values.empty() &&
           !seen.value_unknown && seen.values.size() <= most_values(options_.repair.choices);
  }

  // The architectures of the profile that have the call.
  std::vector<Arch> archs_of(std::string_view name) const {
    std::vector<Arch> out;
    std::copy_if(archs_.begin(), archs_.end(), std::back_inserter(out), [&](Arch arch) {
      return kernel::number_of(kernel::find_name(name), arch).has_value();
    });
    return out;
  }

  // What was seen, what serves the same purpose, and what the runtimes themselves need.
  std::set<std::uint64_t> permitted_values(const std::string& name, const Seen& seen) const {
    const std::vector<Arch> on = archs_of(name);
    const bool widens = !narrow_of(name, on.front())->always;
    std::set<std::uint64_t> out;
    for (const auto& [value, count] : seen.values) {
      out.insert(value);
      // A bound was drawn by a person: what nobody asked for does not come near it.
      if (widens && options_.repair.within == nullptr) out.merge(kernel::widened(name, value, on));
    }
    if (widens && !options_.runtimes.empty()) out.merge(kernel::runtime_values(name, native_));
    return out;
  }

  std::vector<profile::Condition> conditions(const std::string& name, const Seen& seen) const {
    const ArgumentChoice& row = *narrow_of(name, archs_of(name).front());
    std::vector<profile::Condition> out;
    for (const std::uint64_t value : permitted_values(name, seen))
      out.push_back(condition_of(row, value));
    return out;
  }

  void add_narrow(const std::string& name, const Seen& seen,
                  std::vector<profile::NewRule>& conditional) {
    for (const profile::Condition& condition : conditions(name, seen))
      conditional.push_back({{name}, Action::Allow, {}, {condition}, {}, {}, ""});
    const Arch arch = archs_of(name).front();
    if (options_.repair.choices == Choices::OnRequest)
      out_.narrowed.push_back(
          narrowed(*narrow_of(name, arch), name, seen.values, permitted_values(name, seen), arch));
  }

  void note_added(const std::string& name, const Seen& seen) {
    if (!is_narrow(name, seen)) return out_.added.push_back({native_, name, {}, 0, {}, ""});
    for (const profile::Condition& condition : conditions(name, seen))
      out_.added.push_back({native_, name, {condition}, 0, {}, ""});
  }

  static void add(profile::NewProfile& made, profile::NewRule rule) {
    if (!rule.names.empty()) made.rules.push_back(std::move(rule));
  }

  // A call that several runtimes make stands once, in the group of all of them.
  void add_runtime(profile::NewProfile& made) {
    std::map<std::string_view, std::vector<std::string_view>> makers;
    for (const profile::Runtime runtime : options_.runtimes) {
      const auto oci =
          runtime == profile::Runtime::Runc ? kernel::OciRuntime::Runc : kernel::OciRuntime::Crun;
      for (const std::string_view call : kernel::every_runtime_call(oci))
        makers[call].push_back(profile::name(runtime));
    }
    if (options_.init_helper) {
      for (const std::string_view call : kernel::init_helper_calls())
        makers[call].push_back("--init");
    }
    std::map<std::vector<std::string_view>, std::vector<std::string_view>> groups;
    for (const auto& [call, who] : makers) groups[who].push_back(call);
    for (const auto& [who, calls] : groups)
      add_group(made, calls,
                fmt::format("made by {} after the filter is loaded, before the program runs",
                            fmt::join(who, " and ")));
  }

  template <class List>
  void add_group(profile::NewProfile& made, const List& list, const std::string& comment) {
    profile::NewRule rule{{}, Action::Allow, {}, {}, {}, {}, comment};
    std::vector<std::string> beyond;
    for (const std::string_view each : list) {
      const std::string name(each);
      const bool exists = std::any_of(archs_.begin(), archs_.end(), [&](Arch arch) {
        return kernel::number_of(kernel::find_name(each), arch).has_value();
      });
      if (!exists || permitted_.contains(name) || options_.repair.never.contains(name)) continue;
      if (options_.repair.beyond.contains(name)) {
        beyond.push_back(name);
        continue;
      }
      rule.names.push_back(name);
      permitted_.insert(name);
      out_.added.push_back({native_, name, {}, 0, {}, comment});
    }
    add(made, std::move(rule));
    if (!beyond.empty())
      out_.notes.push_back(fmt::format(
          "Left out, as {} does not permit {} (--within): {} ({}).", options_.repair.within->path,
          beyond.size() == 1 ? "it" : "them", fmt::join(beyond, ", "), comment));
  }

  // What was answered ENOSYS when recorded, and calls so new that programs have an older one for
  // them: with EPERM they give up.
  void add_enosys(profile::NewProfile& made, std::set<std::string> seen) {
    std::set<std::string> newer;
    for (const std::string_view name : kernel::newer_calls(native_)) newer.emplace(name);
    for (const std::string& name : permitted_) {
      seen.erase(name);
      newer.erase(name);
    }
    for (const std::string& name : seen) newer.erase(name);
    for (const Refused& each : out_.refused) newer.erase(each.syscall);
    const auto answer = [&](const std::set<std::string>& names, std::string comment) {
      add(made, {{names.begin(), names.end()},
                 Action::Errno,
                 kernel::kENOSYS,
                 {},
                 {},
                 {},
                 std::move(comment)});
    };
    answer(seen, "answered ENOSYS when recorded, so that libc falls back to older calls");
    answer(newer,
           "newer calls that were not seen: ENOSYS, as older kernels answer, so that libraries "
           "fall back to older calls");
  }

  void prove() {
    Problems ignored;
    auto after = profile::read_profile(out_.text, "", ignored);
    if (!after) {
      out_.verification.disagreements.push_back(after.error().text);
      return;
    }
    std::vector<PermissionRequest> observed;
    for (PermissionRequest& request : observed_calls(ledger_, assumed_)) {
      if (permitted_.contains(diagnose::call_name(request.syscall)))
        observed.push_back(std::move(request));
    }
    Options options = options_.repair;
    options.context.arch = native_;
    const std::vector<profile::Runtime> nobody{profile::Runtime::None};
    for (const profile::Runtime runtime : options_.runtimes.empty() ? nobody : options_.runtimes) {
      options.context.runtime = runtime;
      out_.verification = verify(nullptr, *after, {observed, observed, out_.added, {}}, options);
      if (!out_.verification.holds() || !out_.verification.still_denied.empty()) break;
    }
    out_.verification.checked = observed.size();
    out_.verification.newly_permitted.clear();
  }

  const ledger::Ledger& ledger_;
  const Arch assumed_;
  const SynthesisOptions& options_;
  Arch native_ = Arch::Unknown;
  std::set<Arch> archs_;
  std::map<std::string, Seen> seen_;
  std::unordered_map<const ledger::Key*, std::uint64_t> counts_;
  std::set<std::string> permitted_;
  Synthesis out_;
};

}  // namespace

bool Synthesis::complete() const {
  return verification.holds() && verification.still_denied.empty() &&
         std::none_of(refused.begin(), refused.end(),
                      [](const Refused& each) { return each.leaves_denial; });
}

std::vector<PermissionRequest> observed_calls(const ledger::Ledger& ledger, Arch assumed) {
  std::vector<PermissionRequest> out;
  std::map<std::tuple<kernel::SyscallId, kernel::Args, int>, std::size_t> seen;
  std::unordered_map<const ledger::Key*, std::uint64_t> counts;
  for (const ledger::Observation& each : ledger.observations()) counts[&each.key()] += each.count();
  for_each_deed(ledger, [&](const ledger::Key& key) {
    const model::Outcome& outcome = key.outcome;
    if (outcome.kind == model::Outcome::Kind::Failed && outcome.error == kernel::kENOSYS) return;
    PermissionRequest request{key.syscall, key.args, {}, false};
    if (request.syscall.arch == Arch::Unknown) request.syscall.arch = assumed;
    if (request.syscall.arch == Arch::Unknown) return;
    if (!request.syscall.has_number) {
      const auto number = kernel::number_of(request.syscall.name, request.syscall.arch);
      if (!number) return;
      request.syscall.has_number = true;
      request.syscall.number = *number;
    } else if (request.syscall.name == kernel::kNoName) {
      request.syscall.name = kernel::name_at({request.syscall.arch, request.syscall.number});
    }
    request.was_denied =
        outcome.kind == model::Outcome::Kind::Denied && outcome.action != Action::Log;
    request.was_logged =
        outcome.kind == model::Outcome::Kind::Denied && outcome.action == Action::Log;
    request.provenance = key.provenance;
    request.count = counts[&key];
    // Each different one is proven once.
    const int how = (request.was_denied ? 1 : 0) | (request.was_logged ? 2 : 0) |
                    static_cast<int>(key.provenance) << 2;
    const auto [known, is_new] =
        seen.emplace(std::tuple{kernel::SyscallId{request.syscall.arch, request.syscall.number},
                                request.args, how},
                     out.size());
    if (is_new)
      out.push_back(std::move(request));
    else
      out[known->second].count += request.count;
  });
  return out;
}

Result<Synthesis> synthesize(const ledger::Ledger& ledger, Arch assumed,
                             const SynthesisOptions& options) {
  SynthesisOptions bounded = options;
  for (;;) {
    auto made = Synthesizer(ledger, assumed, bounded).make();
    if (!made || !options.repair.within) return made;
    const std::size_t before = bounded.repair.beyond.size();
    for (const kernel::SyscallId id : made->verification.beyond_calls) {
      const std::string name(kernel::known_name(id));
      if (std::any_of(made->added.begin(), made->added.end(),
                      [&](const Added& each) { return each.syscall == name; }))
        bounded.repair.beyond.insert(name);
    }
    if (bounded.repair.beyond.size() == before) return made;
  }
}

}  // namespace medic::repair
