#include "what_if_answer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "kernel/call_history.h"
#include "kernel/errno.h"
#include "kernel/knowledge.h"
#include "policy/explain.h"

namespace medic {
namespace {

using profile::Decision;
using profile::Verdict;

Answer of_action(kernel::Action action, int error) {
  Answer out;
  if (kernel::lets_run(action)) return out;
  const bool is_errno = action == kernel::Action::Errno || action == kernel::Action::Trace ||
                        action == kernel::Action::Notify;
  out.kind = is_errno ? Answer::Kind::Errno : Answer::Kind::Kills;
  out.error = action == kernel::Action::Errno ? error : is_errno ? kernel::kENOSYS : 0;
  return out;
}

// A rule names the call, and this libseccomp does not know the name: the runtime drops it.
std::string lost_name(const profile::Flat& flat, std::string_view name) {
  for (const profile::Dropped& dropped : flat.dropped) {
    if (dropped.why == profile::Dropped::Why::TooNewForLibseccomp &&
        std::find(dropped.names.begin(), dropped.names.end(), name) != dropped.names.end())
      return std::string(name);
  }
  return {};
}

std::string version_text(const kernel::LibseccompVersion& version) {
  return fmt::format("{}.{}.{}", version.major, version.minor, version.patch);
}

std::string sentence(std::string text) {
  if (text.empty()) return text;
  // A call's name keeps its letters.
  if (text.starts_with("no ") || text.starts_with("the "))
    text.front() = text.front() == 'n' ? 'N' : 'T';
  if (!text.ends_with('.')) text += '.';
  return text;
}

void explain(const Verdict& verdict, const profile::Flat& flat, kernel::SyscallId id, Answer& out) {
  out.by = sentence(verdict.why);
  const std::string_view name = kernel::known_name(id);
  if (const std::string lost = lost_name(flat, name); !lost.empty()) {
    const auto first = kernel::first_libseccomp(kernel::find_name(lost));
    out.by = fmt::format(
        "The profile names {}, but libseccomp {} does not know it, and the runtime drops it in "
        "silence: {}",
        lost, version_text(flat.context.libseccomp), sentence(verdict.why));
    out.fix =
        first ? fmt::format("Update the runtime's libseccomp to {} or later.", version_text(*first))
              : "Update the runtime's libseccomp.";
  } else if (verdict.decision == Decision::Gated) {
    out.fix = fmt::format("Grant {}, or permit the call without that gate.",
                          fmt::join(verdict.missing_caps, " or "));
  }
}

}  // namespace

// libcontainer/seccomp/patchbpf came with 1.0.0-rc93; until 1.1.14 it counted the listed
// architectures alone.
bool Answers::has_stub(const profile::Flat& flat, kernel::Arch arch) const {
  if (!tomorrow_.runtime_version) return true;
  const kernel::LibcVersion& version = *tomorrow_.runtime_version;
  if (version < kernel::LibcVersion{1, 0, 0}) return false;
  return version >= kernel::LibcVersion{1, 1, 15} || flat.lists(arch);
}

Answer Answers::of_kernel(kernel::SyscallId id) const {
  Answer out;
  if (!tomorrow_.kernel_given) return out;
  const kernel::NameId name = kernel::name_at(id);
  if (name == kernel::kNoName) return out;
  const auto first = kernel::first_kernel(name, id.arch);
  const auto gone = kernel::last_kernel_gone(name);
  const kernel::KernelVersion& linux_version = tomorrow_.context.kernel;
  const bool is_new = first && *first > linux_version, is_gone = gone && *gone <= linux_version;
  if (!is_new && !is_gone) return out;
  const kernel::KernelVersion& when = is_new ? *first : *gone;
  out.kind = Answer::Kind::Errno;
  out.error = kernel::kENOSYS;
  out.by = fmt::format("Linux {}.{} {} {}.", when.major, when.minor,
                       is_new ? "brought" : "took out", kernel::name_of(name));
  out.fix = is_new ? fmt::format(
                         "Run it on Linux {}.{} or later, or with a program that does "
                         "without; no profile helps.",
                         when.major, when.minor)
                   : "Update what calls it; no profile helps.";
  return out;
}

std::optional<Answer> Answers::answer(kernel::SyscallId id, const kernel::Args& args) const {
  const profile::Evaluator* evaluator = in_use_.on(kernel::info(id.arch).parent);
  if (evaluator == nullptr) return std::nullopt;
  const Verdict verdict = evaluator->evaluate({id, args});
  const profile::Flat& flat = evaluator->flat();
  Answer out = of_action(verdict.action, verdict.errno_value);
  if (verdict.decision == Decision::RuntimeEnosys && !has_stub(flat, id.arch)) {
    out = of_action(flat.default_action, static_cast<int>(flat.default_errno));
    out.by = fmt::format(
        "The default action {}: this runc does not answer ENOSYS to newer calls by itself{}.",
        profile::answer_text(flat.default_action, flat.default_errno, id.arch),
        flat.lists(id.arch)
            ? ""
            : fmt::format(" where the profile does not list {}", kernel::info(id.arch).oci_token));
    return out;
  }
  if (verdict.decision == Decision::Depends) out.kind = Answer::Kind::Depends;
  if (out.kind == Answer::Kind::Runs) return of_kernel(id);
  explain(verdict, flat, id, out);
  return out;
}

std::string answer_text(const Answer& answer, kernel::Arch arch) {
  switch (answer.kind) {
    case Answer::Kind::Runs: return "runs";
    case Answer::Kind::Errno:
      return "answers " + std::string(answer.error == 0 ? "0 without running"
                                                        : kernel::errno_name(answer.error, arch));
    case Answer::Kind::Kills: return "kills the process";
    case Answer::Kind::Depends: return "depends on its arguments";
  }
  return "";
}

}  // namespace medic
