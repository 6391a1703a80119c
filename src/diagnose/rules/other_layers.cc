// Denials that SELinux, AppArmor and other layers wrote down themselves, joined with the calls that
// they made fail.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "diagnose/lsm_remedy.h"
#include "diagnose/observed.h"
#include "model/security_label.h"

namespace medic::diagnose {
namespace {

using From = model::LayerDenial::Layer;

Layer layer_of(From layer) {
  switch (layer) {
    case From::Selinux: return Layer::Selinux;
    case From::Apparmor: return Layer::Apparmor;
    case From::Capability: return Layer::Capability;
    case From::Landlock: return Layer::Landlock;
    case From::Ipe:
    case From::Integrity:
    case From::Engine:
    case From::Other: return Layer::Other;
    case From::Dac: return Layer::Dac;
  }
  return Layer::Other;
}

std::string_view word_of(From layer) {
  switch (layer) {
    case From::Selinux: return "SELinux";
    case From::Apparmor: return "AppArmor";
    case From::Capability: return "The kernel's capability check";
    case From::Landlock: return "Landlock";
    case From::Ipe: return "IPE (integrity policy enforcement)";
    case From::Integrity: return "The integrity subsystem (IMA)";
    case From::Dac: return "The file's mode";
    case From::Engine:
    case From::Other: return "Another security module";
  }
  return "Another security module";
}

// The kernel's answer to a netlink request, as a trace shows it.
bool is_netlink(const ledger::LayerDenial& denial) {
  return denial.layer == From::Capability && denial.operation == "netlink";
}

std::string_view kind_of(From layer) {
  return layer == From::Selinux    ? "denied-selinux"
         : layer == From::Dac      ? "plain-permission"
         : layer == From::Apparmor ? "denied-apparmor"
                                   : "denied-other-layer";
}

// What a refusal by mode says: `WANTED MODE OWNER:GROUP`, and the caller's `UID:GID`.
struct Mode {
  std::string_view wanted, mode, owner, group, user, users_group;
};

Mode mode_of(const ledger::LayerDenial& denial) {
  const auto words = split(denial.permission, ' ');
  if (words.size() != 3) return {};
  const auto file = split(words[2], ':'), caller = split(denial.profile, ':');
  if (file.size() != 2 || caller.size() != 2) return {};
  return {words[0], words[1], file[0], file[1], caller[0], caller[1]};
}

bool is_root(std::string_view user) { return user == "0" || user == "root"; }

// Would the group's own bits give what is wanted?
bool group_may(const Mode& mode) {
  if (mode.mode.size() != 4 || mode.group == mode.users_group || mode.owner == mode.user)
    return false;
  const int bits = mode.mode[2] - '0';
  return std::all_of(mode.wanted.begin(), mode.wanted.end(), [&](char letter) {
    return (bits & (letter == 'r' ? 4 : letter == 'w' ? 2 : 1)) != 0;
  });
}

Remedy mode_remedy(const ledger::LayerDenial& denial) {
  const Mode mode = mode_of(denial);
  constexpr std::string_view kEnd = " No seccomp profile can change this.";
  if (is_root(mode.user)) {
    return {RemedyKind::GrantCapability,
            fmt::format("If the access is right, then grant CAP_DAC_OVERRIDE, without which modes "
                        "hold for root too (`--cap-add DAC_OVERRIDE`), or change the owner or the "
                        "mode.{}",
                        kEnd)};
  }
  if (group_may(mode)) {
    return {RemedyKind::FilePermission,
            fmt::format("If the access is right, then run it with the file's group: `--group-add "
                        "{0}` (Kubernetes: securityContext.supplementalGroups: [{0}]).{1}",
                        mode.group, kEnd)};
  }
  return {RemedyKind::FilePermission,
          fmt::format("If the access is right, then change the owner, the mode, or the user it "
                      "runs as.{}",
                      kEnd)};
}

// Whoever may write to an engine's socket can start a privileged container.
bool is_engines_socket(std::string_view path) {
  constexpr std::string_view kNames[] = {"docker.sock", "podman.sock", "containerd.sock",
                                         "crio.sock"};
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

Remedy remedy_of(const ledger::LayerDenial& denial, std::string_view record) {
  if (is_netlink(denial)) {
    return {
        RemedyKind::GrantCapability,
        "If the container may have CAP_NET_ADMIN in its network namespace, then grant it: "
        "`--cap-add NET_ADMIN` (Kubernetes: "
        "securityContext.capabilities.add: [\"NET_ADMIN\"]). No seccomp profile can change this."};
  }
  switch (denial.layer) {
    case From::Dac: return mode_remedy(denial);
    case From::Apparmor: return apparmor_remedy(denial, record);
    case From::Selinux: return selinux_remedy(denial);
    case From::Capability:
      return {RemedyKind::GrantCapability,
              "If the container may have the capability, then grant it (--cap-add). No seccomp "
              "profile can change this."};
    case From::Landlock:
      return {RemedyKind::None,
              fmt::format("If the access is right, then {} has to permit {} when it makes the "
                          "sandbox: its update, its option or its configuration is the fix. No "
                          "seccomp profile can change this.",
                          denial.target_context.empty() ? "the program that made the domain"
                                                        : denial.target_context,
                          denial.permission)};
    default:
      return {RemedyKind::None,
              "If the access is right, then that layer's own policy has to permit it. No seccomp "
              "profile can change this."};
  }
}

// The blocked access is named as the kernel does: fs.refer, net.connect_tcp, scope.signal
// (Documentation/admin-guide/LSM/landlock.rst). The domain is a number, and no profile.
std::string landlock_summary(const ledger::LayerDenial& denial) {
  return fmt::format(
      "Landlock denied {}{}: the process runs in a Landlock domain ({}) that {} made, which does "
      "not permit it.",
      denial.permission, denial.target.empty() ? "" : " to " + denial.target, denial.profile,
      denial.target_context.empty() ? "it, or a program that started it," : denial.target_context);
}

std::string letters_in_words(std::string_view letters) {
  std::string out;
  for (const char letter : letters) {
    if (!out.empty()) out += " and ";
    out += letter == 'r' ? "read" : letter == 'w' ? "write" : "execute or search";
  }
  return out;
}

std::string mode_summary(const ledger::LayerDenial& denial) {
  const Mode mode = mode_of(denial);
  return fmt::format(
      "{} failed with EACCES: {} is a {} with mode {}, owner {} and group {}, and user {} (group "
      "{}) may not {} it.",
      denial.operation, denial.target, denial.target_context, mode.mode, mode.owner, mode.group,
      mode.user, mode.users_group, letters_in_words(mode.wanted));
}

// SELinux names a class and a permission, AppArmor an operation and a mask. Which container it was
// is no part of what happened: its categories stand in its label.
std::string summary_of(const ledger::LayerDenial& denial) {
  const std::string_view by = model::without_instance(denial.profile),
                         towards = model::without_instance(denial.target_context);
  if (is_netlink(denial)) {
    return fmt::format(
        "The kernel answered the netlink request {} with {}, although the calls that sent it and "
        "fetched the answer "
        "succeeded: changing the network needs CAP_NET_ADMIN in the namespace's own user "
        "namespace.",
        denial.target.empty() ? "here" : denial.target, denial.permission);
  }
  if (denial.layer == From::Landlock) return landlock_summary(denial);
  if (denial.layer == From::Dac) return mode_summary(denial);
  std::string out = fmt::format("{} {}", word_of(denial.layer),
                                denial.enforced ? "denied" : "would deny, if it were enforced,");
  if (denial.layer == From::Selinux) {
    out += fmt::format(" {{ {} }} on a {}", denial.permission, denial.operation);
    if (!denial.target.empty()) out += fmt::format(" ({})", denial.target);
    return out + fmt::format(": {} may not use {}.", by, towards.empty() ? "it" : towards);
  }
  out += " " + denial.operation;
  if (!denial.permission.empty()) out += fmt::format(" ({})", denial.permission);
  if (!denial.target.empty()) out += " of " + denial.target;
  if (!towards.empty()) out += fmt::format(" towards {}", towards);
  return out + (by.empty() ? "." : fmt::format(", by the profile {}.", by));
}

// The call that failed, where a trace or a SYSCALL record of the same process and moment says it.
void join_calls(const Case& c, const std::vector<const ledger::Observation*>& refused,
                Finding& finding) {
  if (refused.empty()) return;
  const ledger::Observation& first = *refused.front();
  finding.syscall = resolved(c, first);
  if (first.key().syscall.arch == kernel::Arch::Unknown)
    finding.arch_reason = arch_choice(c, first).reason;
  if (first.key().args.known != 0) finding.args = first.key().args;
  finding.call_text = first.call_text();
  finding.outcome = first.key().outcome;
  for (const ledger::Observation* each : refused) {
    for (const ledger::Seen& example : each->examples()) {
      if (finding.evidence.size() >= 2 * ledger::Observation::kMaxExamples) break;
      const std::string path =
          example.origin.input < c.inputs.size() ? c.inputs[example.origin.input].path : "";
      const bool known = std::any_of(
          finding.evidence.begin(), finding.evidence.end(),
          [&](const Evidence& had) { return had.file == path && had.line == example.origin.line; });
      if (!known)
        finding.evidence.push_back({path, example.origin.line, std::string(example.text)});
    }
  }
  if (finding.layer == Layer::Dac) {
    finding.notes.emplace_back(
        "Its SYSCALL record proves that it had passed every seccomp filter.");
    return;
  }
  finding.notes.push_back(
      fmt::format("The failed {} is of the same process and moment: it failed because of this "
                  "denial, not because of seccomp.",
                  call_name(finding.syscall)));
}

Finding finding_of(const Case& c, const ledger::LayerDenial& denial) {
  Finding finding;
  finding.kind = is_netlink(denial) ? "missing-capability" : kind_of(denial.layer);
  finding.layer = layer_of(denial.layer);
  finding.who.pid = denial.pid;
  finding.who.process = denial.subj.process;
  if (denial.subj.process != attribute::kNoProcess) finding.who.members = {denial.subj.process};
  finding.who.comm = c.ledger.text(denial.subj.comm);
  finding.who.exe = c.ledger.text(denial.subj.exe);
  if (denial.layer == From::Dac)
    finding.who.label = c.ledger.text(denial.subj.label);
  else if (denial.layer != From::Landlock)
    finding.who.label = denial.profile;
  finding.who.host = c.ledger.text(denial.subj.host);
  describe_owner(c, denial.subj, {denial.first, denial.last}, finding.who);
  // The answer is the kernel's own word; that it is the capability which lacks is not.
  // The mode is stated, the caller's other groups and access control lists are not.
  finding.certainty = is_netlink(denial)          ? model::Certainty::Suspected
                      : denial.layer == From::Dac ? model::Certainty::Inferred
                                                  : model::Certainty::Stated;
  take_provenance(denial.provenance, finding);
  finding.denied = denial.enforced;
  finding.count = denial.count;
  finding.first = denial.first;
  finding.last = denial.last;
  for (const ledger::Example& example : denial.examples) {
    const std::string path =
        example.origin.input < c.inputs.size() ? c.inputs[example.origin.input].path : "";
    finding.evidence.push_back({path, example.origin.line, example.text});
  }
  finding.outcome.kind = model::Outcome::Kind::Failed;
  finding.outcome.error = 0;
  finding.id = stable_id(
      finding.kind, {json_name(finding.layer), denial.operation, denial.permission,
                     model::without_instance(denial.profile), denial.target,
                     model::without_instance(denial.target_context), name(finding.provenance)});
  finding.rank = denial.enforced ? 50 : 4;
  finding.summary = summary_of(denial);
  if (denial.layer == From::Dac && is_engines_socket(denial.target))
    finding.notes.emplace_back(
        "Whoever may write to this socket can start privileged containers, and is root on the "
        "host.");
  finding.remedy =
      remedy_of(denial, finding.evidence.empty() ? std::string_view{}
                                                 : std::string_view(finding.evidence.front().text));
  return finding;
}

}  // namespace

void other_layers(const Case& c, std::vector<Finding>& findings) {
  if (c.ledger.layer_denials().empty()) return;
  const Observed observed(c);
  for (const ledger::LayerDenial& denial : c.ledger.layer_denials()) {
    if (denial.layer == From::Engine) continue;  // rules/engine_errors.cc
    if (denial.layer == From::Dac && observed.is_a_modules(denial)) continue;
    Finding finding = finding_of(c, denial);
    join_calls(c, observed.refused_beside(denial), finding);
    findings.push_back(std::move(finding));
  }
}

}  // namespace medic::diagnose
