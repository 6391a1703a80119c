// Classic BPF programs over seccomp_data: a bounded interpreter and a disassembler. The judge of
// every proof.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "kernel/call.h"

namespace medic::profile {

// struct sock_filter of linux/filter.h.
struct Instruction {
  std::uint16_t code = 0;
  std::uint8_t jump_true = 0;
  std::uint8_t jump_false = 0;
  std::uint32_t k = 0;
  friend bool operator==(const Instruction&, const Instruction&) = default;
};
using Program = std::vector<Instruction>;

// struct seccomp_data; instruction_pointer is what a filter could look at and none of ours does.
struct SeccompData {
  std::int32_t nr = 0;
  std::uint32_t arch = 0;
  std::uint64_t instruction_pointer = 0;
  std::array<std::uint64_t, 6> args{};
};
SeccompData data_for(const kernel::Call& call);  // unknown arguments are 0

// What the kernel's checker (net/core/filter.c, kernel/seccomp.c seccomp_check_filter) refuses:
// empty, > 4096, a jump out, an unaligned or too far load, an opcode seccomp does not allow, no
// return at the end.
std::optional<std::string> why_invalid(std::span<const Instruction> program);

// Runs a valid program; returns the filter's 32-bit value (action | data). Loads are little-endian
// words of seccomp_data, as on the machines whose programs we make; for a big-endian architecture's
// program set `big_endian`.
enum class ByteOrder : std::uint8_t { Little, Big };
std::uint32_t run(std::span<const Instruction> program, const SeccompData& data,
                  ByteOrder order = ByteOrder::Little);

// One instruction a line, jump targets as line numbers, comments naming architectures and calls.
std::string disassemble(std::span<const Instruction> program);

// Raw sock_filter bytes of a little-endian machine, 8 a piece.
std::string to_bytes(std::span<const Instruction> program);
Result<Program> from_bytes(std::string_view bytes);

}  // namespace medic::profile
