#include "diagnose/usual_default.h"

#include <algorithm>
#include <string_view>

#include "diagnose/nearest_context.h"
#include "kernel/errno.h"
#include "policy/default_profiles.h"

namespace medic::diagnose {
namespace {

using profile::Decision;

bool profile_denies(const ProfileInUse& in_use, const Group& group) {
  const profile::Evaluator* evaluator = in_use.on(kernel::info(group.syscall.arch).parent);
  if (evaluator == nullptr) return false;
  const auto verdict = evaluator->evaluate(
      {{group.syscall.arch, group.syscall.number}, group.members.front()->key().args});
  return (verdict.decision == Decision::Deny || verdict.decision == Decision::Gated) &&
         gives_errno(verdict, kernel::kEPERM);
}

}  // namespace

bool UsualDefault::denies(const Group& group) {
  if (group.syscall.arch == kernel::Arch::Unknown || !group.syscall.has_number) return false;
  if (profiles_.empty()) read();
  return std::any_of(in_use_.begin(), in_use_.end(),
                     [&](const auto& each) { return profile_denies(*each, group); });
}

void UsualDefault::read() {
  for (const std::string_view name : {"docker", "docker@20.10.24"}) {
    const auto named = profile::find_default(name);
    if (!named || !*named) continue;
    Problems ignored;
    auto made = profile::read_profile(profile::write_default_profile((*named)->content),
                                      (*named)->name, ignored);
    if (!made) continue;
    profiles_.push_back(std::make_unique<profile::Profile>(std::move(*made)));
    in_use_.push_back(std::make_unique<ProfileInUse>(*profiles_.back(), profile::Context{}));
  }
}

}  // namespace medic::diagnose
