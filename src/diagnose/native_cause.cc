#include "diagnose/native_cause.h"

#include <fmt/format.h>

#include <algorithm>

#include "diagnose/container_facts.h"
#include "diagnose/verdict_text.h"
#include "kernel/capability.h"
#include "kernel/errno.h"

namespace medic::diagnose {
namespace {

using kernel::Cause;
using kernel::NativeReason;

struct CauseRow {
  Cause cause;
  std::string_view kind;
  Layer layer;
  RemedyKind remedy;
  int rank;
  std::string_view fix;
};

// Ranks: below what a filter denied, above what nobody needs to fix.
constexpr CauseRow kCauses[] = {
    {Cause::Capability, "missing-capability", Layer::Capability, RemedyKind::GrantCapability, 38,
     ""},
    {Cause::Ownership, "plain-permission", Layer::Dac, RemedyKind::FilePermission, 30,
     "If the change is right, then run as the owner (--user), or change the owner (chown) "
     "beforehand."},
    {Cause::Mode, "plain-permission", Layer::Dac, RemedyKind::FilePermission, 28,
     "If the access is right, then change the owner, the mode, or the user it runs as."},
    {Cause::MountReadOnly, "mount-flags", Layer::Other, RemedyKind::None, 34,
     "If it should be writable, then mount it without `ro`."},
    {Cause::MountNoexec, "mount-flags", Layer::Other, RemedyKind::None, 34,
     "If it should run, then mount it without `noexec`."},
    {Cause::Limit, "limit-reached", Layer::Other, RemedyKind::None, 36,
     "If more should be possible, then raise the limit (--ulimit, or the host's sysctl)."},
    {Cause::Setting, "kernel-setting", Layer::Other, RemedyKind::None, 32,
     "If it should be permitted, then change the setting on the host."},
    {Cause::DeviceCgroup, "device-cgroup", Layer::Other, RemedyKind::None, 33, ""},
    {Cause::UserNamespace, "kernel-setting", Layer::Other, RemedyKind::None, 33, ""},
    {Cause::FileCapability, "missing-capability", Layer::Capability, RemedyKind::GrantCapability,
     38, ""},
    {Cause::SecurityModule, "failed-unknown", Layer::Unknown, RemedyKind::None, 27, ""},
    {Cause::Ordinary, "ordinary-answer", Layer::Other, RemedyKind::None, 3,
     "Nothing needs to be permitted: the kernel answers so to anybody."},
};

const CauseRow& row_of(Cause cause) {
  return *std::find_if(std::begin(kCauses), std::end(kCauses),
                       [&](const CauseRow& row) { return row.cause == cause; });
}

std::string grant_text(std::string_view capability) {
  return fmt::format(
      "If the container may have {0}, then grant it: `--cap-add {1}` (Kubernetes: "
      "securityContext.capabilities.add: [\"{1}\"]).",
      capability, capability.substr(4));
}

std::string fix_text(const NativeReason& reason, const CauseRow& row) {
  std::string out(reason.fix.empty() ? row.fix : reason.fix);
  if (!reason.capability.empty() && reason.cause == Cause::Capability)
    out += (out.empty() ? "" : " ") + grant_text(reason.capability);
  else if (!reason.capability.empty() && reason.fix.empty())
    out += fmt::format(" {} lifts it too.", reason.capability);
  return out;
}

const attribute::Process* process_of(const Case& c, const Group& group) {
  const attribute::ProcessIndex process = group.members.front()->process();
  return process == attribute::kNoProcess ? nullptr : &c.ledger.processes().processes()[process];
}

std::optional<bool> holds(const Case& c, const Group& group, std::string_view capability) {
  const attribute::Process* process = process_of(c, group);
  const auto number = kernel::capability_number(capability);
  if (process == nullptr || !process->has_caps || !number) return std::nullopt;
  return (process->effective_caps >> *number & 1) != 0;
}

// The container holds the capability, by what a side file says of it: then granting it cannot be
// the fix.
bool container_holds(const Case& c, const Group& group, std::string_view capability) {
  const attribute::ContainerFact* fact = container_of(c, group);
  const auto held = fact == nullptr ? std::nullopt : caps_of(*fact);
  return held && held->contains(std::string(capability));
}

}  // namespace

void explain_held_capability(const Case& c, const Group& group, std::string_view capability,
                             Finding& finding) {
  if (!container_holds(c, group, capability)) return;
  const attribute::ContainerFact& fact = *container_of(c, group);
  if (fact.in_user_namespace) {
    finding.kind = row_of(Cause::UserNamespace).kind;
    finding.layer = row_of(Cause::UserNamespace).layer;
    finding.summary = fmt::format(
        "{} failed with {}: {} is held in the container's own user namespace only, as {} shows "
        "(rootless "
        "engine or mapped ids), and the kernel asks for it in the first one.",
        call_name(finding.syscall), kernel::errno_text(finding.outcome.error), capability,
        fact.source);
    finding.remedy = {RemedyKind::None,
                      "If it is needed, then run the container without a user namespace (rootful, "
                      "no userns-remap), "
                      "or do it on the host."};
    std::erase_if(finding.notes, [](const std::string& note) {
      return note.find("in the first one (rootless") != std::string::npos;
    });
    return;
  }
  finding.remedy = {RemedyKind::None,
                    fmt::format("If it is needed, then run this program as root within the "
                                "container (--user 0), or keep it from "
                                "dropping {}: the container itself holds it, by {}.",
                                capability, fact.source)};
}

std::string capability_evidence(const Case& c, const Group& group, std::string_view capability) {
  const auto held = holds(c, group, capability);
  const attribute::ContainerFact* fact = held ? nullptr : container_of(c, group);
  if (const auto caps = fact == nullptr ? std::nullopt : caps_of(*fact); caps)
    return fmt::format("{} shows that the container {} {}.", fact->source,
                       caps->contains(std::string(capability)) ? "holds" : "does not hold",
                       capability);
  if (!held) return {};
  return *held ? fmt::format(
                     "The recording shows that the process holds {}, so that is not what it lacks.",
                     capability)
               : fmt::format("The recording shows that the process does not hold {}.", capability);
}

namespace {

// The row that speaks of devices goes first: its words ask for /dev/, and a device node may lie
// anywhere.
void put_devices_first(const Group& group, std::vector<kernel::LikelyReason>& reasons) {
  const int error = group.members.front()->key().outcome.error;
  const std::string_view name = kernel::name_of(group.syscall.name);
  for (const NativeReason& row : kernel::all_native_reasons()) {
    if (row.cause != Cause::DeviceCgroup || row.error != error || row.words != "\"/dev/" ||
        !kernel::rows::lists(row.calls, name))
      continue;
    std::erase_if(reasons, [&](const kernel::LikelyReason& each) { return each.reason == &row; });
    reasons.insert(reasons.begin(), {&row, true});
    return;
  }
}

}  // namespace

std::vector<kernel::LikelyReason> reasons_for(const Case& c, const Group& group,
                                              const Observed& observed) {
  const ledger::Observation& first = *group.members.front();
  auto reasons = kernel::native_reasons(group.syscall.name, first.key().args,
                                        first.key().outcome.error, first.call_text());
  std::erase_if(reasons, [&](const kernel::LikelyReason& each) {
    return each.reason->cause == Cause::Capability &&
           holds(c, group, each.reason->capability).value_or(false);
  });
  if (observed.is_device(first)) put_devices_first(group, reasons);
  return reasons;
}

void explain_by_kernel(Finding& finding, const std::vector<kernel::LikelyReason>& reasons,
                       std::string opening) {
  finding.certainty = model::Certainty::Suspected;
  if (reasons.empty()) {
    finding.kind = "failed-unknown";
    finding.layer = Layer::Unknown;
    finding.rank = 30;
    finding.summary = opening + ".";
    finding.remedy = {RemedyKind::None,
                      "If it should succeed, then look at ownership, at capabilities, and at the "
                      "denials of AppArmor and SELinux "
                      "of the same moment (ausearch -m AVC -ts recent)."};
    return;
  }
  const NativeReason& likeliest = *reasons.front().reason;
  const CauseRow& row = row_of(likeliest.cause);
  finding.kind = row.kind;
  finding.layer = row.layer;
  finding.rank = row.rank;
  finding.denied = likeliest.cause != Cause::Ordinary;
  finding.summary = fmt::format("{}: {}.", opening, likeliest.why);
  finding.remedy = {row.remedy, fix_text(likeliest, row)};
  constexpr std::size_t kMostAlternatives = 2;
  for (std::size_t i = 1; i < reasons.size() && i <= kMostAlternatives; ++i) {
    // Any refusal of a path may be a security module's: worth a word only where modes cannot be the
    // reason.
    if (reasons[i].reason->cause == Cause::SecurityModule) continue;
    finding.notes.push_back(fmt::format("It can also be that {}.", reasons[i].reason->why));
  }
  // The risk of permitting the call is no matter where no filter is to be changed.
  if (likeliest.cause == Cause::Ordinary) finding.risk = {};
}

}  // namespace medic::diagnose
