#include "parsers/strace/argument_order.h"

namespace medic::parsers::strace {
namespace {

using kernel::Arch;
constexpr std::int8_t kNone = ArgumentOrder::kNone;

struct Exception {
  std::string_view call;
  std::int8_t register_of[8];
};

// Printed order against include/linux/syscalls.h. A 64-bit offset takes two registers on 32-bit
// architectures, aligned to a pair on some: from there on the position says nothing (kNone).
constexpr Exception kAlways[] = {
    {"_llseek",
     {0, kNone, kNone, 4, kNone, kNone, kNone,
      kNone}},  // fd, offset_high, offset_low, result, whence
    {"preadv2", {0, 1, 2, kNone, 5, kNone, kNone, kNone}},  // pos_l and pos_h are printed as one
    {"pwritev2", {0, 1, 2, kNone, 5, kNone, kNone, kNone}},
    {"preadv", {0, 1, 2, kNone, kNone, kNone, kNone, kNone}},
    {"pwritev", {0, 1, 2, kNone, kNone, kNone, kNone, kNone}},
    {"pselect6", {0, 1, 2, 3, 4, kNone, kNone, kNone}},
    {"pselect6_time64", {0, 1, 2, 3, 4, kNone, kNone, kNone}},
};

constexpr Exception kOn32Bits[] = {
    {"pread64", {0, 1, 2, kNone, kNone, kNone, kNone, kNone}},
    {"pwrite64", {0, 1, 2, kNone, kNone, kNone, kNone, kNone}},
    {"truncate64", {0, kNone, kNone, kNone, kNone, kNone, kNone, kNone}},
    {"ftruncate64", {0, kNone, kNone, kNone, kNone, kNone, kNone, kNone}},
    {"fallocate", {0, 1, kNone, kNone, kNone, kNone, kNone, kNone}},
    {"readahead", {0, kNone, kNone, kNone, kNone, kNone, kNone, kNone}},
    {"fadvise64", {0, kNone, kNone, kNone, kNone, kNone, kNone, kNone}},
    {"fadvise64_64", {0, kNone, kNone, kNone, kNone, kNone, kNone, kNone}},
    {"arm_fadvise64_64", {0, kNone, kNone, kNone, kNone, kNone, kNone, kNone}},
    {"sync_file_range", {0, kNone, kNone, kNone, kNone, kNone, kNone, kNone}},
    {"sync_file_range2", {0, 1, kNone, kNone, kNone, kNone, kNone, kNone}},
    {"arm_sync_file_range", {0, 1, kNone, kNone, kNone, kNone, kNone, kNone}},
    {"fanotify_mark", {0, 1, kNone, kNone, kNone, kNone, kNone, kNone}},
    {"lookup_dcookie", {kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone}},
};

ArgumentOrder from(const Exception& exception) {
  ArgumentOrder order;
  for (int i = 0; i < 8; ++i) order.register_of[i] = exception.register_of[i];
  return order;
}

bool is_32_bits(Arch arch) {
  return arch != Arch::Unknown && kernel::info(arch).bits == 32 && arch != Arch::X32;
}
bool is_s390(Arch arch) { return arch == Arch::S390 || arch == Arch::S390x; }

// The register of clone's labelled arguments; flags and stack change places on s390 (kernel/fork.c
// CONFIG_CLONE_BACKWARDS2). tls and child_tid change places too, by architecture; no filter tests
// these pointers.
int clone_register(std::string_view label, Arch arch) {
  if (label == "flags") return is_s390(arch) ? 1 : 0;
  if (label == "child_stack" || label == "stack") return is_s390(arch) ? 0 : 1;
  if (label == "parent_tidptr" || label == "parent_tid") return 2;
  return -1;
}

bool narrow_ioctl_size(Arch arch) {
  switch (arch) {
    case Arch::Mips:
    case Arch::Mipsel:
    case Arch::Mips64:
    case Arch::Mipsel64:
    case Arch::Mips64n32:
    case Arch::Mipsel64n32:
    case Arch::Ppc:
    case Arch::Ppc64:
    case Arch::Ppc64le: return true;
    default: return false;
  }
}

bool is_big_endian(Arch arch) {
  // AUDIT_ARCH's little-endian bit (include/uapi/linux/audit.h __AUDIT_ARCH_LE).
  return (kernel::info(arch).audit_arch & 0x40000000) == 0;
}

}  // namespace

ArgumentOrder order_of(std::string_view call, Arch arch) {
  ArgumentOrder order;
  if (call.empty()) return order;
  switch (call[0]) {
    case 'c': order.by_label = call == "clone"; return order;
    case 'm':
    case 'o':
      // A struct pointer in the one register (arch/x86/kernel/sys_ia32.c,
      // arch/s390/kernel/syscall.c).
      order.opaque =
          (call == "mmap" && (arch == Arch::X86 || is_s390(arch) || arch == Arch::M68k)) ||
          call == "old_mmap" || call == "oldselect";
      return order;
    case 's':
      if (call == "select" && arch == Arch::X86) order.opaque = true;
      break;
    default: break;
  }
  constexpr std::string_view kFirstLetters = "_pftras l";
  if (kFirstLetters.find(call[0]) == std::string_view::npos) return order;
  for (const Exception& exception : kAlways) {
    if (exception.call == call) return from(exception);
  }
  if (!is_32_bits(arch)) return order;
  for (const Exception& exception : kOn32Bits) {
    if (exception.call == call) return from(exception);
  }
  return order;
}

std::uint16_t printed_mask(const ArgumentOrder& order, std::uint8_t wanted_registers) {
  if (order.by_label) return 0xFFFF;
  std::uint16_t mask = 0;
  for (int i = 0; i < 8; ++i) {
    const int reg = order.register_of[i];
    if (reg >= 0 && (wanted_registers >> reg & 1) != 0)
      mask = static_cast<std::uint16_t>(mask | 1u << i);
  }
  return mask;
}

void place_arguments(const ArgumentOrder& order, std::span<const PrintedArgument> printed,
                     const Registers& registers) {
  const std::uint64_t width =
      registers.arch != Arch::Unknown && kernel::info(registers.arch).bits == 32
          ? 0xFFFFFFFF
          : ~std::uint64_t{0};
  for (std::size_t i = 0; i < printed.size() && i < 8; ++i) {
    if (!printed[i].known) continue;
    const bool labelled = order.by_label && !printed[i].label.empty();
    const int reg =
        labelled ? clone_register(printed[i].label, registers.arch) : order.register_of[i];
    if (reg >= 0 && (registers.wanted >> reg & 1) != 0)
      registers.args->set(static_cast<unsigned>(reg), printed[i].value & width);
  }
}

std::optional<std::uint64_t> macro_value(std::string_view macro,
                                         std::span<const std::uint64_t> parts, Arch arch) {
  if (macro == "makedev" && parts.size() == 2) {
    // include/linux/kdev_t.h new_encode_dev
    return (parts[1] & 0xFF) | (parts[0] & 0xFFF) << 8 | (parts[1] & 0xFFF00) << 12;
  }
  if (macro == "QCMD" && parts.size() == 2) return (parts[0] << 8 | (parts[1] & 0xFF)) & 0xFFFFFFFF;
  if (macro == "htons" && parts.size() == 1 && arch != Arch::Unknown) {
    return is_big_endian(arch) ? parts[0] & 0xFFFF
                               : (parts[0] & 0xFF) << 8 | (parts[0] >> 8 & 0xFF);
  }
  if (macro == "_IOC" && parts.size() == 4) {
    // include/uapi/asm-generic/ioctl.h, and mips' and powerpc's own, with 13 bits for the size and
    // 3 for the direction.
    return parts[0] << (narrow_ioctl_size(arch) ? 29 : 30) | (parts[3] & 0x3FFF) << 16 |
           (parts[1] & 0xFF) << 8 | (parts[2] & 0xFF);
  }
  return std::nullopt;
}

}  // namespace medic::parsers::strace
