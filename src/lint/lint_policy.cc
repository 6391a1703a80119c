// Lint rules about what the profile as a whole permits and denies.
#include <algorithm>
#include <map>

#include "kernel/companions.h"
#include "kernel/errno.h"
#include "kernel/risk.h"
#include "kernel/knowledge.h"
#include "kernel/runtime_calls.h"
#include "lint/lint_checks.h"
#include "kernel/multiplexer.h"
#include "policy/runtime_needs.h"

namespace medic::profile::lint_checks {
namespace {

// The verdict on a call of the machine's own architecture with unknown arguments; nothing when it
// lacks the call.
std::optional<Verdict> verdict(const LintCase& c, kernel::NameId name) {
  const auto number =
      name == kernel::kNoName ? std::nullopt : kernel::number_of(name, c.context.arch);
  if (!number) return std::nullopt;
  return c.evaluator->evaluate({{c.context.arch, *number}, {}});
}

bool runs(const Verdict& v) {
  return kernel::lets_run(v.action) && v.decision != Decision::Depends;
}
bool may_run(const Verdict& v) {
  return kernel::lets_run(v.action) || v.decision == Decision::Depends;
}
bool kills(const Verdict& v) {
  return !may_run(v) &&
         (v.action == kernel::Action::KillProcess || v.action == kernel::Action::KillThread ||
          v.action == kernel::Action::Trap);
}

// Calls newer than what a libc must bear to be without: they fall back on ENOSYS only (measured
// with glibc 2.36 and musl 1.2.3; the others by their libraries' sources).

}  // namespace

void denies_everything(const LintCase& c, Findings& out) {
  if (c.evaluator == nullptr || c.flat->disabled) return;
  for (const kernel::TableRow& row : kernel::table(c.context.arch)) {
    const auto v = verdict(c, row.name);
    if (v &&
        (may_run(*v) || v->action == kernel::Action::Notify || v->action == kernel::Action::Trace))
      return;
  }
  LintFinding found = at("denies-everything", Severity::Error, c.profile.default_action_place,
                         fmt::format("no call is permitted on {}", kernel::name(c.context.arch)));
  found.reason = "not even the runtime's execve of the container's program: nothing can start";
  found.hint = "permit the calls that the program needs";
  out.push_back(std::move(found));
}

void no_filter(const LintCase& c, Findings& out) {
  if (c.evaluator == nullptr || !c.flat->disabled) return;
  LintFinding found =
      at("no-filter", Severity::Warning, c.profile.default_action_place,
         "the profile has neither a default action nor rules: the container runs without a filter");
  found.reason =
      "engines take it for no profile at all, and the default profile is switched off as well";
  found.hint = "write \"defaultAction\", and permit what the program needs";
  out.push_back(std::move(found));
}

void denies_little(const LintCase& c, Findings& out) {
  if (c.evaluator == nullptr || c.flat->disabled || !kernel::lets_run(c.flat->default_action))
    return;
  constexpr std::size_t kLittle = 20;
  std::vector<std::string> open;
  std::size_t denied = 0;
  for (const kernel::TableRow& row : kernel::table(c.context.arch)) {
    const auto v = verdict(c, row.name);
    if (!v || !runs(*v)) {
      ++denied;
    } else if (kernel::risk_of(row.name, {}).level == kernel::RiskLevel::High) {
      open.emplace_back(kernel::name_of(row.name));
    }
  }
  if (denied >= kLittle && open.empty()) return;
  LintFinding found =
      at("denies-little", Severity::Warning, c.profile.default_action_place,
         fmt::format("permits by default and denies {} call{}",
                     denied == 0 ? "no" : fmt::format("{}", denied), denied == 1 ? "" : "s"));
  found.reason = open.empty() ? "a call that a newer kernel brings is permitted too"
                              : fmt::format("{} that can endanger the host stay{} open: {}",
                                            open.size() == 1 ? "one call"
                                                             : fmt::format("{} calls", open.size()),
                                            open.size() == 1 ? "s" : "", listed(open));
  found.hint = "deny by default and permit what the program needs";
  out.push_back(std::move(found));
}

void breaks_fallback(const LintCase& c, Findings& out) {
  if (c.evaluator == nullptr) return;
  std::map<std::pair<std::uint64_t, int>, std::vector<std::string>>
      names;  // deciding line and errno
  for (const std::string_view name : kernel::only_fall_back_on_enosys()) {
    const auto v = verdict(c, kernel::find_name(name));
    if (!v || may_run(*v) || v->action != kernel::Action::Errno ||
        v->errno_value == kernel::kENOSYS)
      continue;
    names[{v->line, v->errno_value}].emplace_back(name);
  }
  for (const auto& [decided, calls] : names) {
    LintFinding found =
        at("breaks-fallback", Severity::Warning, {decided.first, 1},
           fmt::format("{} answered with {}", listed(calls), kernel::errno_text(decided.second)));
    const bool clone3 = std::find(calls.begin(), calls.end(), "clone3") != calls.end();
    found.reason = fmt::format(
        "libraries fall back to an older call on ENOSYS, and give up on any other errno{}",
        clone3 ? ": with clone3 so denied, glibc 2.34 and later starts no thread" : "");
    found.hint = fmt::format("add a rule for {}: \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 38",
                             calls.size() == 1 ? "it" : "them");
    out.push_back(std::move(found));
  }
}

void bypass(const LintCase& c, Findings& out) {
  if (c.evaluator == nullptr) return;
  for (const FlatRule& rule : c.flat->rules) {
    // A deny with ENOSYS is there to make libraries take the other call.
    if (kernel::lets_run(rule.action) || !rule.args.empty() ||
        (rule.action == kernel::Action::Errno && rule.errno_value == kernel::kENOSYS))
      continue;
    for (const kernel::NameId name : rule.names) {
      const auto denied = verdict(c, name);
      if (!denied || denied->rule != rule.source || may_run(*denied)) continue;
      std::vector<std::string> open;
      for (const kernel::NameId other : kernel::companions_of(name)) {
        const auto v = verdict(c, other);
        if (v && runs(*v)) open.emplace_back(kernel::name_of(other));
      }
      if (open.empty()) continue;
      LintFinding found =
          at("bypass", Severity::Warning, c.profile.rules[rule.source].place,
             fmt::format("{} is denied, {} not", kernel::name_of(name), listed(open)));
      found.reason = "they do the same: the denial stops nobody";
      found.hint = "deny them too, or none";
      out.push_back(std::move(found));
    }
  }
  const auto setup = verdict(c, kernel::find_name("io_uring_setup")),
             enter = verdict(c, kernel::find_name("io_uring_enter"));
  if (!setup || !enter || !runs(*setup) || !runs(*enter)) return;
  std::vector<std::string> denied;
  for (const std::string_view name :
       {"openat", "open", "connect", "socket", "sendmsg", "unlinkat", "renameat", "mkdirat"}) {
    const auto v = verdict(c, kernel::find_name(name));
    if (v && !may_run(*v)) denied.emplace_back(name);
  }
  if (denied.empty()) return;
  LintFinding found = at("bypass", Severity::Warning, c.profile.default_action_place,
                         fmt::format("{} denied, io_uring not", listed(denied)));
  found.reason = "a ring carries out the same operations, and no filter sees them";
  found.hint = "deny io_uring_setup, io_uring_enter and io_uring_register";
  out.push_back(std::move(found));
}

void multiplexer_back_door(const LintCase& c, Findings& out) {
  if (c.evaluator == nullptr) return;
  for (const kernel::Arch arch : c.flat->archs) {
    if (!kernel::info(arch).multiplexed) continue;
    std::map<std::size_t, std::pair<kernel::NameId, std::vector<std::string>>>
        open;  // the rule that is walked round → by what, which
    for (const FlatRule& rule : c.flat->rules) {
      for (const kernel::NameId name : rule.names) {
        const auto muxed = kernel::multiplexed_as(arch, name);
        const auto number = muxed ? kernel::number_of(muxed->by, arch) : std::nullopt;
        const bool restricts = !rule.args.empty() || !kernel::lets_run(rule.action);
        if (!number || !restricts) continue;
        kernel::Call call{{arch, *number}, {}};
        call.args.set(0, muxed->call);
        if (!may_run(c.evaluator->evaluate(call))) continue;
        auto& [by, names] = open[rule.source];
        by = muxed->by;
        if (std::find(names.begin(), names.end(), kernel::name_of(name)) == names.end())
          names.emplace_back(kernel::name_of(name));
      }
    }
    for (const auto& [index, how] : open) {
      LintFinding found =
          at("multiplexer-back-door", Severity::Warning, c.profile.rules[index].place,
             fmt::format("on {} the restriction of {} does not hold for {}", kernel::name(arch),
                         listed(how.second), kernel::name_of(how.first)));
      found.reason =
          "it takes the arguments by pointer, where no filter can look; libseccomp lets it through "
          "for every value";
      found.hint = "leave the architecture out, or rely on AppArmor or SELinux for it";
      out.push_back(std::move(found));
    }
  }
}

void runtime_needs(const LintCase& c, Findings& out) {
  if (c.evaluator == nullptr || c.flat->disabled || c.context.runtime == Runtime::None) return;
  const auto runtime =
      c.context.runtime == Runtime::Runc ? kernel::OciRuntime::Runc : kernel::OciRuntime::Crun;
  const auto missing = [&](std::span<const std::string_view> names, auto is_missing) {
    std::vector<std::string> list;
    for (const std::string_view name : names) {
      const auto v = verdict(c, kernel::find_name(name));
      if (v && is_missing(*v)) list.emplace_back(name);
    }
    return list;
  };
  const auto report = [&](Severity severity, const std::vector<std::string>& names,
                          std::string reason) {
    if (names.empty()) return;
    LintFinding found = at("runtime-needs", severity, c.profile.default_action_place,
                           fmt::format("{} needs {} after it has loaded the filter",
                                       name(c.context.runtime), listed(names)));
    found.reason = std::move(reason);
    found.hint = fmt::format("permit {}", fmt::join(names, ", "));
    out.push_back(std::move(found));
  };
  const auto denied = [](const Verdict& v) { return !may_run(v); };
  const kernel::RuntimeCalls& late = kernel::runtime_calls(runtime, kernel::NoNewPrivs::Set);
  const kernel::RuntimeCalls& early = kernel::runtime_calls(runtime, kernel::NoNewPrivs::Unset);
  const auto [always, privileged] = runtime_lack(*c.evaluator, c.context);
  report(Severity::Error, always, "the container does not start, or hangs");
  report(Severity::Error, privileged,
         "unless no_new_privileges is set the filter is loaded early, and the container does not "
         "start");
  const auto waits = [](const std::string_view name) { return name == "futex"; };
  if (std::ranges::any_of(late.sometimes, waits)) {
    constexpr std::string_view kWaiting[] = {"futex"};
    report(Severity::Error, missing(kWaiting, denied),
           "Go's threads wait with it: the start hangs or fails, not every time");
  }
  report(Severity::Warning, missing(early.tolerated, kills),
         "denied with an errno they are borne; this profile kills");
  report(Severity::Warning, missing(late.sometimes, kills),
         "the runtime makes them in some starts only; this profile kills it then");
}

}  // namespace medic::profile::lint_checks
