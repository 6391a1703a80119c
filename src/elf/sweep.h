// One pass over all instructions of a file, and the functions that it falls into. The parts of
// read_module().
#pragma once

#include <unordered_map>

#include "elf/module.h"
#include "elf/step.h"

namespace medic::elf {

struct Transfer {
  std::uint64_t target = 0, at = 0;
  EdgeKind kind = EdgeKind::Call;
  friend auto operator<=>(const Transfer&, const Transfer&) = default;
};

struct Sweep {
  std::vector<Transfer> transfers;  // direct calls, jumps and branches, by target
  std::vector<Transfer> slots;      // through a place in memory, or a read of one
  std::vector<Transfer> addresses;  // formed
  std::vector<std::uint64_t> kernel_entries, indirect_jumps, returns, invalid;  // ascending
  std::vector<Range> functions;                                                 // ascending
  std::vector<bool>
      runs_on;  // the function's last instruction is followed by the next function's first
  std::uint32_t function_at(std::uint64_t address) const;
};

Sweep sweep(const Image& image, Decoder& decoder);

// Does the unwinder's table place the address inside a function, not at its start?
bool inside_a_frame(const Image& image, std::uint64_t address);

// Does the unwinder's table hold the address at all?
bool in_a_frame(const Image& image, std::uint64_t address);

// The instructions of a function with places on the stack counted from its entry, one after
// another.
struct FunctionCode {
  std::vector<Step> steps;
  std::vector<std::int32_t> height;  // of the stack pointer before each step, from the entry
  // Index of the step at an address, or -1.
  std::ptrdiff_t find(std::uint64_t address) const;
};
FunctionCode decode_function(const Image& image, Decoder& decoder, Range range);

}  // namespace medic::elf
