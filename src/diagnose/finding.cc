#include "diagnose/finding.h"

#include <fmt/format.h>

namespace medic::diagnose {

std::string_view json_name(Layer layer) {
  switch (layer) {
    case Layer::Seccomp: return "seccomp";
    case Layer::Apparmor: return "apparmor";
    case Layer::Selinux: return "selinux";
    case Layer::Capability: return "capability";
    case Layer::Dac: return "dac";
    case Layer::StrictMode: return "strict-mode";
    case Layer::Landlock: return "landlock";
    case Layer::Other: return "other";
    case Layer::Unknown: return "unknown";
  }
  return "unknown";
}

std::string_view json_name(RemedyKind kind) {
  switch (kind) {
    case RemedyKind::AddSyscall: return "add-syscall";
    case RemedyKind::AddCondition: return "add-condition";
    case RemedyKind::AddArchitecture: return "add-architecture";
    case RemedyKind::SetErrno: return "set-errno";
    case RemedyKind::GrantCapability: return "grant-capability";
    case RemedyKind::ApparmorRule: return "apparmor-rule";
    case RemedyKind::SelinuxLabel: return "selinux-label";
    case RemedyKind::FilePermission: return "file-permission";
    case RemedyKind::None: return "none";
  }
  return "none";
}

std::string_view json_name(FilterOwner::Kind kind) {
  constexpr std::string_view kNames[] = {"unknown", "container", "unit", "program", "sandbox"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view json_name(Completeness::Verdict verdict) {
  switch (verdict) {
    case Completeness::Verdict::Complete: return "complete";
    case Completeness::Verdict::Incomplete: return "incomplete";
    case Completeness::Verdict::Unknown: return "unknown";
  }
  return "unknown";
}

bool is_setup(const model::SyscallRef& syscall) {
  return syscall.has_number && syscall.number == 0 &&
         (syscall.arch == kernel::Arch::S390x || syscall.arch == kernel::Arch::S390);
}

std::string call_name(const model::SyscallRef& syscall) {
  if (syscall.name != kernel::kNoName) return std::string(kernel::name_of(syscall.name));
  if (is_setup(syscall)) return "setup";
  return syscall.has_number
             ? fmt::format("syscall_{:#x}", static_cast<std::uint32_t>(syscall.number))
             : "unknown call";
}

std::string call_display(const Finding& finding) {
  if (!finding.call_text.empty()) return finding.call_text;
  std::string out = call_name(finding.syscall);
  if (!finding.args || finding.args->known == 0) return out;
  out += '(';
  for (unsigned i = 0; i < kernel::kArgCount && (finding.args->known >> i) != 0; ++i) {
    if (i != 0) out += ", ";
    const std::uint64_t value = finding.args->value[i];
    out += !finding.args->has(i) ? "?"
           : value < 10000       ? fmt::format("{}", value)
                                 : fmt::format("{:#x}", value);
  }
  return out + ')';
}

}  // namespace medic::diagnose
