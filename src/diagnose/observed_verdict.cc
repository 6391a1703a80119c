#include "diagnose/observed_verdict.h"

#include <fmt/format.h>

#include <utility>

#include "diagnose/nearest_context.h"
#include "kernel/errno.h"
#include "kernel/params.h"

namespace medic::diagnose {
namespace {

using profile::Decision;

// runc before 1.1.15 and 1.2.0-rc.1 answers ENOSYS on the architectures alone that the profile
// lists (libcontainer/seccomp/patchbpf, enosys_linux.go). Elsewhere its default action answers: did
// it?
std::optional<profile::Verdict> as_older_runc(const Case& c, const Group& group,
                                              std::optional<profile::Verdict> verdict) {
  if (!verdict || verdict->decision != Decision::RuntimeEnosys) return verdict;
  const profile::Profile& profile = c.profile->profile();
  const profile::Flat& flat = c.profile->on(kernel::info(group.syscall.arch).parent)->flat();
  const int answer = static_cast<int>(
      profile.default_errno_ret.value_or(static_cast<std::uint32_t>(kernel::kEPERM)));
  if (flat.lists(group.syscall.arch) || profile.default_action != kernel::Action::Errno ||
      group.members.front()->key().outcome.error != answer)
    return verdict;
  verdict->decision = Decision::Deny;
  verdict->action = kernel::Action::Errno;
  verdict->errno_value = answer;
  verdict->why = fmt::format(
      "its default action answers: runc before 1.1.15 answers ENOSYS only on architectures that "
      "the "
      "profile lists, and it does not list {}",
      kernel::name(group.syscall.arch));
  return verdict;
}

// Docker before 23.0 drops defaultErrnoRet, so that its default action answers EPERM. Did it?
std::optional<profile::Verdict> as_older_docker(const Case& c, const Group& group,
                                                std::optional<profile::Verdict> verdict) {
  if (!verdict || c.profile == nullptr) return verdict;
  const profile::Profile& profile = c.profile->profile();
  const bool by_default = verdict->decision == Decision::Deny && !verdict->rule &&
                          verdict->action == kernel::Action::Errno;
  if (!by_default || !profile.default_errno_ret || verdict->errno_value == kernel::kEPERM ||
      group.members.front()->key().outcome.error != kernel::kEPERM)
    return verdict;
  verdict->errno_value = kernel::kEPERM;
  verdict->why += fmt::format(
      ". Docker before 23.0 drops defaultErrnoRet ({}), and EPERM is what it answers then",
      *profile.default_errno_ret);
  return verdict;
}

// What the profile answers if the program passes its negative ints the other way: where that is
// what came, it was so.
std::optional<profile::Verdict> with_other_ints(const Case& c, const Group& group,
                                                std::optional<profile::Verdict> verdict) {
  const ledger::Key& key = group.members.front()->key();
  if (!verdict || verdict->decision != Decision::Allow ||
      key.outcome.kind != model::Outcome::Kind::Failed)
    return verdict;
  const auto args = kernel::with_other_ints(group.syscall.name, group.syscall.arch, key.args);
  if (!args) return verdict;
  auto other = judge(c, group.syscall, *args);
  if (!other || !gives_errno(*other, key.outcome.error)) return verdict;
  other->why +=
      "; the program fills its int's register otherwise than the rule that permits it asks for";
  return other;
}

}  // namespace

std::optional<profile::Verdict> observed_verdict(const Case& c, const Group& group) {
  auto verdict = judge(c, group.syscall, group.members.front()->key().args);
  verdict = as_older_runc(c, group, std::move(verdict));
  verdict = as_older_docker(c, group, std::move(verdict));
  return with_other_ints(c, group, std::move(verdict));
}

}  // namespace medic::diagnose
