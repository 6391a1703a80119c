#include "kernel/arch_evidence.h"

#include <algorithm>

namespace medic::kernel {
namespace {

struct PathWord {
  std::string_view word;
  Arch arch;
};

// Multiarch triplets (Debian's dpkg-architecture), the loaders of glibc (sysdeps/*/shlib-versions)
// and musl (arch/*/). The longest word that fits counts.
constexpr PathWord kPathWords[] = {
    {"/x86_64-linux-gnux32/", Arch::X32},
    {"/x86_64-linux-gnu/", Arch::X86_64},
    {"/x86_64-linux-musl/", Arch::X86_64},
    {"/i386-linux-gnu/", Arch::X86},
    {"/i486-linux-gnu/", Arch::X86},
    {"/i586-linux-gnu/", Arch::X86},
    {"/i686-linux-gnu/", Arch::X86},
    {"/aarch64-linux-gnu/", Arch::Aarch64},
    {"/arm-linux-gnueabihf/", Arch::Arm},
    {"/arm-linux-gnueabi/", Arch::Arm},
    {"/riscv64-linux-gnu/", Arch::Riscv64},
    {"/loongarch64-linux-gnu/", Arch::Loongarch64},
    {"/powerpc64le-linux-gnu/", Arch::Ppc64le},
    {"/powerpc64-linux-gnu/", Arch::Ppc64},
    {"/powerpc-linux-gnu/", Arch::Ppc},
    {"/s390x-linux-gnu/", Arch::S390x},
    {"/mips64el-linux-gnuabi64/", Arch::Mipsel64},
    {"/mips64-linux-gnuabi64/", Arch::Mips64},
    {"/mips64el-linux-gnuabin32/", Arch::Mipsel64n32},
    {"/mipsel-linux-gnu/", Arch::Mipsel},
    {"/mips-linux-gnu/", Arch::Mips},
    {"/hppa-linux-gnu/", Arch::Parisc},
    {"/m68k-linux-gnu/", Arch::M68k},
    {"/sh4-linux-gnu/", Arch::Sh},
    {"ld-linux-x86-64.so.2", Arch::X86_64},
    {"ld-linux-x32.so.2", Arch::X32},
    {"ld-linux-aarch64.so.1", Arch::Aarch64},
    {"ld-linux-armhf.so.3", Arch::Arm},
    {"/ld-linux.so.3", Arch::Arm},
    {"/ld-linux.so.2", Arch::X86},
    {"ld-linux-riscv64-lp64", Arch::Riscv64},
    {"ld-linux-loongarch-lp64d.so.1", Arch::Loongarch64},
    {"/ld64.so.2", Arch::Ppc64le},
    {"ld-musl-x86_64.so.1", Arch::X86_64},
    {"ld-musl-i386.so.1", Arch::X86},
    {"ld-musl-x32.so.1", Arch::X32},
    {"ld-musl-aarch64.so.1", Arch::Aarch64},
    {"ld-musl-armhf.so.1", Arch::Arm},
    {"ld-musl-arm.so.1", Arch::Arm},
    {"ld-musl-riscv64.so.1", Arch::Riscv64},
    {"ld-musl-loongarch64.so.1", Arch::Loongarch64},
    {"ld-musl-powerpc64le.so.1", Arch::Ppc64le},
    {"ld-musl-s390x.so.1", Arch::S390x},
    {"ld-musl-mips.so.1", Arch::Mips},
    {"ld-musl-mipsel.so.1", Arch::Mipsel},
};

bool of_width(const ArchInfo& arch, Width width) {
  return width == Width::Any || arch.bits == (width == Width::Bits32 ? 32 : 64);
}

}  // namespace

std::vector<Arch> all_archs_that_fit(std::span<const NameId> names, Width width) {
  std::vector<Arch> out;
  for (const ArchInfo& arch : all_archs()) {
    if (of_width(arch, width) && std::all_of(names.begin(), names.end(), [&](NameId name) {
          return number_of(name, arch.arch).has_value();
        }))
      out.push_back(arch.arch);
  }
  return out;
}

std::optional<Arch> only_arch_of(NameId name) {
  const auto fit = all_archs_that_fit(std::span(&name, 1), Width::Any);
  if (fit.empty()) return std::nullopt;
  const bool one_table = std::all_of(fit.begin(), fit.end(), [&](Arch arch) {
    return table(arch).data() == table(fit.front()).data();
  });
  if (!one_table) return std::nullopt;
  return fit.back();
}

bool above_table(SyscallId id) {
  if (id.arch == Arch::Unknown || id.number < 0) return false;
  constexpr std::int32_t kNewer = 30;  // a few years of new calls
  // x32's own calls end at 547, and arm's private ones lie far above: only the gap in between
  // counts.
  return name_at(id) == kNoName && id.number > table(id.arch).back().number + kNewer;
}

std::vector<Arch> personalities_with(SyscallId id) {
  std::vector<Arch> out;
  if (id.arch == Arch::Unknown) return out;
  for (const ArchInfo& arch : all_archs()) {
    if (arch.arch != id.arch && arch.parent == info(id.arch).parent &&
        name_at({arch.arch, id.number}) != kNoName)
      out.push_back(arch.arch);
  }
  return out;
}

std::optional<Arch> arch_from_path(std::string_view path) {
  std::optional<Arch> found;
  for (const PathWord& row : kPathWords) {
    if (path.find(row.word) == std::string_view::npos) continue;
    if (found && *found != row.arch) return std::nullopt;
    found = row.arch;
  }
  return found;
}

}  // namespace medic::kernel
