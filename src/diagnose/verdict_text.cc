#include "diagnose/verdict_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "kernel/errno.h"

namespace medic::diagnose {
namespace {

using kernel::Action;
using profile::Decision;

std::string deed(Action action, const std::string& errno_name) {
  switch (action) {
    case Action::KillProcess: return "killed the process";
    case Action::KillThread: return "killed the thread";
    case Action::Trap: return "sent SIGSYS";
    case Action::Errno: return errno_name.empty() ? "answered with an errno" : "answered " + errno_name;
    case Action::Notify: return "asked its listener, which refused or is not there";
    case Action::Trace: return "asked its tracer, which refused or is not there";
    case Action::Log: return "let it run and logged it";
    case Action::Allow: return "permitted it";
  }
  return {};
}

std::string errno_of(const model::Outcome& outcome, const std::optional<profile::Verdict>& verdict) {
  if (outcome.error != 0) return kernel::errno_text(outcome.error);
  if (outcome.kind == model::Outcome::Kind::Denied && outcome.action == Action::Errno && verdict && verdict->action == Action::Errno) {
    return kernel::errno_text(verdict->errno_value);
  }
  return {};
}

void default_denies(Finding& finding, const std::string& name, const std::string& file) {
  finding.kind = "denied-by-default";
  finding.remedy = {RemedyKind::AddSyscall,
                    fmt::format("If the program needs {0}, then permit it: `seccomp-medic repair LOG --profile {1}` adds it and proves the result.", name, file)};
}

void rule_denies(Finding& finding, const profile::Verdict& verdict, const std::string& name, const std::string& file, std::uint64_t line) {
  if (verdict.action == Action::Errno && verdict.errno_value == kernel::kENOSYS) {
    finding.kind = "denied-enosys";
    finding.remedy = {RemedyKind::None,
                      fmt::format("A rule answers ENOSYS on purpose, so that libc falls back to an older call. If the program works, then leave it. "
                                  "If it has no fallback and you trust it, then `repair --override {}` permits it.", name)};
    return;
  }
  finding.kind = "denied-by-rule";
  finding.remedy = {RemedyKind::AddSyscall,
                    fmt::format("A rule at {1}:{2} denies {0} on purpose. If it must be permitted all the same, then `seccomp-medic repair LOG --profile {1} "
                                "--override {0}` takes it out of that rule.", name, file, line)};
}

void condition_denies(Finding& finding, const std::string& name, const std::string& file) {
  finding.kind = "denied-by-condition";
  const bool known = finding.args.has_value();
  finding.remedy = {RemedyKind::AddCondition,
                    known ? fmt::format("If the program needs this call, then permit {0} with these arguments alone: `seccomp-medic repair LOG --profile {1}` adds one rule for them.", name, file)
                          : fmt::format("The profile permits {0} with other arguments only, and this log does not hold them. Record once with strace -f or "
                                        "seccomp-medic-capture; then `repair` can permit exactly what was asked for.", name)};
}

void gate_denies(Finding& finding, const profile::Verdict& verdict, const std::string& name) {
  finding.kind = "denied-gated";
  finding.remedy = {RemedyKind::GrantCapability,
                    fmt::format("The profile permits {0} only to containers with {1}, and so does the kernel: adding the call alone cannot help. If the container may have it, then grant {1} "
                                "(--cap-add {2}); the engine then permits the call by itself.",
                                name, fmt::join(verdict.missing_caps, " and "),
                                verdict.missing_caps.empty() ? "NAME" : verdict.missing_caps.front().substr(4))};
}

void profile_permits(Finding& finding, const std::string& name, const std::string& file) {
  finding.kind = "denied-unexplained";
  finding.remedy = {RemedyKind::None,
                    fmt::format("{1} permits {0}, so another filter denied it: an older version of this profile, one that the program or systemd installed itself, or another container's. "
                                "Check which profile the container runs under (docker inspect, SecurityOpt) before changing this one.", name, file)};
}

void arch_is_missing(Finding& finding, const std::string& file) {
  finding.kind = "denied-arch";
  const std::string_view token = finding.syscall.arch == kernel::Arch::Unknown ? "" : kernel::info(finding.syscall.arch).oci_token;
  finding.remedy = {RemedyKind::AddArchitecture,
                    fmt::format("If programs of this architecture are to run, then add {0} to the architectures: `seccomp-medic repair LOG --profile {1}`. All calls that the profile permits by name are then "
                                "permitted to them as well.", token, file)};
}

}  // namespace

std::optional<std::size_t> deny_rule_for(const profile::Profile& profile, std::string_view name) {
  for (std::size_t i = 0; i < profile.rules.size(); ++i) {
    const profile::Rule& rule = profile.rules[i];
    if (kernel::lets_run(rule.action) || !rule.args.empty() || !rule.includes.empty() || !rule.excludes.empty()) continue;
    const bool named = std::any_of(rule.names.begin(), rule.names.end(), [&](const profile::Name& each) { return each.text == name; });
    if (named) return i;
  }
  return std::nullopt;
}

std::string file_name_of(const Case& subject) {
  return subject.profile == nullptr ? "PROFILE" : subject.profile->profile().path.empty() ? "the profile" : subject.profile->profile().path;
}

std::string outcome_words(const model::Outcome& outcome, const std::optional<profile::Verdict>& verdict) {
  if (outcome.kind == model::Outcome::Kind::Failed) return "answered " + kernel::errno_text(outcome.error);
  return deed(outcome.action, errno_of(outcome, verdict));
}

void explain_denial(const Case& subject, Finding& finding) {
  const std::string name = call_name(finding.syscall);
  const std::string file = file_name_of(subject);
  const std::string what = outcome_words(finding.outcome, finding.verdict);
  if (!finding.verdict) {
    finding.kind = "denied";
    finding.summary = fmt::format("A seccomp filter denied {}: it {}.", name, what);
    finding.remedy = {RemedyKind::AddSyscall, fmt::format("Name the profile that the container runs under: `seccomp-medic diagnose LOG --profile FILE` tells which rule it is, `repair` mends it.")};
    return;
  }
  const profile::Verdict& verdict = *finding.verdict;
  switch (verdict.decision) {
    case Decision::Allow: profile_permits(finding, name, file); break;
    case Decision::BadArch: arch_is_missing(finding, file); break;
    case Decision::Gated: gate_denies(finding, verdict, name); break;
    case Decision::RuntimeEnosys:
      finding.kind = "denied-enosys-stub";
      finding.remedy = {RemedyKind::None, fmt::format("runc answers ENOSYS to every call newer than the profile knows, so that libc falls back. If the program works, then leave it; if it needs {}, then `repair --override {}` permits it.", name, name)};
      break;
    case Decision::Depends: condition_denies(finding, name, file); break;
    case Decision::Deny:
      if (const auto rule = verdict.rule ? verdict.rule : deny_rule_for(subject.profile->profile(), name)) rule_denies(finding, verdict, name, file, subject.profile->profile().rules[*rule].place.line);
      else if (subject.profile->on(kernel::info(finding.syscall.arch).parent)->tested_args({finding.syscall.arch, finding.syscall.number}) != 0) condition_denies(finding, name, file);
      else default_denies(finding, name, file);
      break;
  }
  finding.summary = fmt::format("A seccomp filter denied {}: it {}. {}", name, what, verdict.why);
}

}  // namespace medic::diagnose
