// From asks to edits: what is added, where, and what is refused and why.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "diagnose/verdict_text.h"
#include "kernel/capability_needs.h"
#include "kernel/companions.h"
#include "kernel/errno.h"
#include "kernel/params.h"
#include "policy/model.h"
#include "repair/prove.h"
#include "repair/repair.h"
#include "repair/runtime_start.h"
#include "repair/selecting.h"

namespace medic::repair {
namespace {

using kernel::Action;
using kernel::Arch;
using profile::Decision;
using profile::Verdict;

// Each call both ways where it has a negative int.
std::vector<PermissionRequest> both_ways(const std::vector<PermissionRequest>& requests) {
  std::vector<PermissionRequest> out = requests;
  for (const PermissionRequest& request : requests) {
    if (request.syscall.arch == Arch::Unknown) continue;
    const auto args =
        kernel::with_other_ints(request.syscall.name, request.syscall.arch, request.args);
    if (!args) continue;
    out.push_back(request);
    out.back().args = *args;
  }
  return out;
}

class Planner {
 public:
  Planner(const profile::Profile& profile, const Options& options)
      : profile_(profile), options_(options), in_use_(profile, options.context) {
    if (options.within) bound_.emplace(*options.within, options.context);
  }

  void plan(const PermissionRequest& request) {
    if (request.syscall.arch == Arch::Unknown || !request.syscall.has_number) {
      return refuse(request, Reason::Ambiguous,
                    "its architecture or number is not known: --arch NAME sets it");
    }
    const profile::Evaluator* evaluator = in_use_.on(kernel::info(request.syscall.arch).parent);
    if (evaluator == nullptr)
      return refuse(request, Reason::Ambiguous, "the profile cannot be used on that architecture");
    const Verdict verdict =
        evaluator->evaluate({{request.syscall.arch, request.syscall.number}, request.args});
    decide(request, verdict, *evaluator);
  }

  // After the last ask. What was refused for its risk is not permitted by way of a call of the same
  // name.
  void resolve() {
    std::erase_if(refused, [&](const Refused& each) {
      return each.reason == Reason::Untrusted &&
             (names_.contains(each.syscall) || selecting_.contains(each.syscall));
    });
    for (const std::string& name : refused_for_risk_) {
      if (names_.erase(name) != 0) take_back(name);
    }
    for (const auto& [name, requests] : selecting_) resolve_choice(name, requests);
  }

  std::vector<profile::TextEdit> edits() {
    std::vector<profile::TextEdit> out;
    for (const auto& [rule, names] : removed_)
      out.emplace_back(profile::RemoveNames{rule, {names.begin(), names.end()}});
    for (const Arch arch : archs_) out.emplace_back(profile::AddArchitecture{arch});
    if (!names_.empty()) {
      const std::vector<std::string> names(names_.begin(), names_.end());
      std::set<std::size_t> without;
      for (const auto& [rule, lifted] : removed_) without.insert(rule);
      if (const auto rule = plain_allow_rule(profile_, without))
        out.emplace_back(profile::AddNames{*rule, names});
      else
        out.emplace_back(profile::AddRule{{names, Action::Allow, {}, {}, {}, {}, ""}, {}});
    }
    for (const auto& [key, rule] : conditional_) out.emplace_back(profile::AddRule{rule, {}});
    if (!enosys_.empty())
      out.emplace_back(profile::AddRule{
          {{enosys_.begin(), enosys_.end()}, Action::Errno, kernel::kENOSYS, {}, {}, {}, ""}, {}});
    return out;
  }

  std::vector<Added> added;
  std::vector<Refused> refused;
  std::vector<std::string> notes;
  std::vector<Narrowed> narrowed_calls;

 private:
  const ArgumentChoice* choice_of(const PermissionRequest& request) const {
    return kernel::argument_choice(name_of(request), request.syscall.arch, options_.choices);
  }

  // Permits the values that were asked for, and on request what serves the same purpose.
  void resolve_choice(const std::string& name,
                      const std::map<std::uint64_t, PermissionRequest>& requests) {
    if (requests.size() > most_values(options_.choices) && !refused_for_risk_.contains(name))
      names_.insert(name);
    const bool whole = names_.contains(name);
    const ArgumentChoice& row = *choice_of(requests.begin()->second);
    std::map<std::uint64_t, std::uint64_t> counts;
    std::set<std::uint64_t> permitted;
    for (const auto& [value, request] : requests) {
      counts[value] = request.count;
      if (whole) {
        note_added(request, {});
        continue;
      }
      const std::vector<Arch> on{request.syscall.arch};
      std::set<std::uint64_t> values{value};
      // A bound was drawn by a person: what nobody asked for does not come near it.
      if (!row.always && options_.within == nullptr) values = kernel::widened(name, value, on);
      for (const std::uint64_t each : values) {
        if (each == value || !requests.contains(each))
          permit_if(request, {condition_of(row, each)});
      }
      permitted.merge(values);
    }
    if (!whole && options_.choices == Choices::OnRequest)
      narrowed_calls.push_back(
          narrowed(row, name, counts, permitted, requests.begin()->second.syscall.arch));
  }

  static std::string name_of(const PermissionRequest& request) {
    return diagnose::call_name(request.syscall);
  }

  void refuse(const PermissionRequest& request, Reason reason, std::string text) {
    for (Refused& each : refused) {
      if (each.arch == request.syscall.arch && each.syscall == name_of(request) &&
          each.reason == reason) {
        each.because.insert(each.because.end(), request.because.begin(), request.because.end());
        return;
      }
    }
    refused.push_back({request.syscall.arch, name_of(request), reason,
                       name_of(request) + ": " + std::move(text), request.because,
                       request.was_denied && !request.is_harmless});
  }

  void decide(const PermissionRequest& request, const Verdict& verdict,
              const profile::Evaluator& evaluator) {
    const std::string name = name_of(request);
    if (options_.answer_enosys.contains(name) && verdict.decision == Decision::Deny)
      return answer_enosys(name, verdict);
    if (options_.never.contains(name) && verdict.decision != Decision::Allow)
      return refuse(request, Reason::NeverList, "--never names it");
    if (request.provenance != model::Provenance::Kernel && !options_.trust_output &&
        verdict.decision != Decision::Allow)
      return refuse(request, Reason::Untrusted,
                    request.provenance == model::Provenance::Itself
                        ? "only a SIGSYS that the process may have sent to itself asks for it; "
                          "--trust container-output takes it"
                        : "only lines that a container may have written itself ask for it; --trust "
                          "container-output takes them");
    if (verdict.decision != Decision::Allow && is_beyond_bound(request)) return;
    switch (verdict.decision) {
      case Decision::Allow:
        if (request.was_denied && !is_denied_otherwise(request, evaluator))
          refuse(
              request, Reason::Ambiguous,
              "this profile permits it already: the log is older than it (restart the container; "
              "--since leaves out what was "
              "before), or another filter denied it (which profile did the container run under?)");
        return;
      case Decision::BadArch: return add_arch(request);
      case Decision::Gated: return gated(request, verdict, evaluator);
      case Decision::RuntimeEnosys:
        // Left where the program was seen to fall back; in a short list the answer only comes of
        // the numbers' order.
        if (!options_.overrides.contains(name) && request.was_denied && request.is_harmless) {
          return refuse(
              request, Reason::DeliberateEnosys,
              fmt::format(
                  "runc answers ENOSYS so that libc falls back to an older call{}; --override {} "
                  "permits it",
                  evaluator.flat().lists(request.syscall.arch)
                      ? ""
                      : fmt::format(
                            ", but before 1.1.15 only on architectures that the profile lists: "
                            "name {} in its architectures, or update runc",
                            kernel::info(request.syscall.arch).oci_token),
                  name));
        }
        if (undermines_clone(name))
          return refuse(request, Reason::DeliberateEnosys,
                        "the profile guards clone's flags, which no filter sees in clone3; ENOSYS "
                        "makes libc use clone; --accept-risk clone3 permits it");
        return permit(request);
      case Decision::Depends:
      case Decision::Deny: return lift(request, verdict, evaluator);
    }
  }

  // What the bound has no room for is refused, and said.
  bool is_beyond_bound(const PermissionRequest& request) {
    if (!bound_) return false;
    const std::string& bound = options_.within->path;
    const auto beyond = [&](std::string why) {
      refuse(request, Reason::BeyondBound, std::move(why));
      return true;
    };
    if (options_.beyond.contains(name_of(request)) ||
        options_.beyond_archs.contains(request.syscall.arch))
      return beyond(
          fmt::format("permitting it would permit more than {} does, and the result is "
                      "to stay within that (--within)",
                      bound));
    const profile::Evaluator* evaluator = bound_->on(kernel::info(request.syscall.arch).parent);
    if (evaluator == nullptr)
      return beyond(fmt::format("{} cannot be used on that architecture (--within)", bound));
    const Verdict verdict =
        evaluator->evaluate({{request.syscall.arch, request.syscall.number}, request.args});
    if (verdict.decision == Decision::Depends)
      return beyond(
          fmt::format("{} permits it with some arguments only, and this log does not "
                      "hold them (--within)",
                      bound));
    if (kernel::lets_run(verdict.action)) return false;
    return beyond(
        fmt::format("{} does not permit it either, and the result is to stay within that "
                    "(--within): {}",
                    bound, verdict.why));
  }

  // The arguments that the bound looks at: permitted with any, the call would pass it.
  std::uint8_t bound_args(const PermissionRequest& request) const {
    const profile::Evaluator* evaluator =
        bound_ ? bound_->on(kernel::info(request.syscall.arch).parent) : nullptr;
    return evaluator == nullptr
               ? std::uint8_t{0}
               : evaluator->tested_args({request.syscall.arch, request.syscall.number});
  }

  // Rules of another format's text stand on no line of their own.
  std::string place_of(std::size_t rule) const {
    const std::uint64_t line = profile_.rules[rule].place.line;
    return line == 0 ? profile_.path : fmt::format("line {}", line);
  }

  // With the upper halves of its ints the other way: that is an ask of its own.
  static bool is_denied_otherwise(const PermissionRequest& request,
                                  const profile::Evaluator& evaluator) {
    const auto args =
        kernel::with_other_ints(request.syscall.name, request.syscall.arch, request.args);
    return args &&
           evaluator.evaluate({{request.syscall.arch, request.syscall.number}, *args}).decision !=
               Decision::Allow;
  }

  // Still denied, but so that libc falls back to an older call.
  void answer_enosys(const std::string& name, const Verdict& verdict) {
    const auto rule = verdict.rule ? verdict.rule : diagnose::deny_rule_for(profile_, name);
    if (rule) removed_[*rule].insert(name);
    enosys_.insert(name);
    notes.push_back(fmt::format(
        "{} stays denied, with ENOSYS from now on, so that libc falls back to an older call.",
        name));
  }

  // The profile lets the call run with a capability alone. Adding it helps where the kernel does
  // not ask for one.
  void gated(const PermissionRequest& request, const Verdict& verdict,
             const profile::Evaluator& evaluator) {
    const std::string name = name_of(request),
                      caps = fmt::format("{}", fmt::join(verdict.missing_caps, " or "));
    const kernel::CapabilityNeed need = kernel::capabilities_needed(
        request.syscall.name, request.args, request.call_text, {request.syscall.arch});
    using Kind = kernel::CapabilityNeed::Kind;
    if (need.kind == Kind::None || options_.overrides.contains(name))
      return lift(request, verdict, evaluator);
    if (need.kind == Kind::Needed)
      return refuse(request, Reason::CapabilityGated,
                    fmt::format("the profile and the kernel both ask for {}; adding the call alone "
                                "cannot help, granting the "
                                "capability does",
                                caps));
    refuse(request, Reason::CapabilityGated,
           fmt::format("the profile asks for {}, and the kernel asks for a capability in some "
                       "cases{}; granting it helps, or "
                       "--override {} where this is none of them",
                       caps, need.why.empty() ? "" : fmt::format(" ({})", need.why), name));
  }

  // A denial by a rule or by the default action.
  void lift(const PermissionRequest& request, const Verdict& verdict,
            const profile::Evaluator& evaluator) {
    const std::string name = name_of(request);
    const auto rule =
        verdict.decision == Decision::Deny && verdict.rule ? verdict.rule : denying_rule(request);
    const bool by_rule = rule.has_value();
    if (by_rule && !options_.overrides.contains(name)) {
      const profile::Rule& denying = profile_.rules[*rule];
      if (denying.action == Action::Errno && denying.errno_ret == kernel::kENOSYS) {
        return refuse(request, Reason::DeliberateEnosys,
                      fmt::format("{} answers ENOSYS on purpose, so that libc falls back; "
                                  "--override {} permits it",
                                  place_of(*rule), name));
      }
      return refuse(
          request, Reason::ExplicitDeny,
          fmt::format("{} denies it by name; --override {} lifts that", place_of(*rule), name));
    }
    if (!by_rule && undermines_clone(name)) return answer_enosys(name, verdict);
    if (!accepts_risk(request)) return;
    if (by_rule) {
      removed_[*rule].insert(name);
      remove_other_denials(request, name);
    }
    if (by_rule && profile_.default_action && kernel::lets_run(*profile_.default_action))
      return note_added(request, {});
    std::uint8_t tested =
        evaluator.tested_args({request.syscall.arch, request.syscall.number}) | guarded_args(name);
    if (options_.narrow.contains(name))
      tested = static_cast<std::uint8_t>(tested | request.args.known);
    if ((tested & ~request.args.known) != 0 && options_.overrides.contains(name)) tested = 0;
    tested = static_cast<std::uint8_t>(tested | bound_args(request));
    if (tested == 0) return permit(request);
    permit_with_arguments(request, tested);
  }

  // clone3 takes its flags behind a pointer, where no filter sees them: permitted by name, it would
  // void what the profile says of clone's flags. ENOSYS makes libc use clone.
  bool undermines_clone(const std::string& name) const {
    return name == "clone3" && !options_.accept_risk.contains(name) &&
           !options_.overrides.contains(name) &&
           std::any_of(profile_.rules.begin(), profile_.rules.end(), [](const profile::Rule& rule) {
             return rule.has_name("clone") && !rule.args.empty();
           });
  }

  // A rule that names the call and denies what was asked for, or may: whatever its gates, and
  // although its answer is the default's, which makes the runtime skip it. Somebody wrote it on
  // purpose.
  std::optional<std::size_t> denying_rule(const PermissionRequest& request) const {
    for (std::size_t i = 0; i < profile_.rules.size(); ++i) {
      const profile::Rule& rule = profile_.rules[i];
      if (!kernel::lets_run(rule.action) && rule.has_name(name_of(request)) &&
          may_hold(rule, request))
        return i;
    }
    return std::nullopt;
  }

  static bool may_hold(const profile::Rule& rule, const PermissionRequest& request) {
    return std::all_of(rule.args.begin(), rule.args.end(), [&](const profile::Condition& each) {
      return profile::holds(each, request.args, request.syscall.arch) != profile::Truth::No;
    });
  }

  // The arguments that rules look at which deny the call by name: permitted whole, it would lift
  // them.
  std::uint8_t guarded_args(const std::string& name) const {
    std::uint8_t out = 0;
    for (const profile::Rule& rule : profile_.rules) {
      if (kernel::lets_run(rule.action) || !rule.has_name(name)) continue;
      for (const profile::Condition& each : rule.args) {
        if (each.index < kernel::kArgCount) out = static_cast<std::uint8_t>(out | 1U << each.index);
      }
    }
    return options_.overrides.contains(name) ? std::uint8_t{0} : out;
  }

  // Where one rule is lifted the next may deny the same.
  void remove_other_denials(const PermissionRequest& request, const std::string& name) {
    for (std::size_t i = 0; i < profile_.rules.size(); ++i) {
      const profile::Rule& rule = profile_.rules[i];
      if (rule.has_name(name) && !kernel::lets_run(rule.action) && may_hold(rule, request))
        removed_[i].insert(name);
    }
  }

  bool accepts_risk(const PermissionRequest& request) {
    const std::string name = name_of(request);
    const kernel::Risk risk = kernel::risk_of(request.syscall.name, request.args);
    const bool is_doubtful =
        request.looks_like_attack || request.provenance != model::Provenance::Kernel;
    const bool risky = risk.level == kernel::RiskLevel::High ||
                       (is_doubtful && risk.level != kernel::RiskLevel::Low);
    if (!risky || options_.accept_risk.contains(name)) return true;
    if (!request.was_denied && !request.was_logged &&
        request.provenance == model::Provenance::Kernel) {
      notes.push_back(fmt::format(
          "{} is permitted because it was recorded, and it is dangerous: it {}.", name, risk.why));
      return true;
    }
    refused_for_risk_.insert(name);
    refuse(request, Reason::HighRisk,
           fmt::format("it {}; that it was tried is no reason to permit it, and may be an attack; "
                       "--accept-risk {} permits it",
                       risk.why, name));
    return false;
  }

  void permit(const PermissionRequest& request) {
    if (request.syscall.name == kernel::kNoName)
      return refuse(request, Reason::Ambiguous,
                    "no OCI runtime knows a name for this number, and profiles go by name");
    if (!accepts_risk(request)) return;
    if (const std::uint8_t tested = bound_args(request); tested != 0)
      return permit_with_arguments(request, tested);
    if (const ArgumentChoice* row = choice_of(request);
        row != nullptr && request.args.has(row->index) && permits_some(request)) {
      const auto [known, is_new] =
          selecting_[name_of(request)].emplace(selected(*row, request.args), request);
      if (!is_new) {
        known->second.because.insert(known->second.because.end(), request.because.begin(),
                                     request.because.end());
        known->second.count += request.count;
      }
      return;
    }
    if (is_dangerous_whole(request))
      return refuse(
          request, Reason::HighRisk,
          fmt::format("some of its arguments are dangerous ({}), and this log does not hold them; "
                      "record with strace -f or "
                      "seccomp-medic-capture and name that beside this log; --accept-risk {} "
                      "permits it with any arguments",
                      choice_of(request)->danger, name_of(request)));
    names_.insert(name_of(request));
    whole_[name_of(request)].push_back(request);
    note_added(request, {});
    if (!options_.companions) return;
    for (const kernel::NameId companion : kernel::companions_of(request.syscall.name))
      add_companion(request, companion);
  }

  // What was denied is harmless or dangerous by an argument that the evidence does not have.
  bool is_dangerous_whole(const PermissionRequest& request) const {
    const std::string name = name_of(request);
    const ArgumentChoice* row = choice_of(request);
    // A recording in complain mode was made to be permitted: whoever made it let the calls run.
    return row != nullptr && row->always && !request.args.has(row->index) && request.was_denied &&
           !request.was_logged && options_.narrow_args && !options_.accept_risk.contains(name) &&
           !options_.overrides.contains(name);
  }

  // Is the call to be permitted with the arguments asked for alone?
  bool permits_some(const PermissionRequest& request) const {
    const std::string name = name_of(request);
    if (name != "unshare") return options_.narrow_args;
    return !options_.accept_risk.contains(name) &&
           kernel::risk_of(request.syscall.name, {}).level == kernel::RiskLevel::High &&
           request.was_denied;
  }

  // The call was to be permitted whole.
  void take_back(const std::string& name) {
    std::erase_if(added,
                  [&](const Added& each) { return each.syscall == name && each.args.empty(); });
    for (const PermissionRequest& request : whole_[name]) {
      refuse(request, Reason::HighRisk,
             fmt::format("permitting it whole would permit what is refused here, and the log does "
                         "not hold the arguments of each "
                         "denial; --accept-risk {} permits it whole",
                         name));
    }
  }

  void permit_if(const PermissionRequest& request, const std::vector<profile::Condition>& args) {
    const std::string name = name_of(request);
    std::string key = name;
    for (const profile::Condition& each : args)
      key += fmt::format(" {}:{}:{}:{}", each.index, static_cast<int>(each.op), each.value,
                         each.value_two);
    conditional_.emplace(key, profile::NewRule{{name}, Action::Allow, {}, args, {}, {}, ""});
    note_added(request, args);
  }

  void add_companion(const PermissionRequest& request, kernel::NameId companion) {
    const std::string name(kernel::name_of(companion));
    if (options_.never.contains(name) || options_.beyond.contains(name) ||
        kernel::risk_of(companion, {}).level == kernel::RiskLevel::High || names_.contains(name))
      return;
    const auto number = kernel::number_of(companion, request.syscall.arch);
    if (number) {
      const auto verdict = in_use_.on(kernel::info(request.syscall.arch).parent)
                               ->evaluate({{request.syscall.arch, *number}, {}});
      if (verdict.decision == Decision::Allow || verdict.rule.has_value() ||
          verdict.decision == Decision::Depends)
        return;  // never against a rule
    }
    names_.insert(name);
    added.push_back(
        {request.syscall.arch, name, {}, 0, request.because, "companion of " + name_of(request)});
  }

  // One rule of its own beside the existing ones: conditions of one rule are joined by AND, rules
  // by OR.
  void permit_with_arguments(const PermissionRequest& request, std::uint8_t tested) {
    const std::string name = name_of(request);
    if ((tested & ~request.args.known) != 0) {
      return refuse(
          request, Reason::Ambiguous,
          fmt::format("the profile permits it with some arguments only, and this log does not hold "
                      "them; record with "
                      "strace -f or seccomp-medic-capture "
                      "and repair from that (or --override {} permits it with any arguments)",
                      name));
    }
    std::vector<profile::Condition> args;
    // The argument that selects what the call can reach counts whether the profile looks at it or
    // at another one.
    const kernel::ArgumentChoice* row =
        kernel::argument_choice(name, request.syscall.arch, kernel::Choices::Always);
    if (row != nullptr && (tested >> row->index & 1) == 0 && request.args.has(row->index) &&
        permits_some(request))
      args.push_back(condition_of(*row, selected(*row, request.args)));
    for (unsigned i = 0; i < kernel::kArgCount; ++i) {
      if ((tested >> i & 1) != 0) args.push_back(condition_for(request, i));
    }
    permit_if(request, args);
  }

  // Where the profile looks at some bits of the argument only, so does the new rule.
  profile::Condition condition_for(const PermissionRequest& request, unsigned index) const {
    std::set<std::uint64_t> masks;
    bool only_masks = true;
    for (const profile::Rule& rule : profile_.rules) {
      if (!rule.has_name(name_of(request))) continue;
      for (const profile::Condition& each : rule.args) {
        if (each.index != index) continue;
        if (each.op == profile::Op::MaskedEq)
          masks.insert(each.value);
        else
          only_masks = false;
      }
    }
    profile::Condition out;
    out.index = index;
    out.value = request.args.value[index];
    if (kernel::is_ambiguous_int(request.syscall.name, request.syscall.arch, request.args, index)) {
      out.op = profile::Op::MaskedEq;
      out.value = 0xFFFFFFFF;
      out.value_two = request.args.value[index] & 0xFFFFFFFF;
      return out;
    }
    if (only_masks && masks.size() == 1) {
      out.op = profile::Op::MaskedEq;
      out.value = *masks.begin();
      out.value_two = request.args.value[index] & out.value;
    }
    return out;
  }

  void add_arch(const PermissionRequest& request) {
    archs_.insert(request.syscall.arch);
    const bool listed = std::any_of(added.begin(), added.end(), [&](const Added& each) {
      return each.syscall.empty() && each.arch == request.syscall.arch;
    });
    if (!listed)
      added.push_back({request.syscall.arch, "", {}, 0, request.because, "architecture"});
  }

  void note_added(const PermissionRequest& request, const std::vector<profile::Condition>& args) {
    const auto same_args = [&](const Added& each) {
      return std::equal(each.args.begin(), each.args.end(), args.begin(), args.end(),
                        [](const auto& a, const auto& b) {
                          return a.index == b.index && a.op == b.op && a.value == b.value &&
                                 a.value_two == b.value_two;
                        });
    };
    for (Added& each : added) {
      if (each.syscall == name_of(request) && each.arch == request.syscall.arch &&
          same_args(each)) {
        each.because.insert(each.because.end(), request.because.begin(), request.because.end());
        return;
      }
    }
    added.push_back({request.syscall.arch, name_of(request), args, 0, request.because, ""});
  }

  const profile::Profile& profile_;
  const Options& options_;
  diagnose::ProfileInUse in_use_;
  std::optional<diagnose::ProfileInUse> bound_;
  std::set<std::string> names_;
  std::set<std::string> enosys_;
  std::set<Arch> archs_;
  std::map<std::string, profile::NewRule> conditional_;
  std::map<std::size_t, std::set<std::string>> removed_;
  std::map<std::string, std::map<std::uint64_t, PermissionRequest>>
      selecting_;  // to be permitted with these arguments alone
  std::map<std::string, std::vector<PermissionRequest>> whole_;  // to be permitted with any
  std::set<std::string> refused_for_risk_;
};

}  // namespace

std::string_view json_name(Reason reason) {
  switch (reason) {
    case Reason::ExplicitDeny: return "explicit-deny";
    case Reason::HighRisk: return "high-risk";
    case Reason::CapabilityGated: return "capability-gated";
    case Reason::DeliberateEnosys: return "deliberate-enosys";
    case Reason::NotSeccomp: return "not-seccomp";
    case Reason::Ambiguous: return "ambiguous";
    case Reason::NeverList: return "never-list";
    case Reason::Untrusted: return "untrusted";
    case Reason::BeyondBound: return "beyond-bound";
  }
  return "ambiguous";
}

bool Repair::complete() const {
  return verification.holds() && verification.still_denied.empty() && cannot_start.empty() &&
         std::none_of(refused.begin(), refused.end(),
                      [](const Refused& each) { return each.leaves_denial; });
}

std::vector<PermissionRequest> requests_of(const diagnose::Diagnosis& diagnosis,
                                           std::vector<Refused>& refused) {
  std::vector<PermissionRequest> out;
  for (const diagnose::Finding& finding : diagnosis.findings) {
    if (!finding.denied) continue;
    if (finding.kind == "denied-name-dropped") {
      refused.push_back(
          {finding.syscall.arch,
           diagnose::call_name(finding.syscall),
           Reason::Ambiguous,
           diagnose::call_name(finding.syscall) + ": no edit helps. " + finding.remedy.text,
           {finding.id},
           true});
      continue;
    }
    if (finding.layer == diagnose::Layer::Seccomp && finding.kind != "abend-sigsys") {
      PermissionRequest request{
          finding.syscall, finding.args.value_or(kernel::Args{}), {finding.id}};
      request.looks_like_attack = !finding.intrusion.empty();
      request.was_logged = finding.outcome.kind == model::Outcome::Kind::Denied &&
                           finding.outcome.action == kernel::Action::Log;
      request.provenance = finding.provenance;
      request.count = finding.count;
      request.call_text = finding.call_text;
      request.is_harmless = finding.kind == "benign-probe";
      out.push_back(std::move(request));
      continue;
    }
    const bool strict =
        finding.layer == diagnose::Layer::StrictMode || finding.kind == "abend-sigsys";
    refused.push_back(
        {finding.syscall.arch,
         diagnose::call_name(finding.syscall),
         strict && finding.kind == "abend-sigsys" ? Reason::Ambiguous : Reason::NotSeccomp,
         finding.summary,
         {finding.id},
         strict});
  }
  return out;
}

namespace {

// Several logs of one denial: what one of them does not hold, another may. A request without
// arguments asks for nothing that one with arguments, of the same call, does not ask for already.
std::vector<PermissionRequest> narrowed(const std::vector<PermissionRequest>& requests,
                                        std::vector<std::string>& notes) {
  std::vector<PermissionRequest> out;
  std::set<std::string> noted;
  for (const PermissionRequest& request : requests) {
    const auto fuller =
        std::find_if(requests.begin(), requests.end(), [&](const PermissionRequest& other) {
          return other.args.known != 0 && other.syscall == request.syscall &&
                 other.provenance <= request.provenance && other.was_denied;
        });
    if (request.args.known != 0 || fuller == requests.end()) {
      out.push_back(request);
    } else if (const std::string name = diagnose::call_name(request.syscall);
               noted.insert(name).second) {
      notes.push_back(
          fmt::format("Some records of {} do not hold its arguments: those that other lines hold "
                      "count for them.",
                      name));
    }
  }
  return out;
}

}  // namespace

namespace {

Result<Repair> repair_once(const profile::Profile& profile,
                           const std::vector<PermissionRequest>& requests,
                           std::vector<Refused> refused,
                           const std::vector<PermissionRequest>& observed, const Options& options) {
  std::vector<std::string> notes;
  std::vector<PermissionRequest> all = both_ways(narrowed(requests, notes));
  const std::set<std::string> for_runtime = add_runtime_needs(profile, options, all);
  Planner planner(profile, options);
  for (const PermissionRequest& request : all) planner.plan(request);
  planner.resolve();
  Repair out;
  out.added = std::move(planner.added);
  for (Added& each : out.added) {
    if (each.because.empty() && each.note.empty() && for_runtime.contains(each.syscall))
      each.note = fmt::format("{} makes it before the program runs",
                              profile::name(options.context.runtime));
  }
  out.refused = std::move(refused);
  out.refused.insert(out.refused.end(), planner.refused.begin(), planner.refused.end());
  out.notes = std::move(notes);
  out.notes.insert(out.notes.end(), planner.notes.begin(), planner.notes.end());
  out.narrowed = std::move(planner.narrowed_calls);
  const std::vector<std::string> on_narrowing = narrowed_notes(out.narrowed);
  out.notes.insert(out.notes.end(), on_narrowing.begin(), on_narrowing.end());
  out.edits = planner.edits();
  std::vector<PermissionRequest> to_permit;
  std::copy_if(
      all.begin(), all.end(), std::back_inserter(to_permit), [&](const PermissionRequest& each) {
        const std::string name = diagnose::call_name(each.syscall);
        const bool is_left = each.is_harmless && std::none_of(out.added.begin(), out.added.end(),
                                                              [&](const Added& added) {
                                                                return added.syscall == name;
                                                              });
        return !is_left && !options.answer_enosys.contains(name);
      });
  return apply_and_prove(profile, to_permit, both_ways(observed), options, std::move(out));
}

// What the proof found beyond the bound and the repair has added. False: nothing new.
bool take_beyond(const Repair& made, Options& options) {
  const std::size_t before = options.beyond.size() + options.beyond_archs.size();
  for (const kernel::SyscallId id : made.verification.beyond_calls) {
    const std::string name(kernel::known_name(id));
    for (const Added& each : made.added) {
      if (each.syscall.empty() && each.arch == id.arch)
        options.beyond_archs.insert(id.arch);
      else if (!each.syscall.empty() && each.syscall == name)
        options.beyond.insert(name);
    }
  }
  return options.beyond.size() + options.beyond_archs.size() > before;
}

}  // namespace

Result<Repair> repair(const profile::Profile& profile,
                      const std::vector<PermissionRequest>& requests, std::vector<Refused> refused,
                      const std::vector<PermissionRequest>& observed, const Options& options) {
  Options bounded = options;
  for (;;) {
    auto made = repair_once(profile, requests, refused, observed, bounded);
    if (!made || !options.within || !take_beyond(*made, bounded)) return made;
  }
}

}  // namespace medic::repair
