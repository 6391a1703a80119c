// Denials that the kernel stated (SECCOMP records, SIGSYS) or that a death by SIGSYS says, and
// calls that were logged in complain mode.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "diagnose/verdict_text.h"
#include "diagnose/whose_filter.h"
#include "kernel/errno.h"

namespace medic::diagnose {
namespace {

using kernel::Action;

// Strict mode (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)) kills with SIGKILL, filters with SIGSYS:
// kernel/seccomp.subj
// __secure_computing_strict.
bool is_strict_mode(const model::Outcome& outcome) {
  return outcome.action == Action::KillThread && outcome.signal == kernel::kSIGKILL;
}

void strict_mode(Finding& finding) {
  finding.kind = "strict-mode";
  finding.layer = Layer::StrictMode;
  finding.summary = fmt::format(
      "The program had put itself into seccomp's strict mode, which permits read, write, exit and "
      "rt_sigreturn alone, and called "
      "{}: it was killed.",
      call_name(finding.syscall));
  finding.remedy = {RemedyKind::None,
                    "If the program must make this call, then it has to install a filter instead "
                    "of strict mode: it asked for it "
                    "itself, and no profile of the container can change that."};
  finding.verdict.reset();
}

void logged(const Case& c, Finding& finding) {
  const bool would_deny = finding.verdict && finding.verdict->decision != profile::Decision::Allow;
  if (would_deny) {
    explain_denial(c, finding);
    if (finding.provenance == model::Provenance::Kernel)
      finding.certainty = model::Certainty::Stated;
    finding.summary =
        fmt::format("{} was logged and let run (complain mode); {} would deny it. {}.",
                    call_name(finding.syscall), file_name_of(c), sentence(finding.verdict->why));
    finding.rank = 60;
    return;
  }
  finding.kind = "logged";
  finding.denied = false;
  finding.rank = 5;
  finding.summary =
      fmt::format("{} was logged and let run (SCMP_ACT_LOG).", call_name(finding.syscall));
  finding.remedy = {RemedyKind::None, "Nothing was denied, and nothing needs to be fixed."};
}

// Nobody calls setup(2): its number stands for a call that the kernel or the filter does not know.
void explain_setup(Finding& finding) {
  finding.summary =
      "A seccomp filter denied number 0, setup(2): on s390 and s390x every call above 255 that the "
      "kernel does not know reaches a filter as number 0.";
  finding.remedy = {
      RemedyKind::None,
      "If the program should work, then let number 0 answer ENOSYS, so that libc falls back to an "
      "older call: runc from 1.1.3 does so by itself. A newer kernel knows the call. Permitting "
      "setup helps nobody."};
}

// The names that the number has, where the record's architecture was cut out.
void note_possible_names(Finding& finding) {
  if (finding.syscall.arch != kernel::Arch::Unknown || !finding.syscall.has_number ||
      finding.syscall.name != kernel::kNoName)
    return;
  std::vector<std::string> names;
  for (const kernel::Arch arch :
       {kernel::Arch::X86_64, kernel::Arch::Aarch64, kernel::Arch::X86, kernel::Arch::Arm}) {
    const std::string_view name =
        kernel::known_name({arch, static_cast<std::int32_t>(finding.syscall.number)});
    if (!name.empty()) names.push_back(fmt::format("{} on {}", name, kernel::name(arch)));
  }
  finding.arch_reason = "the record's arch= was cut out; --arch NAME sets it";
  finding.notes.push_back(
      names.empty()
          ? fmt::format("No table has a call of the number {}.", finding.syscall.number)
          : fmt::format("The number {} is {}.", finding.syscall.number, fmt::join(names, ", ")));
}

// Does the trace show that somebody queued a SIGSYS which names this call as a filter would?
bool is_queued(const Case& c, const model::SyscallRef& syscall) {
  constexpr std::string_view kSenders[] = {"rt_sigqueueinfo", "rt_tgsigqueueinfo",
                                           "pidfd_send_signal"};
  const std::string named = fmt::format("si_syscall=__NR_{},", call_name(syscall));
  return std::any_of(c.ledger.observations().begin(), c.ledger.observations().end(),
                     [&](const ledger::Observation& each) {
                       const std::string_view name = kernel::name_of(each.key().syscall.name);
                       const std::string_view text = each.call_text();
                       return each.key().outcome.kind == model::Outcome::Kind::Returned &&
                              std::find(std::begin(kSenders), std::end(kSenders), name) !=
                                  std::end(kSenders) &&
                              text.find("SYS_SECCOMP") != std::string_view::npos &&
                              (each.count() > 1 || text.find(named) != std::string_view::npos);
                     });
}

// A SIGSYS that a filter may have sent, or the process itself.
void trapped(const Case& c, Finding& finding) {
  const bool is_sent = is_queued(c, finding.syscall);
  if (finding.provenance == model::Provenance::Kernel && is_sent)
    take_provenance(model::Provenance::Itself, finding);
  if (finding.provenance != model::Provenance::Itself) return;
  finding.rank = 45;
  finding.summary = fmt::format(
      "SIGSYS came as a seccomp filter sends it for {0}; {1}.", call_name(finding.syscall),
      is_sent ? "the trace shows the process queueing such a signal itself"
              : "no line shows the call itself, as one that a filter trapped would look");
  finding.remedy = {RemedyKind::None,
                    "If a filter may have sent it, then trace without -e, so that the call itself "
                    "is shown, or look for its SECCOMP record in the audit log."};
}

void denied(const Case& c, Finding& finding) {
  explain_denial(c, finding);
  note_possible_names(finding);
  finding.rank = finding.certainty == model::Certainty::Stated ? 90 : 80;
  if (finding.certainty == model::Certainty::Inferred) {
    finding.notes.emplace_back("Inferred: it is the last call before the death by SIGSYS.");
  }
  if (finding.verdict && finding.verdict->decision == profile::Decision::Deny &&
      finding.verdict->action != finding.outcome.action &&
      finding.outcome.kind == model::Outcome::Kind::Denied &&
      finding.certainty == model::Certainty::Stated) {
    finding.notes.push_back(fmt::format(
        "The profile given would answer with {}, the filter in force answered with {}: the "
        "container ran under "
        "another version of it.",
        kernel::json_name(finding.verdict->action), kernel::json_name(finding.outcome.action)));
  }
  if (finding.outcome.action == Action::Trap) trapped(c, finding);
  if (is_setup(finding.syscall)) explain_setup(finding);
}

}  // namespace

void seccomp_records(const Case& c, std::vector<Finding>& findings) {
  if (c.ledger.observations().empty()) return;
  for (const Group& group : c.groups) {
    const model::Outcome& outcome = group.members.front()->key().outcome;
    if (outcome.kind != model::Outcome::Kind::Denied) continue;
    Finding finding = finding_for(c, group, "denied");
    finding.layer = Layer::Seccomp;
    if (is_strict_mode(outcome)) {
      strict_mode(finding);
      finding.rank = 85;
    } else if (outcome.action == Action::Log) {
      logged(c, finding);
    } else {
      denied(c, finding);
      name_filter_owner(c, group.members.front()->subj().phase, finding);
    }
    findings.push_back(std::move(finding));
  }
}

}  // namespace medic::diagnose
