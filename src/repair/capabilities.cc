#include "repair/capabilities.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "kernel/capability_needs.h"
#include "kernel/errno.h"

namespace medic::repair {
namespace {

using kernel::CapabilityNeed;
using Kind = CapabilityNeed::Kind;

constexpr std::size_t kMostPlaces = 3;  // of evidence that a line names

// Programs that are installed with the set-user-ID bit; no_new_privs takes its effect away.
constexpr std::string_view kSetUserId[] = {
    "su",        "sudo",      "doas",        "pkexec",      "passwd",     "chsh",        "chfn",
    "newgrp",    "gpasswd",   "mount",       "umount",      "fusermount", "fusermount3", "crontab",
    "newuidmap", "newgidmap", "unix_chkpwd", "ssh-keysign", "at",         "expiry"};

std::string bare(std::string_view capability) {
  return std::string(capability.starts_with("CAP_") ? capability.substr(4) : capability);
}

// "sudo" of execve("/usr/bin/sudo", …
std::string_view executed(std::string_view call_text) {
  const std::size_t begin = call_text.find('"');
  if (!call_text.starts_with("execve") || begin == std::string_view::npos) return {};
  const std::string_view path =
      call_text.substr(begin + 1, call_text.find('"', begin + 1) - begin - 1);
  return path.substr(path.find_last_of('/') + 1);
}

class Collector {
 public:
  Collector(const ledger::Ledger& ledger, const diagnose::Diagnosis& diagnosis,
            kernel::Arch assumed)
      : ledger_(ledger), diagnosis_(diagnosis), assumed_(assumed) {}

  void take(const ledger::Observation& observation) {
    const ledger::Key& key = observation.key();
    kernel::NameId name = key.syscall.name;
    const kernel::Arch arch =
        key.syscall.arch == kernel::Arch::Unknown ? assumed_ : key.syscall.arch;
    if (name == kernel::kNoName && key.syscall.has_number)
      name = kernel::name_at({arch, key.syscall.number});
    if (name == kernel::kNoName || key.outcome.injected) return;
    if (key.outcome.kind != model::Outcome::Kind::Returned) return;
    if (const std::string_view program = executed(observation.call_text());
        std::find(std::begin(kSetUserId), std::end(kSetUserId), program) != std::end(kSetUserId))
      set_user_id_.emplace(program);
    const CapabilityNeed need =
        kernel::capabilities_needed(name, key.args, observation.call_text(), {arch});
    const std::string call = observation.call_text().empty() ? std::string(kernel::name_of(name))
                                                             : shorten(observation.call_text(), 60);
    if (need.kind == Kind::Needed)
      add(need, fmt::format("{} succeeded, and the kernel asks for it", call), place(observation));
    if (need.kind == Kind::Object && !need.capabilities.empty())
      leave_open(need,
                 fmt::format("{} succeeded{}{}", call, need.why.empty() ? "" : ": ", need.why),
                 place(observation));
  }

  // What was refused for want of a capability, where no narrower fix is.
  void take(const diagnose::Finding& finding) {
    if (!finding.denied || finding.remedy.kind != diagnose::RemedyKind::GrantCapability) return;
    const std::string at = finding.evidence.empty() ? ""
                                                    : fmt::format("{}:{}", finding.evidence[0].file,
                                                                  finding.evidence[0].line);
    const CapabilityNeed need =
        kernel::capabilities_needed(finding.syscall.name, finding.args.value_or(kernel::Args{}),
                                    finding.call_text, {finding.syscall.arch});
    const std::string call = shorten(diagnose::call_display(finding), 60);
    if (need.kind == Kind::Needed)
      return add(need, fmt::format("{} was refused for want of it", call), at);
    if (!need.capabilities.empty())
      leave_open(need, fmt::format("{} was refused, perhaps for want of it", call), at);
  }

  CapabilitySheet sheet() {
    CapabilitySheet out;
    for (auto& [name, line] : added_) out.add.push_back(std::move(line));
    for (auto& [name, line] : open_) {
      if (!is_met(name)) out.perhaps.push_back(std::move(line));
    }
    out.needs_root = !out.add.empty() || !out.perhaps.empty();
    out.no_new_privileges = set_user_id_.empty();
    out.no_new_privileges_why =
        set_user_id_.empty() ? "no set-user-ID program was seen to run"
                             : fmt::format("{} ran, which gains its rights by the set-user-ID bit",
                                           fmt::join(set_user_id_, ", "));
    return out;
  }

 private:
  std::string place(const ledger::Observation& observation) const {
    if (observation.examples().size() == 0) return {};
    const ledger::Seen first = observation.examples().front();
    return fmt::format("{}:{}",
                       first.origin.input < diagnosis_.inputs.size()
                           ? diagnosis_.inputs[first.origin.input].path
                           : "",
                       first.origin.line);
  }

  static void add_place(CapabilityLine& line, const std::string& at) {
    if (!at.empty() && line.because.size() < kMostPlaces &&
        std::find(line.because.begin(), line.because.end(), at) == line.because.end())
      line.because.push_back(at);
  }

  // One of the alternatives is enough, all of those joined by + are needed.
  void add(const CapabilityNeed& need, std::string why, const std::string& at) {
    const auto alternatives = split(need.capabilities, '|');
    for (const std::string_view each : alternatives) {
      const auto known = added_.find(std::string(each));
      if (known != added_.end()) return add_place(known->second, at);
    }
    if (alternatives.empty()) return;
    for (const std::string_view each : split(alternatives.front(), '+')) {
      CapabilityLine& line = added_[std::string(each)];
      if (line.capability.empty()) line = {bare(each), why, {}};
      add_place(line, at);
    }
  }

  void leave_open(const CapabilityNeed& need, std::string why, const std::string& at) {
    CapabilityLine& line = open_[std::string(need.capabilities)];
    if (line.capability.empty()) {
      std::vector<std::string> names;
      for (const std::string_view each : split(need.capabilities, '|')) names.push_back(bare(each));
      line = {fmt::format("{}", fmt::join(names, " or ")), std::move(why), {}};
    }
    add_place(line, at);
  }

  bool is_met(const std::string& alternatives) const {
    for (const std::string_view each : split(alternatives, '|')) {
      if (added_.contains(std::string(each))) return true;
    }
    return false;
  }

  const ledger::Ledger& ledger_;
  const diagnose::Diagnosis& diagnosis_;
  kernel::Arch assumed_;
  std::map<std::string, CapabilityLine> added_, open_;  // by name; by the alternatives
  std::set<std::string> set_user_id_;
};

std::vector<std::string> names_of(const CapabilitySheet& sheet, std::string_view prefix = {}) {
  std::vector<std::string> out;
  for (const CapabilityLine& each : sheet.add)
    out.push_back(fmt::format("{}{}", prefix, each.capability));
  return out;
}

std::string evidence(const CapabilityLine& line) {
  std::string text;
  for (const char c : fmt::format("{}{}{}", line.why, line.because.empty() ? "" : "; ",
                                  fmt::join(line.because, ", ")))
    text += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  return text;
}

std::string left_open(const CapabilitySheet& sheet) {
  std::string out;
  for (const CapabilityLine& each : sheet.perhaps)
    out += fmt::format("# left open: {} ({})\n", each.capability, evidence(each));
  return out;
}

std::string commented(const CapabilitySheet& sheet) {
  std::string out;
  for (const CapabilityLine& each : sheet.add)
    out += fmt::format("# {}: {}\n", each.capability, evidence(each));
  return out + left_open(sheet);
}

std::string list_of(const CapabilitySheet& sheet, std::string_view indent) {
  std::string out;
  for (const CapabilityLine& each : sheet.add)
    out += fmt::format("{}- {}  # {}\n", indent, each.capability, evidence(each));
  return out;
}

std::string text_form(const CapabilitySheet& sheet) {
  std::string out = "Drop all capabilities";
  out += sheet.add.empty() ? "; nothing that was seen needs one.\n" : ", and add:\n";
  for (const CapabilityLine& each : sheet.add)
    out += fmt::format("  {:<18} {}\n", each.capability, evidence(each));
  if (!sheet.perhaps.empty()) out += "Left open, and not added:\n";
  for (const CapabilityLine& each : sheet.perhaps)
    out += fmt::format("  {:<18} {}\n", each.capability, evidence(each));
  out += fmt::format("no_new_privs: {}, as {}.\n", sheet.no_new_privileges ? "yes" : "no",
                     sheet.no_new_privileges_why);
  out += sheet.needs_root ? "The user may have to be root, or to hold these as ambient ones.\n"
                          : "Any user will do: nothing that was seen asks for root's rights.\n";
  return out;
}

std::string docker_form(const CapabilitySheet& sheet) {
  std::string out = commented(sheet) + "--cap-drop ALL";
  for (const std::string& each : names_of(sheet)) out += " --cap-add " + each;
  return out + (sheet.no_new_privileges ? " --security-opt no-new-privileges\n" : "\n");
}

std::string compose_form(const CapabilitySheet& sheet) {
  std::string out = left_open(sheet) + "cap_drop:\n  - ALL\n";
  if (!sheet.add.empty()) out += "cap_add:\n" + list_of(sheet, "  ");
  if (sheet.no_new_privileges)
    out += fmt::format("security_opt:\n  - no-new-privileges:true  # {}\n",
                       sheet.no_new_privileges_why);
  return out;
}

std::string kubernetes_form(const CapabilitySheet& sheet) {
  std::string out = left_open(sheet) + "securityContext:\n";
  // The API server refuses it beside CAP_SYS_ADMIN.
  const auto names = names_of(sheet);
  const bool admin = std::find(names.begin(), names.end(), "SYS_ADMIN") != names.end();
  if (sheet.no_new_privileges && !admin)
    out += fmt::format("  allowPrivilegeEscalation: false  # {}\n", sheet.no_new_privileges_why);
  out += "  capabilities:\n    drop:\n    - ALL\n";
  return sheet.add.empty() ? out : out + "    add:\n" + list_of(sheet, "    ");
}

std::string unit_form(const CapabilitySheet& sheet, bool quadlet) {
  std::string out =
      commented(sheet) + (quadlet ? "[Container]\nDropCapability=all\n" : "[Service]\n");
  if (quadlet) {
    for (const std::string& each : names_of(sheet)) out += "AddCapability=" + each + "\n";
  } else {
    out += fmt::format("CapabilityBoundingSet={}\n", fmt::join(names_of(sheet, "CAP_"), " "));
  }
  if (!sheet.no_new_privileges) return out;
  return out + (quadlet ? "NoNewPrivileges=true\n" : "NoNewPrivileges=yes\n");
}

}  // namespace

CapabilitySheet capability_sheet(const ledger::Ledger& ledger, const attribute::Attribution& owners,
                                 const diagnose::Diagnosis& diagnosis, kernel::Arch assumed) {
  Collector collector(ledger, diagnosis, assumed);
  for (const ledger::Observation& observation : ledger.observations()) {
    const ledger::Subject who = observation.subj();
    if (diagnose::is_before_filter(ledger, observation) ||
        owners.stage(who.process, who.phase, ledger.text(who.comm), ledger.text(who.exe)) ==
            attribute::Stage::RuntimeInit)
      continue;
    collector.take(observation);
  }
  for (const diagnose::Finding& finding : diagnosis.findings) collector.take(finding);
  return collector.sheet();
}

std::string write_sheet(const CapabilitySheet& sheet, SheetForm form) {
  switch (form) {
    case SheetForm::Text: return text_form(sheet);
    case SheetForm::Docker: return docker_form(sheet);
    case SheetForm::Compose: return compose_form(sheet);
    case SheetForm::Kubernetes: return kubernetes_form(sheet);
    case SheetForm::Systemd: return unit_form(sheet, false);
    case SheetForm::Quadlet: return unit_form(sheet, true);
  }
  return {};
}

}  // namespace medic::repair
