// Calls that failed with an errno which a filter may have given: known from the kernel's own
// refusals by the profile and by what the kernel can answer.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/container_facts.h"
#include "diagnose/native_cause.h"
#include "diagnose/nearest_context.h"
#include "diagnose/observed.h"
#include "diagnose/observed_verdict.h"
#include "diagnose/usual_default.h"
#include "diagnose/verdict_text.h"
#include "diagnose/whose_filter.h"
#include "kernel/errno.h"
#include "kernel/own_answers.h"

namespace medic::diagnose {
namespace {

using kernel::Cause;
using profile::Decision;
using Reasons = std::vector<kernel::LikelyReason>;

std::string failure(const Finding& finding) {
  if (finding.outcome.kind == model::Outcome::Kind::Returned)
    return fmt::format("{} returned 0", call_name(finding.syscall));  // and may not have run
  return fmt::format("{} failed with {}", call_name(finding.syscall),
                     kernel::errno_text(finding.outcome.error));
}

// Refused, and nothing came of it: the caller has another way, and took it.
void benign_probe(Finding& finding, const Observed::Fallback& fallback) {
  const bool by_filter = finding.layer == Layer::Seccomp;
  const kernel::Fallback& known = *kernel::fallback_of(finding.syscall.name);
  finding.kind = "benign-probe";
  finding.rank = 25;
  finding.summary += fmt::format(" Nothing came of it: {}.", fallback.text);
  if (!known.what.empty()) finding.notes.push_back(sentence(known.what) + ".");
  finding.remedy = {
      RemedyKind::None,
      by_filter ? "If the program works, then leave it: the refusal is what makes it fall back."
                : "If the program works, then leave it."};
}

// What the profile given would answer was answered.
void suspected(const Case& c, const Group& group, const Observed& observed, Finding& finding) {
  explain_denial(c, finding);
  finding.layer = Layer::Seccomp;
  finding.certainty = model::Certainty::Suspected;
  finding.rank = 70;
  finding.summary = fmt::format("{}, which is what {} answers. {}.", failure(finding),
                                file_name_of(c), sentence(finding.verdict->why));
  if (const auto fallback = observed.fallback_after(group)) return benign_probe(finding, *fallback);
  const bool fakes_success = finding.outcome.kind == model::Outcome::Kind::Returned;
  if (fakes_success)
    finding.notes.emplace_back(
        "Errno 0 lets the call seem to succeed: the program goes on, and nothing was done.");
  if (!fakes_success && observed.succeeded_elsewhere(group)) {
    finding.notes.emplace_back(
        "The same call succeeded elsewhere in this log, so the profile given may not be the one in "
        "force, or the kernel itself "
        "refused this one.");
    finding.rank = 40;
  }
  if (finding.outcome.error == kernel::kEPERM &&
      kernel::native_eperm(group.syscall.name, group.members.front()->key().args) ==
          kernel::NativeEperm::Never) {
    finding.notes.emplace_back(
        "The kernel has no reason of its own to answer EPERM to this call, which makes the filter "
        "very likely.");
    return;
  }
  const Reasons reasons = reasons_for(c, group, observed);
  if (reasons.empty() || finding.kind == "denied-gated") return;
  const kernel::NativeReason& likeliest = *reasons.front().reason;
  if (likeliest.cause != Cause::Capability || !reasons.front().certain) {
    finding.notes.push_back(
        fmt::format("The kernel could have refused it too: {}.", likeliest.why));
    return;
  }
  finding.notes.push_back(
      fmt::format("The kernel checks as well: {}. Permitting the call in the profile does not help "
                  "a container without {}.",
                  likeliest.why, likeliest.capability));
  if (const std::string given = capability_evidence(c, group, likeliest.capability); !given.empty())
    finding.notes.push_back(given);
}

// runc's ENOSYS makes libc fall back: better than to permit the call.
void name_the_architecture(const Case& c, Finding& finding) {
  finding.remedy = {
      RemedyKind::None,
      fmt::format("If {} is needed, then name {} in \"architectures\" of {}: each runc answers "
                  "ENOSYS then, and "
                  "libc falls back to an older call. runc from 1.1.15 does so by itself; `repair "
                  "--override {}` "
                  "permits it.",
                  call_name(finding.syscall), kernel::info(finding.syscall.arch).oci_token,
                  file_name_of(c), call_name(finding.syscall))};
}

// The profile names and permits the call, and yet it was refused as only a filter does: its rule
// did not reach the filter, or another filter stands beside it.
void rule_without_effect(const Case& c, Finding& finding) {
  const std::string name = call_name(finding.syscall);
  const auto first = kernel::first_libseccomp(finding.syscall.name);
  finding.layer = Layer::Seccomp;
  finding.certainty = model::Certainty::Suspected;
  finding.rank = 60;
  finding.kind = first ? "denied-name-dropped" : "denied-unexplained";
  finding.summary = fmt::format(
      "{}, although {} permits it and the kernel has no reason of its own to answer so.",
      failure(finding), file_name_of(c));
  if (first)
    explain_dropped_name(finding, *first);
  else
    finding.remedy = {
        RemedyKind::None,
        fmt::format("If {} should be permitted, then find the other filter: an older version of "
                    "this profile, or one that the program or systemd installed itself "
                    "(docker inspect: SecurityOpt; /proc/PID/status: Seccomp_filters).",
                    name)};
}

void seccomp_is_suspected(Finding& finding, std::string why) {
  finding.kind = "failed-suspicious";
  finding.certainty = model::Certainty::Suspected;
  finding.layer = Layer::Seccomp;
  finding.rank = 65;
  finding.summary = fmt::format("{}{}", failure(finding), why);
  finding.remedy = {RemedyKind::AddSyscall,
                    "If the call is needed, then name the profile that the container runs under "
                    "with --profile: `diagnose` then "
                    "names the rule, and `repair` fixes it."};
}

// Does every kernel that runs containers have the call? Dangerous ones can be left out of a kernel;
// these few, and those that stayed numbers only, answer ENOSYS as well.
bool is_in_every_kernel(kernel::NameId id) {
  constexpr std::string_view kLeftOut[] = {
      "_sysctl",         "afs_syscall",      "epoll_ctl_old",   "epoll_wait_old",
      "get_kernel_syms", "getpmsg",          "modify_ldt",      "putpmsg",
      "get_thread_area", "remap_file_pages", "security",        "tuxcall",
      "uprobe",          "uretprobe",        "set_thread_area", "vserver"};
  const std::string_view name = kernel::name_of(id);
  return id != kernel::kNoName && !kernel::first_libseccomp(id) &&
         kernel::risk_of(id, {}).level == kernel::RiskLevel::Low &&
         std::find(std::begin(kLeftOut), std::end(kLeftOut), name) == std::end(kLeftOut);
}

void missing_call(const Case& c, Finding& finding) {
  if (kernel::fallback_of(finding.syscall.name) == nullptr &&
      is_in_every_kernel(finding.syscall.name)) {
    return seccomp_is_suspected(
        finding,
        fmt::format(", and every kernel that runs containers has the call: a filter is suspected "
                    "that answers so{}, by errnoRet 38 or by SCMP_ACT_NOTIFY without its listener.",
                    c.profile == nullptr ? "" : fmt::format(", not {}", file_name_of(c))));
  }
  const std::string name = call_name(finding.syscall);
  const kernel::Fallback* known = kernel::fallback_of(finding.syscall.name);
  finding.kind = "failed-enosys";
  finding.certainty = model::Certainty::Suspected;
  finding.layer = Layer::Unknown;
  finding.rank = 22;
  finding.denied = false;
  finding.summary = fmt::format(
      "{}: {}, or a filter answers so on purpose.", failure(finding),
      known == nullptr
          ? "the kernel lacks the call"
          : fmt::format("the kernel is older than {}, which brought the call", known->since));
  finding.remedy = {RemedyKind::None,
                    c.profile == nullptr
                        ? "If it should succeed, then name the profile with --profile: it says "
                          "whether the filter answers ENOSYS."
                        : "If it should succeed, then update the kernel, or the runtime's "
                          "libseccomp, which drops names that it does not "
                          "know."};
}

void with_profile(const Case& c, const Group& group, const Observed& observed, Finding& finding) {
  const int error = finding.outcome.error;
  const Reasons reasons = reasons_for(c, group, observed);
  if (error == kernel::kENOSYS) {
    missing_call(c, finding);
    if (const auto fallback = observed.fallback_after(group)) benign_probe(finding, *fallback);
    return;
  }
  const bool permits = finding.verdict->decision == Decision::Allow;
  const bool never = reasons.empty() &&
                     kernel::native_eperm(group.syscall.name, group.members.front()->key().args) ==
                         kernel::NativeEperm::Never;
  if (error == kernel::kEPERM && never && permits) return rule_without_effect(c, finding);
  const std::string profile_says =
      permits
          ? fmt::format("{} permits it, so it is not this profile", file_name_of(c))
          : fmt::format("{} would answer otherwise, so it is not this profile", file_name_of(c));
  explain_by_kernel(finding, reasons, fmt::format("{}, and {}", failure(finding), profile_says));
  if (finding.kind == "failed-unknown") finding.kind = "failed-not-seccomp";
  if (finding.layer != Layer::Capability) return;
  if (const std::string given = capability_evidence(c, group, reasons.front().reason->capability);
      !given.empty())
    finding.notes.push_back(given);
  explain_held_capability(c, group, reasons.front().reason->capability, finding);
}

// Programs that distributions install set-user-ID root, or with file capabilities: what they lack
// they lost on their way.
bool is_set_user_id_program(std::string_view exe) {
  constexpr std::string_view kNames[] = {
      "chfn",    "chsh",   "crontab",   "doas",   "dumpcap",    "fusermount", "fusermount3",
      "gpasswd", "mount",  "newgidmap", "newgrp", "newuidmap",  "passwd",     "ping",
      "ping6",   "pkexec", "su",        "sudo",   "traceroute", "umount",     "unix_chkpwd"};
  const std::string_view name = exe.substr(exe.rfind('/') + 1);
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

// Under no_new_privs, on a mount with nosuid, and under the strace of an ordinary user a
// set-user-ID program gains nothing.
void note_set_user_id(const Case& c, const Group& group, Finding& finding) {
  const ledger::Observation& first = *group.members.front();
  const std::string& exe = c.ledger.text(first.key().subj.exe);
  if (finding.layer != Layer::Capability || !is_set_user_id_program(exe)) return;
  const attribute::ContainerFact* fact = container_of(c, group);
  const attribute::Process* process = first.process() == attribute::kNoProcess
                                          ? nullptr
                                          : &c.ledger.processes().processes()[first.process()];
  const std::string name = exe.substr(exe.rfind('/') + 1);
  if ((fact != nullptr && fact->no_new_privs) ||
      (process != nullptr && process->no_new_privs == 1)) {
    finding.notes.push_back(fmt::format(
        "{} is installed set-user-ID, and no_new_privs is set, under which it gains nothing "
        "(docker run "
        "--security-opt no-new-privileges; Kubernetes: allowPrivilegeEscalation: false).",
        name));
    finding.remedy = {
        RemedyKind::None,
        "If the program is needed, then run the container without no_new_privs, or as root."};
    return;
  }
  finding.notes.push_back(
      fmt::format("{} is installed set-user-ID: it gains nothing where no_new_privs is set "
                  "(--security-opt no-new-privileges, "
                  "allowPrivilegeEscalation: false), on a mount with nosuid, or where an ordinary "
                  "user's strace started it.",
                  name));
}

// No kernel answers so to this call, with these arguments. Reasons that are never seen in a trace
// (an append-only file) count where the kernel's answer is rare, not where it is impossible.
bool error_is_no_kernels(const Group& group, int error, const Reasons& reasons) {
  if (!reasons.empty() && reasons.front().certain) return false;
  const kernel::Args& args = group.members.front()->key().args;
  if (error != kernel::kEPERM && error != kernel::kEAFNOSUPPORT) return false;
  switch (kernel::own_answer(group.syscall.name, args, error, group.syscall.arch).answer) {
    case kernel::OwnAnswer::Never: return group.syscall.name != kernel::kNoName;
    case kernel::OwnAnswer::Rarely: return error == kernel::kEPERM && reasons.empty();
    default: return false;
  }
}

// EPERM and no profile: what the kernel can answer has to say.
void without_profile(const Case& c, const Group& group, const Observed& observed,
                     UsualDefault& usual, Finding& finding) {
  const Reasons reasons = reasons_for(c, group, observed);
  const kernel::KnownFailure* known =
      kernel::known_failure(group.syscall.name, finding.outcome.error);
  const bool eperm = finding.outcome.error == kernel::kEPERM;
  const bool plain_capability = !reasons.empty() && reasons.front().certain &&
                                reasons.front().reason->cause == Cause::Capability;
  if (error_is_no_kernels(group, finding.outcome.error, reasons)) {
    seccomp_is_suspected(
        finding,
        eperm ? ", which the kernel has no reason of its own to answer: a seccomp filter is "
                "suspected."
              : ", although every kernel has that address family: a filter is suspected that "
                "answers so, as systemd's RestrictAddressFamilies= does.");
  } else if (eperm && !plain_capability && !observed.succeeded_elsewhere(group) &&
             usual.denies(group)) {
    seccomp_is_suspected(finding,
                         ": in a container the default profile of its engine, or an older release "
                         "of it, denies it (Docker's, "
                         "Podman's, containerd's), so a seccomp filter is suspected.");
    for (std::size_t i = 0; i < reasons.size() && i < 2; ++i) {
      const kernel::NativeReason& reason = *reasons[i].reason;
      if (reason.cause != Cause::Ordinary)
        finding.notes.push_back(
            sentence(fmt::format("without such a filter the kernel could have refused it: {}",
                                 reason.why)) +
            ".");
    }
  } else if (eperm && known != nullptr && !plain_capability &&
             (finding.risk.level != kernel::RiskLevel::Low ||
              kernel::first_libseccomp(group.syscall.name))) {
    seccomp_is_suspected(finding,
                         ": container engines' default profiles, or older releases of them, deny "
                         "it, so a seccomp filter is suspected.");
    if (!reasons.empty())
      finding.notes.push_back(
          fmt::format("The kernel could have refused it too: {}.", reasons.front().reason->why));
  } else {
    const bool says = !eperm || (!reasons.empty() && reasons.front().certain);
    explain_by_kernel(finding, says ? reasons : Reasons{}, failure(finding));
    if (!says && !reasons.empty())
      finding.notes.push_back(fmt::format("It can be that {}.", reasons.front().reason->why));
    if (finding.layer == Layer::Unknown && eperm)
      finding.summary = fmt::format(
          "{}: a seccomp filter or the kernel's own rules can be the reason.", failure(finding));
    if (eperm && plain_capability && finding.risk.level != kernel::RiskLevel::Low) {
      finding.notes.emplace_back(
          "The default profiles of container engines deny it to containers without that capability "
          "as well; --profile FILE "
          "says.");
    }
  }
  if (known != nullptr && finding.layer == Layer::Seccomp)
    finding.notes.push_back(known_failure_text(*known));
  if (finding.layer == Layer::Capability)
    explain_held_capability(c, group, reasons.front().reason->capability, finding);
}

// An audit SYSCALL record is written after the filters: the kernel itself, or a security module,
// refused.
void reached_kernel(const Case& c, const Group& group, const Observed& observed, Finding& finding) {
  finding.verdict.reset();
  explain_by_kernel(
      finding, reasons_for(c, group, observed),
      failure(finding) + ", and its SYSCALL record proves that it had passed every seccomp filter");
  if (finding.kind == "failed-unknown") finding.kind = "failed-not-seccomp";
}

bool is_interesting(const Case& c, const Group& group,
                    const std::optional<profile::Verdict>& verdict) {
  const ledger::Observation& first = *group.members.front();
  const model::Outcome& outcome = first.key().outcome;
  if (outcome.injected || is_before_filter(c.ledger, first)) return false;
  const bool fakes_success = outcome.kind == model::Outcome::Kind::Returned && outcome.value == 0 &&
                             verdict && verdict->decision == Decision::Deny &&
                             verdict->action == kernel::Action::Errno &&
                             verdict->errno_value == 0 && !first.key().reached_kernel;
  if (fakes_success) return true;
  if (outcome.kind != model::Outcome::Kind::Failed) return false;
  if (outcome.error == kernel::kEPERM || outcome.error == kernel::kEACCES ||
      outcome.error == kernel::kEROFS)
    return true;
  if (!first.key().reached_kernel && verdict && gives_errno(*verdict, outcome.error)) return true;
  if (outcome.error == kernel::kENOSYS) {
    return !first.key().reached_kernel && (kernel::fallback_of(group.syscall.name) != nullptr ||
                                           is_in_every_kernel(group.syscall.name));
  }
  if (outcome.error == kernel::kEAFNOSUPPORT && !first.key().reached_kernel &&
      error_is_no_kernels(group, outcome.error, {}))
    return true;
  const auto reasons = kernel::native_reasons(group.syscall.name, first.key().args, outcome.error,
                                              first.call_text());
  return !reasons.empty() && reasons.front().certain;
}

Finding explain(const Case& c, const Group& group, const Observed& observed, UsualDefault& usual,
                const std::optional<profile::Verdict>& verdict) {
  Finding finding = finding_for(c, group, "failed-unknown");
  const model::Outcome& outcome = finding.outcome;
  const bool lacks_stub = verdict && verdict->decision == Decision::Deny && finding.verdict &&
                          finding.verdict->decision == Decision::RuntimeEnosys;
  finding.verdict = verdict;
  if (group.members.front()->key().reached_kernel) {
    reached_kernel(c, group, observed, finding);
  } else if (verdict && (outcome.kind == model::Outcome::Kind::Returned ||
                         gives_errno(*verdict, outcome.error))) {
    suspected(c, group, observed, finding);
    if (lacks_stub && finding.remedy.kind != RemedyKind::None) name_the_architecture(c, finding);
  } else if (verdict) {
    with_profile(c, group, observed, finding);
  } else if (outcome.error == kernel::kENOSYS) {
    missing_call(c, finding);
    if (const auto fallback = observed.fallback_after(group)) benign_probe(finding, *fallback);
  } else {
    without_profile(c, group, observed, usual, finding);
    const auto fallback = observed.fallback_after(group);
    if (fallback && finding.layer == Layer::Seccomp) benign_probe(finding, *fallback);
  }
  note_set_user_id(c, group, finding);
  if (finding.kind != "benign-probe")
    name_filter_owner(c, group.members.front()->subj().phase, finding);
  return finding;
}

}  // namespace

void failed_calls(const Case& c, std::vector<Finding>& findings) {
  if (c.ledger.observations().empty()) return;
  const Observed observed(c);
  UsualDefault usual;
  for (const Group& each : c.groups) {
    using Kind = model::Outcome::Kind;
    const Kind kind = each.members.front()->key().outcome.kind;
    if (kind != Kind::Failed && kind != Kind::Returned) continue;
    const auto verdict = observed_verdict(c, each);
    if (!is_interesting(c, each, verdict)) continue;
    Group group = each;
    // Those that another layer's own record explains are reported there.
    std::erase_if(group.members, [&](const ledger::Observation* member) {
      return observed.denial_beside(*member) != nullptr;
    });
    if (!group.members.empty()) findings.push_back(explain(c, group, observed, usual, verdict));
  }
}

}  // namespace medic::diagnose
