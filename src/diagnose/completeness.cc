#include "diagnose/completeness.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "kernel/action.h"
#include "kernel/syscalls.h"

namespace medic::diagnose {
namespace {

using Kind = model::Loss::Kind;

// What the inputs can hold, by their dialects' names: traces say every call, records only what the
// kernel was asked to log.
struct Inputs {
  bool trace = false, records = false;
};

Inputs inputs_of(const Case& c) {
  constexpr std::string_view kTraces[] = {"strace", "wrapped-strace", "capture", "bpftrace",
                                          "sysdig", "perf-trace",     "ltrace",  "lurk",
                                          "gdb",    "gvisor",         "gadget"};
  Inputs out;
  for (const ledger::InputAccount& input : c.inputs) {
    if (input.used == 0) continue;
    for (const std::string_view dialect : split(input.dialect, '+')) {
      if (dialect.empty()) continue;
      const bool trace =
          std::find(std::begin(kTraces), std::end(kTraces), dialect) != std::end(kTraces);
      (trace ? out.trace : out.records) = true;
    }
  }
  return out;
}

// `op=seccomp-logging actions=kill_process,log …`: was errno taken out?
bool errno_is_silenced(const ledger::Loss& loss) {
  const std::size_t at = loss.text.find("actions=");
  if (loss.kind != Kind::ConfigChange || at == std::string::npos) return false;
  const auto names =
      split(std::string_view(loss.text).substr(at + 8, loss.text.find(' ', at) - at - 8), ',');
  return std::find(names.begin(), names.end(), "errno") == names.end();
}

std::string config_words(const ledger::Loss& loss) {
  if (errno_is_silenced(loss))
    return "kernel.seccomp.actions_logged was set without errno during the recording, so denials "
           "by errno are not logged from "
           "there on: " +
           loss.text;
  if (loss.text.find("audit_enabled=0") != std::string::npos)
    return "auditing was switched off during the recording; SECCOMP records still appear, AVC and "
           "SYSCALL records do not: " +
           loss.text;
  return "what the kernel logs was changed during the recording: " + loss.text;
}

std::string loss_words(const ledger::Loss& loss) {
  switch (loss.kind) {
    case Kind::Suppressed:
      return fmt::format(
          "the kernel's log suppressed {} lines (printk rate limit: 10 in 5 seconds)", loss.count);
    case Kind::Lost:
      return loss.count == 0 ? "audit lost records"
                             : fmt::format("audit lost {} records", loss.count);
    case Kind::Backlog: return "the audit backlog overflowed";
    case Kind::SerialGap:
      return fmt::format(
          "{} audit serial number{} missing: events that the kernel made and this log does not "
          "hold ({})",
          loss.count, loss.count == 1 ? " is" : "s are",
          loss.notices == 1 ? loss.text : "first: " + loss.text);
    case Kind::Truncated: return "lines or strings were cut short";
    case Kind::Detached: return "strace let go of a process while it ran";
    case Kind::ConfigChange: return config_words(loss);
    case Kind::Rotation: return "a rotated log is missing";
    case Kind::Other: return loss.text;
  }
  return {};
}

// The step that keeps a loss from happening again; empty where there is none.
std::string_view loss_step(const ledger::Loss& loss) {
  switch (loss.kind) {
    case Kind::Suppressed:
      return "If nothing should be suppressed, then start auditd before the next run, or `sysctl "
             "kernel.printk_ratelimit=0` "
             "meanwhile.";
    case Kind::Lost:
    case Kind::Backlog:
      return "If nothing should be lost, then `auditctl -b 8192` (a longer backlog) and `auditctl "
             "-r 0` (no rate limit) before "
             "the next run.";
    case Kind::SerialGap:
      return "If the missing events matter, then look for them in the kernel's log (`dmesg`, "
             "`journalctl -k`), where they go "
             "while "
             "no auditd runs, and name it beside this log; if older logs were rotated away, name "
             "the folder; `auditctl -b 8192 "
             "-r "
             "0` keeps events from being dropped in the next run.";
    case Kind::Rotation:
      return "If older records are rotated away, then name the folder /var/log/audit instead of "
             "one file: rotated logs are read "
             "oldest first.";
    case Kind::ConfigChange:
      return errno_is_silenced(loss) ? "If denials by errno should be logged, then `sysctl "
                                       "kernel.seccomp.actions_logged='kill_process kill_thread "
                                       "trap errno user_notif trace log'`."
                                     : "";
    default: return "";
  }
}

std::string sentence_of(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z' && !text.starts_with("kernel.") &&
      !text.starts_with("strace "))
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text.ends_with('.') ? text : text + '.';
}

void report_losses(const Case& c, Completeness& out) {
  for (const ledger::Loss& loss : c.ledger.losses()) {
    out.reasons.push_back(sentence_of(loss_words(loss)));
    if (const std::string_view step = loss_step(loss); !step.empty()) out.next.emplace_back(step);
  }
  for (const ledger::InputAccount& input : c.inputs) {
    if (input.damaged > 0)
      out.reasons.push_back(
          fmt::format("{} lines of {} could not be read.", input.damaged, input.path));
    if (!input.problem.empty())
      out.reasons.push_back(fmt::format("{} {}.", input.path, input.problem));
  }
  if (c.ledger.folded() > 0)
    out.reasons.emplace_back(
        "There are more programs, processes and arguments than are kept apart: all calls are "
        "counted, but for some it is not said who made them, or with what arguments.");
}

// What makes an answer without denials say nothing.
void report_empty(const Case& c, Completeness& out) {
  if (c.options.chose_nothing)
    out.reasons.emplace_back(
        "Nothing in these logs is of what was asked for by --comm, --exe, --pid, --container, "
        "--host, --phase, --since or "
        "--until.");
  for (const ledger::InputAccount& input : c.inputs) {
    if (input.used == 0 && input.lines > 0 && input.problem.empty() && !input.dialect.empty())
      out.reasons.push_back(
          fmt::format("No line of {} could be used as {}.", input.path, input.dialect));
  }
  const auto* profile = c.profile;
  if (profile == nullptr) return;
  const auto& problems = profile->problems();
  if (std::any_of(problems.begin(), problems.end(),
                  [](const Problem& each) { return each.severity == Severity::Error; }))
    out.reasons.emplace_back("The profile cannot be used, so nothing was judged by it.");
}

// What the traced program, or the shell that waited for it, printed into the trace is no other
// recording.
bool is_written_by_strace(const Case& c) {
  constexpr std::string_view kParts[] = {"", "strace", "wrapped-strace", "sandbox",
                                         "engine-errors"};
  return std::all_of(c.inputs.begin(), c.inputs.end(), [&](const ledger::InputAccount& input) {
    const auto parts = split(input.dialect, '+');
    return std::all_of(parts.begin(), parts.end(), [&](std::string_view part) {
      return std::find(std::begin(kParts), std::end(kParts), part) != std::end(kParts);
    });
  });
}

// `strace: Process 123 attached`: everything from there on is in the trace.
bool begins_with_attach(const ledger::InputAccount& input) {
  return input.first_line.find("Process ") != std::string::npos &&
         input.first_line.ends_with(" attached");
}

// strace and the project's own recorder write how each process begins and ends.
bool says_its_ends(const Case& c) {
  return is_written_by_strace(c) ||
         std::all_of(c.inputs.begin(), c.inputs.end(), [](const ledger::InputAccount& input) {
           return input.used == 0 || input.dialect.find("capture") != std::string::npos ||
                  input.dialect.find("strace") != std::string::npos;
         });
}

// A row of strace -c's table has no place in a trace.
bool is_of_summary(const model::Outcome& outcome) {
  return outcome.kind == model::Outcome::Kind::Seen ||
         (outcome.kind == model::Outcome::Kind::Failed && outcome.error == 0);
}

// Did this call make a thread, or any task at all?
bool makes_task(const ledger::Observation& each, bool thread_only) {
  static const kernel::NameId kCalls[] = {kernel::find_name("clone"), kernel::find_name("clone3"),
                                          kernel::find_name("fork"), kernel::find_name("vfork")};
  const ledger::Key& key = each.key();
  if (key.outcome.kind != model::Outcome::Kind::Returned || key.syscall.name == kernel::kNoName ||
      std::find(std::begin(kCalls), std::end(kCalls), key.syscall.name) == std::end(kCalls))
    return false;
  return !thread_only || each.call_text().find("CLONE_THREAD") != std::string_view::npos;
}

// Without -f strace shows the thread that it was started with alone: a line for a task that the
// traced ones made is missing. Of processes report_ends() knows by their numbers.
void report_untraced_tasks(const Case& c, Completeness& out) {
  if (!is_written_by_strace(c)) return;
  const attribute::Processes& processes = c.ledger.processes().processes();
  const bool is_several =
      c.inputs.size() > 1 ||  // strace -ff: a task a file
      std::any_of(processes.begin(), processes.end(),
                  [](const attribute::Process& each) { return !each.threads.empty(); });
  if (is_several) return;
  std::uint64_t threads = 0, tasks = 0;
  bool any_numbered = false;
  attribute::ProcessIndex traced = attribute::kNoProcess;
  for (const ledger::Observation& each : c.ledger.observations()) {
    // Another task's lines: strace followed what the traced ones made.
    if (each.process() != attribute::kNoProcess) {
      if (any_numbered && each.process() != traced) return;
      traced = each.process();
    }
    any_numbered = any_numbered || each.process() != attribute::kNoProcess;
    if (makes_task(each, true)) threads += each.count();
    if (makes_task(each, false)) tasks += each.count();
  }
  const std::uint64_t missing = any_numbered ? threads : tasks;
  if (missing == 0) return;
  out.reasons.push_back(fmt::format(
      "The traced process made {} {}{} whose calls are not in the trace: what was denied to {} is "
      "not said.",
      missing, any_numbered ? "thread" : "task", missing == 1 ? "" : "s",
      missing == 1 ? "it" : "them"));
  out.next.emplace_back(
      "If one of its threads or children may be what fails, then trace with -f: `strace -f -o "
      "trace.log PROGRAM`.");
}

// A trace that strace ended itself shows the end of each process, by `exit_group` even where -qq
// leaves out the rest. Others were cut off.
void report_ends(const Case& c, Completeness& out) {
  if (!is_written_by_strace(c)) return;
  static const kernel::NameId kExit = kernel::find_name("exit"),
                              kExitGroup = kernel::find_name("exit_group");
  const attribute::Processes& processes = c.ledger.processes().processes();
  std::vector<bool> ended(processes.size()), called(processes.size());
  bool nobodys = false, any_end = false;  // lines without a number may be anybody's
  for (const ledger::Observation& each : c.ledger.observations()) {
    const ledger::Key& key = each.key();
    const bool ends = key.syscall.name == kExit || key.syscall.name == kExitGroup ||
                      key.outcome.kind == model::Outcome::Kind::Denied;
    any_end = any_end || ends;
    nobodys =
        nobodys || (each.process() == attribute::kNoProcess && !is_of_summary(each.key().outcome));
    if (each.process() == attribute::kNoProcess) continue;
    called[each.process()] = true;
    if (ends) ended[each.process()] = true;
  }
  if (nobodys) {
    if (!any_end)
      out.reasons.emplace_back(
          "The trace does not show the program's end: it is an excerpt, it was cut off, or it is "
          "still being written, and what came later is not in it.");
    return;
  }
  std::size_t all = 0, open = 0, untraced = 0;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    const attribute::Process& process = processes[i];
    const bool is_only_born =
        process.birth_seen && !process.death_seen && process.first.line == process.last.line;
    untraced += is_only_born && !called[i] ? 1 : 0;
    if (!called[i]) continue;
    ++all;
    open += ended[i] || processes[i].death_seen ? 0 : 1;
  }
  if (untraced > 0 && all > 0) {
    out.reasons.push_back(
        fmt::format("{} process{} that the traced ones started {} not in the trace: what was "
                    "denied to {} is not "
                    "said.",
                    untraced, untraced == 1 ? "" : "es", untraced == 1 ? "is" : "are",
                    untraced == 1 ? "it" : "them"));
    out.next.emplace_back(
        "If a child may be what fails, then trace with -f: `strace -f -o trace.log PROGRAM`.");
  }
  if (open == 0) return;
  out.reasons.push_back(fmt::format(
      "The trace does not show the end of {} of its {} process{}: unless strace ran quietly "
      "(-qq), it was cut off or is still being written, and what came later is not in it.",
      open, all, all == 1 ? "" : "es"));
}

// A trace that strace began itself begins with the program's execve. An excerpt begins anywhere,
// and so does a trace of a process that ran already.
void report_beginnings(const Case& c, Completeness& out) {
  if (!is_written_by_strace(c) || c.options.chose_part) return;  // what was not asked for is no gap
  static const kernel::NameId kExecve = kernel::find_name("execve"),
                              kExecveat = kernel::find_name("execveat");
  struct First {
    std::uint64_t line = UINT64_MAX;
    bool is_exec = false;
  };
  std::vector<First> firsts(c.inputs.size());
  bool any_exec = false, any_line = c.ledger.observations().empty();
  for (const ledger::Observation& each : c.ledger.observations()) {
    any_line = any_line || !is_of_summary(each.key().outcome);
    const bool is_exec = each.key().syscall.name == kExecve || each.key().syscall.name == kExecveat;
    any_exec = any_exec || is_exec;
    const model::Origin origin = each.examples().front().origin;
    if (origin.input < firsts.size() && origin.line < firsts[origin.input].line)
      firsts[origin.input] = {origin.line, is_exec};
  }
  // Of several files (strace -ff, rotated ones) one alone has the beginning.
  const bool attached = std::any_of(c.inputs.begin(), c.inputs.end(), begins_with_attach);
  const bool begins = attached || (c.inputs.size() == 1 ? firsts.front().is_exec : any_exec);
  if (begins || !any_line) return;
  out.reasons.emplace_back(
      "The trace does not begin with the program's execve: it is an excerpt, or strace was "
      "attached later, and what came before is "
      "not in it.");
}

// What strace -c leaves of a trace: how many calls failed, not of what.
void report_summaries(const Case& c, Completeness& out) {
  std::uint64_t failed = 0;
  for (const ledger::Observation& each : c.ledger.observations()) {
    const model::Outcome& outcome = each.key().outcome;
    if (outcome.kind == model::Outcome::Kind::Failed && outcome.error == 0) failed += each.count();
  }
  if (failed == 0) return;
  out.reasons.push_back(
      fmt::format("A summary (strace -c) says how many calls failed, not with which error: {} did, "
                  "and any of them may have "
                  "been denied.",
                  failed));
  out.next.emplace_back(
      "If one of the failed calls may be what is wrong, then trace without -c: `strace -f -o "
      "trace.log PROGRAM`.");
}

bool logs_errno(const Case& c) {
  if (c.profile == nullptr) return false;
  const auto& flags = c.profile->profile().flags;
  return flags &&
         std::find(flags->begin(), flags->end(), "SECCOMP_FILTER_FLAG_LOG") != flags->end();
}

bool denies_in_silence(const Case& c) {
  const auto action = c.profile->profile().default_action;
  return action && (*action == kernel::Action::Errno || *action == kernel::Action::Trap ||
                    *action == kernel::Action::Notify || *action == kernel::Action::Trace);
}

// Why denials can be missing from records that the kernel wrote, as far as the profile at hand
// says.
void report_silence(const Case& c, Completeness& out) {
  constexpr std::string_view kGeneral = "Absence of records is not absence of denials";
  if (c.profile == nullptr) {
    out.reasons.push_back(fmt::format(
        "Audit logs hold denials only where the kernel was asked to log them: ERRNO and TRAP "
        "denials need "
        "SECCOMP_FILTER_FLAG_LOG in the profile's flags, which Docker and Podman do not set. {}.",
        kGeneral));
  } else if (logs_errno(c)) {
    out.reasons.emplace_back(
        "The profile has SECCOMP_FILTER_FLAG_LOG, so its denials are logged, if the runtime "
        "honours it (runc from 1.2, crun) and "
        "kernel.seccomp.actions_logged still names errno.");
    return;
  } else if (denies_in_silence(c)) {
    out.reasons.push_back(
        fmt::format("{} denies in silence: it has no SECCOMP_FILTER_FLAG_LOG, so its denials leave "
                    "no record in an audit log. {}.",
                    c.profile->profile().path, kGeneral));
  } else {
    out.reasons.push_back(
        fmt::format("Kills are always logged; denials by errno only with SECCOMP_FILTER_FLAG_LOG "
                    "in the profile's flags. {}.",
                    kGeneral));
  }
}

// A logging twin can be made of a profile that denies something, and of any that is not at hand.
bool has_a_twin(const Case& c) {
  if (c.profile == nullptr) return true;
  const profile::Profile& profile = c.profile->profile();
  const auto denies = [](kernel::Action action) { return !kernel::lets_run(action); };
  return (profile.default_action && denies(*profile.default_action)) ||
         std::any_of(profile.rules.begin(), profile.rules.end(),
                     [&](const profile::Rule& rule) { return denies(rule.action); });
}

// The step that fits: a trace answers what records cannot, complain mode what a trace only
// suspects.
void report_next(const Case& c, const Inputs& inputs, const std::vector<Finding>& findings,
                 Completeness& out) {
  const bool nothing = std::none_of(findings.begin(), findings.end(),
                                    [](const Finding& each) { return each.denied; });
  const std::string complain = fmt::format(
      "`seccomp-medic complain {}` makes a profile that logs instead of denying; run once under it "
      "and read the audit log.",
      profile_word(c));
  const bool recording = std::any_of(findings.begin(), findings.end(),
                                     [](const Finding& each) { return each.kind == "logged"; });
  if (recording && nothing) {
    out.next.push_back(fmt::format(
        "If a profile should permit just what was logged, then `seccomp-medic synthesize {}`.",
        log_words(c)));
    return;
  }
  if (!inputs.trace && nothing) {
    if (has_a_twin(c)) out.next.push_back("If something failed all the same, then " + complain);
    out.next.emplace_back(
        "If it cannot be run again so, then `strace -f -o trace.log PROGRAM`, and name trace.log "
        "beside this log: an EPERM there "
        "is distinguished by the profile and by these records.");
    if (inputs.records) {
      out.next.emplace_back(
          "If SELinux is enforcing, then `semodule -DB` lifts dontaudit, which hides denials, "
          "until `semodule -B`; AppArmor's "
          "`deny` rules are as quiet, `audit deny` logs them.");
      out.next.emplace_back(
          "If there are no records at all, then `auditctl -s` says whether audit is enabled and a "
          "daemon runs: with one the "
          "records are in /var/log/audit (name the folder: rotated logs are read too), without one "
          "in the "
          "kernel's log (dmesg, journalctl -k).");
    }
    return;
  }
  const auto is = [&](model::Certainty certainty) {
    return std::any_of(findings.begin(), findings.end(), [&](const Finding& each) {
      return each.denied && each.layer == Layer::Seccomp && each.certainty == certainty;
    });
  };
  if (is(model::Certainty::Suspected) && has_a_twin(c))
    out.next.push_back("If you want to be sure of what is only suspected, then " + complain);
  else if (is(model::Certainty::Inferred))
    out.next.emplace_back(
        "If you want to be sure of what is only inferred, then look for its SECCOMP record in the "
        "audit log, or record with "
        "seccomp-medic-capture, which states it.");
  const bool unknown = std::any_of(findings.begin(), findings.end(), [](const Finding& each) {
    return each.denied && each.layer == Layer::Unknown;
  });
  if (unknown && c.profile == nullptr)
    out.next.emplace_back(
        "If you want to know whether a filter did it, then name the profile with --profile (docker "
        "inspect: SecurityOpt).");
}

}  // namespace

Completeness completeness_of(const Case& c, const std::vector<Finding>& findings) {
  Completeness out;
  report_losses(c, out);
  report_empty(c, out);
  report_summaries(c, out);
  const Inputs inputs = inputs_of(c);
  if (inputs.trace) report_ends(c, out);
  if (inputs.trace) report_untraced_tasks(c, out);
  if (inputs.trace) report_beginnings(c, out);
  if (!out.reasons.empty()) {
    out.verdict = Completeness::Verdict::Incomplete;
  } else if (inputs.trace && !says_its_ends(c)) {
    out.reasons.emplace_back(
        "This kind of trace does not say where it begins and ends, so calls before and after it "
        "can be missing.");
  } else if (inputs.trace) {
    out.verdict = Completeness::Verdict::Complete;
    out.reasons.emplace_back(
        "The trace has no gap; it speaks of the traced processes and of this run alone.");
  }
  if (!inputs.trace) report_silence(c, out);
  report_next(c, inputs, findings, out);
  std::vector<std::string> once;
  for (std::string& step : out.next) {
    if (std::find(once.begin(), once.end(), step) == once.end()) once.push_back(std::move(step));
  }
  out.next = std::move(once);
  return out;
}

}  // namespace medic::diagnose
