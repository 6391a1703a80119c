#include "kernel/arch.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string>

#include "base/text.h"

namespace medic::kernel {
namespace {

constexpr std::array<ArchInfo, kArchCount> kArchs{{
#define ARCH(id, name, oci, go, audit, bits, table, parent, mux) \
  {Arch::id, name, oci, go, audit, bits, Arch::parent, mux},
#include "kernel/arch.def"
#undef ARCH
}};

struct Alias {
  std::string_view text;
  Arch arch;
};

// Spellings of uname -m, Debian, audit and people that are neither libseccomp's nor Go's.
constexpr Alias kAliases[] = {
    {"i386", Arch::X86},
    {"i486", Arch::X86},
    {"i586", Arch::X86},
    {"i686", Arch::X86},
    {"386", Arch::X86},
    {"ia32", Arch::X86},
    {"x86-64", Arch::X86_64},
    {"x64", Arch::X86_64},
    {"armhf", Arch::Arm},
    {"armel", Arch::Arm},
    {"armv6l", Arch::Arm},
    {"armv7l", Arch::Arm},
    {"armv7", Arch::Arm},
    {"armeb", Arch::Arm},
    {"mips64el", Arch::Mipsel64},
    {"mipsel64", Arch::Mipsel64},
    {"loongarch", Arch::Loongarch64},
    {"powerpc64le", Arch::Ppc64le},
    {"powerpc64", Arch::Ppc64},
    {"powerpc", Arch::Ppc},
    {"parisc32", Arch::Parisc},
    {"hppa", Arch::Parisc},
    {"riscv", Arch::Riscv64},
};

}  // namespace

std::span<const ArchInfo> all_archs() { return kArchs; }

const ArchInfo& info(Arch arch) {
  assert(arch != Arch::Unknown);
  return kArchs[static_cast<std::size_t>(arch)];
}

std::string_view name(Arch arch) { return arch == Arch::Unknown ? "unknown" : info(arch).name; }

Arch arch_from_audit(std::uint32_t audit_arch, std::int64_t number) {
  if (audit_arch == info(Arch::X86_64).audit_arch && number > 0 && (number & kX32Bit) != 0)
    return Arch::X32;
  const auto found = std::find_if(kArchs.begin(), kArchs.end(), [&](const ArchInfo& row) {
    return row.audit_arch == audit_arch;
  });
  return found == kArchs.end() ? Arch::Unknown : found->arch;
}

std::optional<Arch> arch_from_oci(std::string_view token) {
  const auto found = std::find_if(kArchs.begin(), kArchs.end(),
                                  [&](const ArchInfo& row) { return row.oci_token == token; });
  if (found == kArchs.end()) return std::nullopt;
  return found->arch;
}

std::optional<Arch> arch_from_any(std::string_view text) {
  std::string wanted = lower(text);
  for (const std::string_view prefix : {"scmp_arch_", "audit_arch_"}) {
    if (wanted.starts_with(prefix)) wanted.erase(0, prefix.size());
  }
  for (const ArchInfo& row : kArchs) {
    if (row.name == wanted || row.go_name == wanted) return row.arch;
  }
  for (const Alias& alias : kAliases) {
    if (alias.text == wanted) return alias.arch;
  }
  return std::nullopt;
}

}  // namespace medic::kernel
