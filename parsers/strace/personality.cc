#include "parsers/strace/personality.h"

namespace medic::parsers::strace {

using kernel::Arch;

Arch arch_of_mode(std::string_view mode, Arch host) {
  if (mode == "x32") return Arch::X32;
  if (mode == "32 bit" || mode == "31 bit") {
    switch (host) {
      case Arch::Aarch64:
      case Arch::Arm: return Arch::Arm;
      case Arch::Ppc64:
      case Arch::Ppc: return Arch::Ppc;
      case Arch::S390x:
      case Arch::S390: return Arch::S390;
      case Arch::Parisc64:
      case Arch::Parisc: return Arch::Parisc;
      case Arch::Unknown:
      case Arch::X86_64:
      case Arch::X86:
      case Arch::X32: return Arch::X86;
      default: return Arch::Unknown;
    }
  }
  if (mode == "64 bit")
    return host == Arch::Unknown || host == Arch::X86 || host == Arch::X32
               ? Arch::X86_64
               : kernel::info(host).parent;
  const bool little = host == Arch::Mipsel || host == Arch::Mipsel64 || host == Arch::Mipsel64n32;
  if (mode == "o32" || mode == "O32") return little ? Arch::Mipsel : Arch::Mips;
  if (mode == "n32" || mode == "N32") return little ? Arch::Mipsel64n32 : Arch::Mips64n32;
  if (mode == "n64" || mode == "N64") return little ? Arch::Mipsel64 : Arch::Mips64;
  return Arch::Unknown;
}

}  // namespace medic::parsers::strace
