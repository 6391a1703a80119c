// Architectures as the kernel's audit and seccomp ABI and libseccomp know them. Pure data: the
// machine that runs this code is never asked.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace medic::kernel {

// i386-compat and x32 are architectures of their own. Unknown: the log names none, or one that is
// not in arch.def.
enum class Arch : std::uint8_t {
#define ARCH(id, ...) id,
#include "kernel/arch.def"
#undef ARCH
  Unknown
};

inline constexpr std::size_t kArchCount = static_cast<std::size_t>(Arch::Unknown);

// linux arch/x86/include/uapi/asm/unistd.h: numbers with this bit are x32's under
// AUDIT_ARCH_X86_64.
inline constexpr std::int32_t kX32Bit = 0x40000000;

struct ArchInfo {
  Arch arch;
  std::string_view name;       // libseccomp's short name, the one our output uses
  std::string_view oci_token;  // runtime-spec config-linux.md, seccomp `architectures`
  std::string_view go_name;    // what engines call it in includes.arches and archMap
  std::uint32_t audit_arch;    // AUDIT_ARCH_* as in seccomp_data.arch
  int bits;                    // width of a system call argument as libseccomp compares it
  Arch parent;                 // the 64-bit architecture whose kernel runs it, or itself
  bool multiplexed;            // socketcall(2) and ipc(2) stand for the direct calls
};

// Every known architecture, in the order of arch.def.
std::span<const ArchInfo> all_archs();

// arch must not be Unknown.
const ArchInfo& info(Arch arch);

// The short name; "unknown" for Arch::Unknown.
std::string_view name(Arch arch);

// By AUDIT_ARCH value; number decides between x86_64 and x32.
Arch arch_from_audit(std::uint32_t audit_arch, std::int64_t number);

// Exactly `SCMP_ARCH_*` as runc accepts it.
std::optional<Arch> arch_from_oci(std::string_view token);

// Any spelling that a person or a tool uses: short name, OCI token in any case, Go name, uname -m,
// audit's `i386`, `b64`-less forms.
std::optional<Arch> arch_from_any(std::string_view text);

}  // namespace medic::kernel
