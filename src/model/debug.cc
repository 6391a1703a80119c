// to_debug: the notation of the parser tests. One event, one line; unknown arguments are `?`,
// trailing unknown ones are left out.
#include <fmt/format.h>

#include "base/text.h"
#include "kernel/errno.h"
#include "model/event.h"

namespace medic::model {
namespace {

std::string syscall_text(const SyscallRef& ref) {
  std::string out;
  if (ref.arch != kernel::Arch::Unknown) out += fmt::format("{}:", kernel::name(ref.arch));
  if (ref.name != kernel::kNoName) return out + std::string(kernel::name_of(ref.name));
  return ref.has_number ? out + fmt::format("#{}", ref.number) : out + "?";
}

std::string args_text(const kernel::Args& args) {
  std::string out;
  unsigned last = 0;
  for (unsigned i = 0; i < kernel::kArgCount; ++i) {
    if (args.has(i)) last = i + 1;
  }
  for (unsigned i = 0; i < last; ++i) {
    if (i != 0) out += ',';
    out += args.has(i) ? (args.value[i] > 9999 ? fmt::format("{:#x}", args.value[i])
                                               : fmt::format("{}", args.value[i]))
                       : "?";
  }
  return out;
}

std::string outcome_text(const Outcome& outcome) {
  std::string out;
  switch (outcome.kind) {
    case Outcome::Kind::Returned: out = fmt::format("{}", outcome.value); break;
    case Outcome::Kind::Failed: out = kernel::errno_text(outcome.error); break;
    case Outcome::Kind::Denied:
      out = fmt::format("denied {}", kernel::json_name(outcome.action));
      if (outcome.error != 0) out += " " + kernel::errno_text(outcome.error);
      if (outcome.signal != 0) out += fmt::format(" sig={}", outcome.signal);
      break;
    case Outcome::Kind::Killed:
      out = fmt::format("killed {}", kernel::signal_name(outcome.signal));
      break;
    case Outcome::Kind::Unfinished: out = "unfinished"; break;
    case Outcome::Kind::Seen: out = "seen"; break;
  }
  return outcome.injected ? out + " injected" : out;
}

struct Describe {
  std::string operator()(const Call& call) const {
    std::string out = fmt::format("{}[{}] -> {}", syscall_text(call.syscall), args_text(call.args),
                                  outcome_text(call.outcome));
    if (call.certainty != Certainty::Stated) out += fmt::format(" ({})", name(call.certainty));
    if (call.count != 1) out += fmt::format(" x{}", call.count);
    return out;
  }
  std::string operator()(const Fork& fork) const {
    return fmt::format("{} {}{}", fork.is_thread ? "thread" : "fork", fork.child,
                       fork.child_in_inner_ns ? " inner" : "");
  }
  std::string operator()(const Exec& exec) const {
    return fmt::format("exec {}", escape_for_terminal(exec.exe));
  }
  std::string operator()(const Exit& exit) const {
    return exit.signal != 0 ? fmt::format("killed by {}", kernel::signal_name(exit.signal))
                            : fmt::format("exit {}", exit.code);
  }
  std::string operator()(const Signal& signal) const {
    std::string out = fmt::format("signal {}", kernel::signal_name(signal.number));
    if (signal.from_seccomp) out += " seccomp " + syscall_text(signal.syscall);
    if (signal.data >= 0) out += fmt::format(" data={}", signal.data);
    return out;
  }
  std::string operator()(const Label& label) const {
    std::string out = "label";
    if (label.ppid >= 0) out += fmt::format(" ppid={}", label.ppid);
    for (const auto& [key, value] : {std::pair{"cgroup", label.cgroup},
                                     {"id", label.container_id},
                                     {"name", label.container_name},
                                     {"image", label.image},
                                     {"pod", label.pod},
                                     {"unit", label.unit},
                                     {"pidns", label.pid_namespace}}) {
      if (!value.empty()) out += fmt::format(" {}={}", key, escape_for_terminal(value));
    }
    if (label.has_caps) out += fmt::format(" caps={:x}", label.effective_caps);
    if (label.no_new_privs >= 0) out += fmt::format(" nnp={}", label.no_new_privs);
    if (label.arch != kernel::Arch::Unknown)
      out += fmt::format(" arch={}", kernel::name(label.arch));
    if (label.seccomp_mode >= 0) out += fmt::format(" seccomp={}", label.seccomp_mode);
    return out;
  }
  std::string operator()(const Loss& loss) const {
    static constexpr std::string_view kKinds[] = {"suppressed", "lost",      "backlog",
                                                  "serial-gap", "truncated", "detached",
                                                  "config",     "rotation",  "other"};
    return fmt::format("loss {} {}", kKinds[static_cast<std::size_t>(loss.kind)], loss.count);
  }
  std::string operator()(const LayerDenial& denial) const {
    static constexpr std::string_view kLayers[] = {"selinux",  "apparmor", "capability",
                                                   "landlock", "ipe",      "integrity",
                                                   "engine",   "dac",      "other"};
    std::string out = fmt::format("{} {}", kLayers[static_cast<std::size_t>(denial.layer)],
                                  denial.enforced ? "denied" : "permitted");
    for (const auto& [key, value] : {std::pair{"op", denial.operation},
                                     {"perm", denial.permission},
                                     {"subj", denial.subj},
                                     {"target", denial.target},
                                     {"tcontext", denial.target_context}}) {
      if (!value.empty()) out += fmt::format(" {}={}", key, escape_for_terminal(value));
    }
    return denial.capability >= 0 ? out + fmt::format(" cap={}", denial.capability) : out;
  }
  std::string operator()(const UnitChange& change) const {
    return fmt::format("unit {} {}", escape_for_terminal(change.unit),
                       change.started ? "started" : "stopped");
  }
  std::string operator()(const Abend& abend) const {
    return fmt::format("abend {}", kernel::signal_name(abend.signal));
  }
};

}  // namespace

std::string_view name(Certainty certainty) {
  switch (certainty) {
    case Certainty::Stated: return "stated";
    case Certainty::Inferred: return "inferred";
    case Certainty::Suspected: return "suspected";
  }
  return "suspected";
}

std::string_view name(Provenance provenance) {
  switch (provenance) {
    case Provenance::Kernel: return "kernel";
    case Provenance::AuditWriter: return "audit-writer";
    case Provenance::Anyone: return "anyone";
    case Provenance::Itself: return "itself";
  }
  return "anyone";
}

std::string to_debug(const Event& event) {
  std::string out;
  if (event.pid >= 0 || event.tid >= 0)
    out += fmt::format("{} ", event.tid >= 0 ? event.tid : event.pid);
  if (!event.comm.empty()) out += fmt::format("({}) ", escape_for_terminal(event.comm));
  out += std::visit(Describe{}, event.what);
  if (event.provenance != Provenance::Kernel) out += fmt::format(" by {}", name(event.provenance));
  return event.ppid >= 0 ? out + fmt::format(" ppid={}", event.ppid) : out;
}

}  // namespace medic::model
