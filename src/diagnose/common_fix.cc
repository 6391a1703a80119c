#include "diagnose/common_fix.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "kernel/knowledge.h"

namespace medic::diagnose {
namespace {

// What repair does with a finding.
enum class Way : std::uint8_t { Elsewhere, Plain, Override, AcceptRisk };

Way way_of(const Finding& finding) {
  if (!finding.denied || is_harmless(finding) || finding.layer != Layer::Seccomp)
    return Way::Elsewhere;
  const bool is_attack = !finding.intrusion.empty();
  const bool is_risky = is_attack || finding.risk.level == kernel::RiskLevel::High;
  switch (finding.remedy.kind) {
    case RemedyKind::AddArchitecture: return is_attack ? Way::AcceptRisk : Way::Plain;
    case RemedyKind::AddCondition:
      if (!finding.args) return Way::Elsewhere;
      return is_risky ? Way::AcceptRisk : Way::Plain;
    case RemedyKind::AddSyscall:
      if (finding.kind == "denied-by-rule") return Way::Override;
      return is_risky ? Way::AcceptRisk : Way::Plain;
    default: return Way::Elsewhere;
  }
}

std::string capability_fix(const Finding& finding) {
  if (!finding.verdict || finding.verdict->missing_caps.empty()) return "grant a capability";
  const std::string& cap = finding.verdict->missing_caps.front();
  return "--cap-add " + (cap.starts_with("CAP_") ? cap.substr(4) : cap);
}

// What somebody has to decide on, by an option that the command alone does not have.
void add_decision(CommonFix& fix, std::string_view option, const std::set<std::string>& calls,
                  std::string_view what) {
  if (calls.empty()) return;
  const std::string words = fmt::format("{} {}", option, fmt::join(calls, ","));
  fix.text += fix.text.empty() ? fmt::format("`{} {}` {}.", fix.command, words, what)
                               : fmt::format(" With `{}` it {} too.", words, what);
}

}  // namespace

bool is_harmless(const Finding& finding) {
  if (finding.kind == "benign-probe") return true;
  const bool answers_enosys =
      finding.kind == "denied-enosys" || finding.kind == "denied-enosys-stub";
  return answers_enosys && kernel::fallback_of(finding.syscall.name) != nullptr;
}

bool is_in_common_fix(const Finding& finding) { return way_of(finding) == Way::Plain; }

std::string brief_fix(const Finding& finding) {
  if (!finding.denied || is_harmless(finding)) return "none needed";
  switch (finding.remedy.kind) {
    case RemedyKind::AddSyscall:
      if (way_of(finding) == Way::Override) return "--override " + call_name(finding.syscall);
      if (way_of(finding) == Way::AcceptRisk) return "--accept-risk " + call_name(finding.syscall);
      return "permit it";
    case RemedyKind::AddCondition:
      return finding.args ? "permit these arguments" : "record its arguments";
    case RemedyKind::AddArchitecture:
      return finding.syscall.arch == kernel::Arch::Unknown
                 ? "add its architecture"
                 : fmt::format("add {}", kernel::name(finding.syscall.arch));
    case RemedyKind::SetErrno: return "answer ENOSYS";
    case RemedyKind::GrantCapability: return capability_fix(finding);
    case RemedyKind::ApparmorRule: return "AppArmor rule";
    case RemedyKind::SelinuxLabel: return "SELinux label";
    case RemedyKind::FilePermission: return "owner or mode";
    case RemedyKind::None: break;
  }
  if (finding.kind == "denied-name-dropped") return "newer libseccomp";
  if (finding.kind == "denied-unexplained") return "find the other filter";
  if (finding.kind == "failed-enosys") return "newer kernel";
  return "see below";
}

CommonFix common_fix(const Case& c, const std::vector<Finding>& findings) {
  std::set<std::string> plain, overridden, risky;
  std::size_t ways = 0;
  for (const Finding& finding : findings) {
    const std::string call = call_name(finding.syscall);
    ways += way_of(finding) == Way::Elsewhere ? 0 : 1;
    switch (way_of(finding)) {
      case Way::Plain: plain.insert(call); break;
      case Way::Override: overridden.insert(call); break;
      case Way::AcceptRisk: risky.insert(call); break;
      case Way::Elsewhere: break;
    }
  }
  CommonFix out;
  if (plain.empty() && overridden.empty() && risky.empty()) return out;
  const bool is_known = c.profile != nullptr;
  out.command = fmt::format("seccomp-medic repair {} --profile {}", log_words(c),
                            is_known ? profile_word(c) : "FILE");
  out.calls.assign(plain.begin(), plain.end());
  if (ways < 2) return out;  // the finding says it itself
  if (!plain.empty())
    out.text = fmt::format(
        "`{}` permits {} and proves the result{}.", out.command,
        plain.size() == 1 ? *plain.begin() : fmt::format("{} of these calls", plain.size()),
        is_known ? "" : ", FILE being the profile that the container ran under");
  add_decision(out, "--override", overridden, "lifts what the profile denies on purpose");
  add_decision(out, "--accept-risk", risky, "permits what is dangerous");
  return out;
}

}  // namespace medic::diagnose
