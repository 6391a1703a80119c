#include "diagnose/verdict_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"
#include "kernel/capability_needs.h"
#include "kernel/errno.h"

namespace medic::diagnose {
namespace {

using kernel::Action;
using profile::Decision;

std::string answer_text(Action action, const std::string& errno_name) {
  switch (action) {
    case Action::KillProcess: return "killed the process";
    case Action::KillThread: return "killed the thread";
    case Action::Trap: return "sent SIGSYS";
    case Action::Errno:
      return errno_name.empty() ? "answered with an errno" : "answered " + errno_name;
    case Action::Notify: return "asked its listener, which refused or is not there";
    case Action::Trace: return "asked its tracer, which refused or is not there";
    case Action::Log: return "let it run and logged it";
    case Action::Allow: return "permitted it";
  }
  return {};
}

std::string errno_of(const model::Outcome& outcome,
                     const std::optional<profile::Verdict>& verdict) {
  if (outcome.error != 0) return kernel::errno_text(outcome.error);
  if (outcome.kind == model::Outcome::Kind::Denied && outcome.action == Action::Errno && verdict &&
      verdict->action == Action::Errno) {
    return kernel::errno_text(verdict->errno_value);
  }
  return {};
}

// What a sentence about a denial names.
struct Words {
  std::string name;     // of the call
  std::string file;     // of the profile
  std::string command;  // `seccomp-medic repair LOG --profile P`
};

void default_denies(Finding& finding, const Words& words) {
  finding.kind = "denied-by-default";
  const bool risky = finding.risk.level == kernel::RiskLevel::High;
  finding.remedy = {
      RemedyKind::AddSyscall,
      fmt::format(
          "If the program needs {0}{1}, then permit it: `{2}{3}` adds it and proves the result.",
          words.name, risky ? " and you accept the risk" : "", words.command,
          risky ? " --accept-risk " + words.name : "")};
}

void rule_denies(Finding& finding, const profile::Verdict& verdict, const Words& words,
                 std::uint64_t line) {
  if (verdict.action == Action::Errno && verdict.errno_value == kernel::kENOSYS) {
    finding.kind = "denied-enosys";
    finding.remedy = {
        RemedyKind::None,
        fmt::format("If the program works, then leave it: the rule answers ENOSYS on purpose, so "
                    "that libc falls "
                    "back to an older call. If it has no fallback and you trust it, then "
                    "`{1} --override {0}` permits it.",
                    words.name, words.command)};
    return;
  }
  finding.kind = "denied-by-rule";
  finding.remedy = {
      RemedyKind::AddSyscall,
      fmt::format("If {0} must be permitted although {1} denies it on purpose, then `{2} "
                  "--override {0}` takes it out of that rule.",
                  words.name, line == 0 ? words.file : fmt::format("{}:{}", words.file, line),
                  words.command)};
}

void condition_denies(Finding& finding, const Words& words) {
  finding.kind = "denied-by-condition";
  const bool known = finding.args.has_value();
  finding.remedy = {RemedyKind::AddCondition,
                    known
                        ? fmt::format("If the program needs this call, then permit {0} with these "
                                      "arguments alone: `{1}` adds one rule for them.",
                                      words.name, words.command)
                        : fmt::format("If the program needs {0}, then record once with `strace -f "
                                      "-o trace.log PROGRAM` or "
                                      "seccomp-medic-capture: the profile permits it with other "
                                      "arguments only, and this log does not hold "
                                      "them. `repair` can then permit exactly what was asked for.",
                                      words.name)};
}

// What the kernel itself asks for, where the profile lets the call run with a capability alone.
void gate_denies(Finding& finding, const profile::Verdict& verdict, const Words& words) {
  finding.kind = "denied-gated";
  const std::string caps = fmt::format("{}", fmt::join(verdict.missing_caps, " or "));
  const kernel::CapabilityNeed need =
      kernel::capabilities_needed(finding.syscall.name, finding.args.value_or(kernel::Args{}),
                                  finding.call_text, {finding.syscall.arch});
  if (need.kind == kernel::CapabilityNeed::Kind::None) {
    finding.remedy = {
        RemedyKind::AddSyscall,
        fmt::format("If the program needs {0}, then `{1}` permits it: the kernel asks for no "
                    "capability here{2}, the "
                    "profile alone does. Granting {3} would help too, and open much more.",
                    words.name, words.command,
                    need.why.empty() ? "" : fmt::format(" ({})", need.why), caps)};
    return;
  }
  if (need.kind != kernel::CapabilityNeed::Kind::Needed) {
    finding.remedy = {RemedyKind::GrantCapability,
                      fmt::format("If the container may have {1}, then grant it: the engine then "
                                  "permits {0} by itself. The kernel asks for a "
                                  "capability in some cases only{3}: where this is none of them, "
                                  "`{2} --override {0}` permits the call in the profile.",
                                  words.name, caps, words.command,
                                  need.why.empty() ? "" : fmt::format(" ({})", need.why))};
    return;
  }
  finding.remedy = {
      RemedyKind::GrantCapability,
      fmt::format("If the container may have {1}, then grant it (--cap-add {2}): the engine then "
                  "permits {0} by itself. The "
                  "kernel asks for the capability too, so adding the call to the profile alone "
                  "cannot help.",
                  words.name, caps,
                  verdict.missing_caps.empty() ? "NAME" : verdict.missing_caps.front().substr(4))};
}

void profile_permits(Finding& finding, const Words& words) {
  if (const auto first = kernel::first_libseccomp(finding.syscall.name)) {
    finding.kind = "denied-name-dropped";
    return explain_dropped_name(finding, *first);
  }
  finding.kind = "denied-unexplained";
  finding.remedy = {
      RemedyKind::None,
      fmt::format(
          "If {0} should be permitted, then find the other filter: {1} permits it, so an older "
          "version of "
          "this profile, one that the program or systemd installed itself, or another "
          "container's denied it (docker inspect: SecurityOpt; /proc/PID/status: Seccomp_filters).",
          words.name, words.file)};
}

void arch_is_missing(Finding& finding, const Words& words) {
  finding.kind = "denied-arch";
  const std::string_view token = finding.syscall.arch == kernel::Arch::Unknown
                                     ? ""
                                     : kernel::info(finding.syscall.arch).oci_token;
  finding.remedy = {
      RemedyKind::AddArchitecture,
      fmt::format("If programs of this architecture are to run, then add {0} to the architectures: "
                  "`{1}`. All "
                  "calls that the profile permits by name are then permitted to them as well.",
                  token, words.command)};
}

// Rules that name the call and never reached the filter, as the runtime's libseccomp (as
// --libseccomp says) does not know the name.
bool was_dropped(const Case& c, const Finding& finding) {
  const profile::Evaluator* evaluator = c.profile->on(kernel::info(finding.syscall.arch).parent);
  const std::string name = call_name(finding.syscall);
  return evaluator != nullptr &&
         std::any_of(evaluator->flat().dropped.begin(), evaluator->flat().dropped.end(),
                     [&](const profile::Dropped& each) {
                       return each.why == profile::Dropped::Why::TooNewForLibseccomp &&
                              std::find(each.names.begin(), each.names.end(), name) !=
                                  each.names.end();
                     });
}

void plain_deny(const Case& c, Finding& finding, const Words& words) {
  const profile::Verdict& verdict = *finding.verdict;
  const kernel::SyscallId id{finding.syscall.arch, finding.syscall.number};
  if (const auto rule =
          verdict.rule ? verdict.rule : deny_rule_for(c.profile->profile(), words.name)) {
    rule_denies(finding, verdict, words, c.profile->profile().rules[*rule].place.line);
  } else if (was_dropped(c, finding)) {
    finding.kind = "denied-name-dropped";
    explain_dropped_name(finding, *kernel::first_libseccomp(finding.syscall.name));
  } else if (c.profile->on(kernel::info(finding.syscall.arch).parent)->tested_args(id) != 0) {
    condition_denies(finding, words);
  } else {
    default_denies(finding, words);
  }
}

}  // namespace

std::optional<std::size_t> deny_rule_for(const profile::Profile& profile, std::string_view name) {
  for (std::size_t i = 0; i < profile.rules.size(); ++i) {
    const profile::Rule& rule = profile.rules[i];
    if (kernel::lets_run(rule.action) || !rule.args.empty() || !rule.includes.empty() ||
        !rule.excludes.empty())
      continue;
    if (rule.has_name(name)) return i;
  }
  return std::nullopt;
}

std::string file_name_of(const Case& c) {
  return c.profile == nullptr                ? "PROFILE"
         : c.profile->profile().path.empty() ? "the profile"
                                             : c.profile->profile().path;
}

std::string outcome_words(const model::Outcome& outcome,
                          const std::optional<profile::Verdict>& verdict) {
  if (outcome.kind == model::Outcome::Kind::Failed)
    return "answered " + kernel::errno_text(outcome.error);
  return answer_text(outcome.action, errno_of(outcome, verdict));
}

std::string sentence(std::string_view clause) {
  std::string out(trim(clause));
  while (out.ends_with('.')) out.pop_back();
  const std::string_view word = std::string_view(out).substr(0, out.find_first_of(" ,:;()"));
  const bool is_name =
      kernel::find_name(word) != kernel::kNoName ||
      word.find_first_not_of("abcdefghijklmnopqrstuvwxyz'-") != std::string_view::npos ||
      word == "runc" || word == "crun" || word == "libseccomp" || word == "glibc" ||
      word == "musl" || word == "strace" || word == "systemd" || word == "coreutils" ||
      word == "libcs";
  if (!out.empty() && !is_name) out.front() = static_cast<char>(out.front() - 'a' + 'A');
  return out;
}

std::string known_failure_text(const kernel::KnownFailure& failure) {
  return fmt::format("This is known: {}. The fix is to {} ({}).", failure.what, failure.fix,
                     failure.source);
}

void explain_dropped_name(Finding& finding, const kernel::LibseccompVersion& first) {
  const std::string name = call_name(finding.syscall);
  finding.remedy = {
      RemedyKind::None,
      fmt::format("If {0} should be permitted, then update the libseccomp that the runtime (or "
                  "systemd) is built "
                  "with to {1}.{2}.{3} or newer: an older one does not know the name and drops "
                  "its rule in silence, so that naming it again cannot help. Where it is new "
                  "enough, an older "
                  "version of this profile or another filter denied it.",
                  name, first.major, first.minor, first.patch)};
  if (const kernel::KnownFailure* known =
          kernel::known_failure(finding.syscall.name, kernel::kEPERM))
    finding.notes.push_back(known_failure_text(*known));
}

void explain_denial(const Case& c, Finding& finding) {
  const std::string name = call_name(finding.syscall);
  const std::string what = outcome_words(finding.outcome, finding.verdict);
  if (!finding.verdict) {
    finding.kind = "denied";
    finding.summary = fmt::format("A seccomp filter denied {}: it {}.", name, what);
    finding.remedy = {RemedyKind::AddSyscall,
                      fmt::format("If {} is needed, then name the profile that the container runs "
                                  "under: `seccomp-medic diagnose "
                                  "{} --profile FILE` names the rule, `repair` fixes it.",
                                  name, log_words(c))};
    return;
  }
  const Words words{
      name, file_name_of(c),
      fmt::format("seccomp-medic repair {} --profile {}", log_words(c), profile_word(c))};
  const profile::Verdict& verdict = *finding.verdict;
  switch (verdict.decision) {
    case Decision::Allow: profile_permits(finding, words); break;
    case Decision::BadArch: arch_is_missing(finding, words); break;
    case Decision::Gated: gate_denies(finding, verdict, words); break;
    case Decision::RuntimeEnosys:
      finding.kind = "denied-enosys-stub";
      finding.remedy = {
          RemedyKind::None,
          fmt::format(
              "If the program works, then leave it: runc answers ENOSYS to every call newer than "
              "the "
              "profile knows, so that libc falls back. If it needs {0}, then `{1} --override {0}` "
              "permits it.",
              name, words.command)};
      break;
    case Decision::Depends: condition_denies(finding, words); break;
    case Decision::Deny: plain_deny(c, finding, words); break;
  }
  finding.summary =
      fmt::format("A seccomp filter denied {}: it {}. {}.", name, what, sentence(verdict.why));
}

}  // namespace medic::diagnose
