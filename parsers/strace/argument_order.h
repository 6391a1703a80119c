// Which register a printed argument stands for. strace prints most calls in register order; the
// exceptions are data here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "kernel/call.h"

namespace medic::parsers::strace {

struct PrintedArgument {
  std::string_view label;  // `flags` of `flags=CLONE_VM`; empty for most
  std::uint64_t value = 0;
  bool known = false;
};

// Printed position to register; kNone: in no register of its own, or in one that depends.
struct ArgumentOrder {
  static constexpr std::int8_t kNone = -1;
  std::int8_t register_of[8] = {0, 1, 2, 3, 4, 5, kNone, kNone};
  bool by_label = false;  // clone
  bool opaque = false;    // the registers hold something else than what is printed
};

ArgumentOrder order_of(std::string_view call, kernel::Arch arch);

// The printed positions whose registers are wanted.
std::uint16_t printed_mask(const ArgumentOrder& order, std::uint8_t wanted_registers);

struct Registers {
  kernel::Arch arch;
  std::uint8_t wanted;
  kernel::Args* args;
};
void place_arguments(const ArgumentOrder& order, std::span<const PrintedArgument> printed,
                     const Registers& registers);

// makedev(8, 0x10), _IOC(dir, type, nr, size), QCMD(cmd, type), htons(3); nothing where the value
// depends on an unknown architecture.
std::optional<std::uint64_t> macro_value(std::string_view macro,
                                         std::span<const std::uint64_t> parts, kernel::Arch arch);

}  // namespace medic::parsers::strace
