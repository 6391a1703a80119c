#include "libseccomp/bpf.h"

#include <fmt/format.h>
#include <linux/filter.h>  // BPF_* opcode bits, an ABI

#include <algorithm>

#include "kernel/action.h"

namespace medic::profile {
namespace {

constexpr std::size_t kMaxInstructions = 4096;  // linux/bpf_common.h BPF_MAXINSNS
constexpr std::uint32_t kDataBytes = 64;        // sizeof(struct seccomp_data)

constexpr bool is_alu_operation(unsigned operation) {
  return operation == BPF_ADD || operation == BPF_SUB || operation == BPF_MUL ||
         operation == BPF_DIV || operation == BPF_AND || operation == BPF_OR ||
         operation == BPF_XOR || operation == BPF_LSH || operation == BPF_RSH;
}

// kernel/seccomp.c seccomp_check_filter: the whole list of what a seccomp program may hold.
bool is_allowed(std::uint16_t code) {
  switch (code) {
    case BPF_LD | BPF_W | BPF_ABS:
    case BPF_LD | BPF_W | BPF_LEN:
    case BPF_LDX | BPF_W | BPF_LEN:
    case BPF_RET | BPF_K:
    case BPF_RET | BPF_A:
    case BPF_ALU | BPF_NEG:
    case BPF_LD | BPF_IMM:
    case BPF_LDX | BPF_IMM:
    case BPF_MISC | BPF_TAX:
    case BPF_MISC | BPF_TXA:
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX:
    case BPF_JMP | BPF_JA: return true;
    default: break;
  }
  if (code > 0xFF) return false;
  const unsigned operation = BPF_OP(code);
  if (BPF_CLASS(code) == BPF_ALU) return is_alu_operation(operation);
  if (BPF_CLASS(code) == BPF_JMP)
    return operation == BPF_JEQ || operation == BPF_JGE || operation == BPF_JGT ||
           operation == BPF_JSET;
  return false;
}

bool is_memory(std::uint16_t code) {
  return code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM) || code == BPF_ST ||
         code == BPF_STX;
}

std::optional<std::string> why_bad(const Instruction& in, std::size_t at, std::size_t size) {
  if (!is_allowed(in.code))
    return fmt::format("instruction {}: opcode 0x{:02x} is not allowed in a seccomp filter", at,
                       in.code);
  if (in.code == (BPF_LD | BPF_W | BPF_ABS) && (in.k >= kDataBytes || in.k % 4 != 0))
    return fmt::format("instruction {}: a load from {}, outside seccomp_data or unaligned", at,
                       in.k);
  if (in.code == (BPF_ALU | BPF_DIV | BPF_K) && in.k == 0)
    return fmt::format("instruction {}: a division by zero", at);
  if ((in.code == (BPF_ALU | BPF_LSH | BPF_K) || in.code == (BPF_ALU | BPF_RSH | BPF_K)) &&
      in.k >= 32)
    return fmt::format("instruction {}: a shift by {}", at, in.k);
  if (is_memory(in.code) && in.k >= BPF_MEMWORDS)
    return fmt::format("instruction {}: no scratch word {}", at, in.k);
  if (in.code == (BPF_JMP | BPF_JA)) {
    if (in.k >= size - at - 1) return fmt::format("instruction {}: a jump out of the program", at);
  } else if (BPF_CLASS(in.code) == BPF_JMP &&
             (at + in.jump_true + 1 >= size || at + in.jump_false + 1 >= size)) {
    return fmt::format("instruction {}: a jump out of the program", at);
  }
  return std::nullopt;
}

// net/core/filter.c check_load_and_stores: no scratch word is read that some path has not written.
std::optional<std::string> why_unwritten(std::span<const Instruction> program) {
  std::vector<std::uint16_t> written(program.size(), 0xFFFF);  // by every jump that leads here
  std::uint16_t now = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const Instruction& in = program[at];
    now = static_cast<std::uint16_t>(now & written[at]);
    if (in.code == BPF_ST || in.code == BPF_STX) now = static_cast<std::uint16_t>(now | 1u << in.k);
    if ((in.code == (BPF_LD | BPF_MEM) || in.code == (BPF_LDX | BPF_MEM)) && (now >> in.k & 1) == 0)
      return fmt::format("instruction {}: scratch word {} is read before it is written", at, in.k);
    if (BPF_CLASS(in.code) != BPF_JMP) continue;
    const auto flows_to = [&](std::size_t target) {
      written[target] = static_cast<std::uint16_t>(written[target] & now);
    };
    if (in.code == (BPF_JMP | BPF_JA)) {
      flows_to(at + 1 + in.k);
    } else {
      flows_to(at + 1 + in.jump_true);
      flows_to(at + 1 + in.jump_false);
    }
    now = 0xFFFF;
  }
  return std::nullopt;
}

std::uint32_t load(const SeccompData& data, std::uint32_t offset, ByteOrder order) {
  const std::uint32_t word = offset / 4;
  if (word == 0) return static_cast<std::uint32_t>(data.nr);
  if (word == 1) return data.arch;
  const std::uint64_t wide = word < 4 ? data.instruction_pointer : data.args[(word - 4) / 2];
  const bool high = (word % 2 == 1) == (order == ByteOrder::Little);
  return static_cast<std::uint32_t>(high ? wide >> 32 : wide);
}

// nothing: a division by zero, which ends a filter with 0.
std::optional<std::uint32_t> compute(unsigned operation, std::uint32_t a, std::uint32_t b) {
  switch (operation) {
    case BPF_ADD: return a + b;
    case BPF_SUB: return a - b;
    case BPF_MUL: return a * b;
    case BPF_DIV: return b == 0 ? std::nullopt : std::optional(a / b);
    case BPF_AND: return a & b;
    case BPF_OR: return a | b;
    case BPF_XOR: return a ^ b;
    case BPF_LSH: return a << (b & 31);
    case BPF_RSH: return a >> (b & 31);
    default: return 0u - a;  // BPF_NEG
  }
}

bool holds(unsigned operation, std::uint32_t a, std::uint32_t b) {
  switch (operation) {
    case BPF_JEQ: return a == b;
    case BPF_JGT: return a > b;
    case BPF_JGE: return a >= b;
    default: return (a & b) != 0;  // BPF_JSET
  }
}

struct Machine {
  std::uint32_t a = 0;
  std::uint32_t x = 0;
  std::array<std::uint32_t, BPF_MEMWORDS> memory{};
};

void load_register(Machine& m, const Instruction& in, const SeccompData& data, ByteOrder order) {
  std::uint32_t& target = BPF_CLASS(in.code) == BPF_LD ? m.a : m.x;
  switch (BPF_MODE(in.code)) {
    case BPF_ABS: target = load(data, in.k, order); break;
    case BPF_LEN: target = kDataBytes; break;
    case BPF_MEM: target = m.memory[in.k]; break;
    default: target = in.k; break;  // BPF_IMM
  }
}

std::string_view jump_word(unsigned operation) {
  switch (operation) {
    case BPF_JEQ: return "jeq";
    case BPF_JGT: return "jgt";
    case BPF_JGE: return "jge";
    default: return "jset";
  }
}

std::string_view alu_word(unsigned operation) {
  switch (operation) {
    case BPF_ADD: return "add";
    case BPF_SUB: return "sub";
    case BPF_MUL: return "mul";
    case BPF_DIV: return "div";
    case BPF_AND: return "and";
    case BPF_OR: return "or";
    case BPF_XOR: return "xor";
    case BPF_LSH: return "lsh";
    case BPF_RSH: return "rsh";
    default: return "neg";
  }
}

std::string loaded_word(std::uint32_t offset) {
  if (offset == 0) return "nr";
  if (offset == 4) return "arch";
  if (offset < 16) return fmt::format("instruction_pointer{}", offset == 8 ? "" : "+4");
  return fmt::format("args[{}]{}", (offset - 16) / 8, offset % 8 == 0 ? "" : "+4");
}

std::string describe_return(std::uint32_t value) {
  const kernel::Action action = kernel::action_from_raw(value);
  const std::uint32_t data = value & kernel::kDataMask;
  return data == 0 ? std::string(kernel::json_name(action))
                   : fmt::format("{}({})", kernel::json_name(action), data);
}

// What the accumulator holds, as far as a comment wants to know: 0 nr, 4 arch.
constexpr std::uint32_t kSomethingElse = 0xFFFFFFFF;

std::string comment_on(std::uint32_t value, std::uint32_t loaded, std::uint32_t arch) {
  if (loaded == 4) {
    const kernel::Arch known = kernel::arch_from_audit(value, 0);
    return known == kernel::Arch::Unknown ? "" : fmt::format("  ; {}", kernel::name(known));
  }
  if (loaded != 0) return "";
  const auto number = static_cast<std::int32_t>(value);
  const auto name = kernel::known_name({kernel::arch_from_audit(arch, number), number});
  return name.empty() ? "" : fmt::format("  ; {}", name);
}

}  // namespace

SeccompData data_for(const kernel::Call& call) {
  SeccompData data;
  data.nr = call.id.number;
  data.arch = call.id.arch == kernel::Arch::Unknown ? 0 : kernel::info(call.id.arch).audit_arch;
  for (unsigned i = 0; i < kernel::kArgCount; ++i)
    data.args[i] = call.args.has(i) ? call.args.value[i] : 0;
  return data;
}

std::optional<std::string> why_invalid(std::span<const Instruction> program) {
  if (program.empty()) return "the program is empty";
  if (program.size() > kMaxInstructions)
    return fmt::format("{} instructions, the kernel takes {}", program.size(), kMaxInstructions);
  for (std::size_t at = 0; at < program.size(); ++at) {
    if (auto why = why_bad(program[at], at, program.size())) return why;
  }
  if (BPF_CLASS(program.back().code) != BPF_RET) return "the program does not end in a return";
  return why_unwritten(program);
}

std::uint32_t run(std::span<const Instruction> program, const SeccompData& data, ByteOrder order) {
  Machine m;
  // Every jump goes forward, so this ends after at most one visit of each instruction.
  for (std::size_t at = 0; at < program.size(); ++at) {
    const Instruction& in = program[at];
    switch (BPF_CLASS(in.code)) {
      case BPF_LD:
      case BPF_LDX: load_register(m, in, data, order); break;
      case BPF_ST: m.memory[in.k] = m.a; break;
      case BPF_STX: m.memory[in.k] = m.x; break;
      case BPF_RET: return BPF_RVAL(in.code) == BPF_A ? m.a : in.k;
      case BPF_ALU: {
        const auto result = compute(BPF_OP(in.code), m.a, BPF_SRC(in.code) == BPF_X ? m.x : in.k);
        if (!result) return 0;
        m.a = *result;
        break;
      }
      case BPF_JMP:
        if (in.code == (BPF_JMP | BPF_JA))
          at += in.k;
        else
          at += holds(BPF_OP(in.code), m.a, BPF_SRC(in.code) == BPF_X ? m.x : in.k) ? in.jump_true
                                                                                    : in.jump_false;
        break;
      default:  // BPF_MISC
        if (BPF_MISCOP(in.code) == BPF_TAX)
          m.x = m.a;
        else
          m.a = m.x;
        break;
    }
  }
  return kernel::raw_value(kernel::Action::KillProcess);  // not reached by a valid program
}

std::string disassemble(std::span<const Instruction> program) {
  std::string out;
  std::uint32_t loaded = kSomethingElse, arch = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const Instruction& in = program[at];
    std::string text;
    const bool from_x = BPF_SRC(in.code) == BPF_X;
    switch (BPF_CLASS(in.code)) {
      case BPF_LD:
      case BPF_LDX:
        text = BPF_CLASS(in.code) == BPF_LD ? "ld " : "ldx ";
        if (BPF_MODE(in.code) == BPF_ABS)
          text += loaded_word(in.k);
        else if (BPF_MODE(in.code) == BPF_MEM)
          text += fmt::format("M[{}]", in.k);
        else
          text += BPF_MODE(in.code) == BPF_LEN ? std::string("len") : fmt::format("#0x{:x}", in.k);
        if (BPF_CLASS(in.code) == BPF_LD)
          loaded = BPF_MODE(in.code) == BPF_ABS ? in.k : kSomethingElse;
        break;
      case BPF_ST: text = fmt::format("st M[{}]", in.k); break;
      case BPF_STX: text = fmt::format("stx M[{}]", in.k); break;
      case BPF_RET:
        text = BPF_RVAL(in.code) == BPF_A ? "ret a" : "ret " + describe_return(in.k);
        break;
      case BPF_ALU:
        text = std::string(alu_word(BPF_OP(in.code)));
        if (BPF_OP(in.code) != BPF_NEG) text += from_x ? " x" : fmt::format(" 0x{:x}", in.k);
        loaded = kSomethingElse;
        break;
      case BPF_JMP:
        if (in.code == (BPF_JMP | BPF_JA)) {
          text = fmt::format("ja {}", at + 1 + in.k);
          break;
        }
        if (loaded == 4 && BPF_OP(in.code) == BPF_JEQ) arch = in.k;
        text = fmt::format("{} {}, {}, {}", jump_word(BPF_OP(in.code)),
                           from_x ? "x" : fmt::format("0x{:x}", in.k), at + 1 + in.jump_true,
                           at + 1 + in.jump_false);
        if (!from_x) text += comment_on(in.k, loaded, arch);
        break;
      default:
        text = BPF_MISCOP(in.code) == BPF_TAX ? "tax" : "txa";
        if (BPF_MISCOP(in.code) != BPF_TAX) loaded = kSomethingElse;
        break;
    }
    out += fmt::format("{:4}: {}\n", at, text);
  }
  return out;
}

std::string to_bytes(std::span<const Instruction> program) {
  std::string out;
  out.reserve(program.size() * 8);
  for (const Instruction& in : program) {
    const std::uint8_t bytes[8] = {static_cast<std::uint8_t>(in.code),
                                   static_cast<std::uint8_t>(in.code >> 8),
                                   in.jump_true,
                                   in.jump_false,
                                   static_cast<std::uint8_t>(in.k),
                                   static_cast<std::uint8_t>(in.k >> 8),
                                   static_cast<std::uint8_t>(in.k >> 16),
                                   static_cast<std::uint8_t>(in.k >> 24)};
    out.append(reinterpret_cast<const char*>(bytes), sizeof bytes);
  }
  return out;
}

Result<Program> from_bytes(std::string_view bytes) {
  Problem problem;
  if (bytes.empty() || bytes.size() % 8 != 0 || bytes.size() / 8 > kMaxInstructions) {
    problem.text = fmt::format("{} bytes are no BPF program", bytes.size());
    problem.hint =
        fmt::format("a program has 1 to {} instructions of 8 bytes each", kMaxInstructions);
    return fail(std::move(problem));
  }
  Program out;
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    const auto byte = [&](std::size_t i) {
      return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i]));
    };
    out.push_back({static_cast<std::uint16_t>(byte(0) | byte(1) << 8),
                   static_cast<std::uint8_t>(byte(2)), static_cast<std::uint8_t>(byte(3)),
                   byte(4) | byte(5) << 8 | byte(6) << 16 | byte(7) << 24});
  }
  if (auto why = why_invalid(out)) {
    problem.text = "the kernel would refuse this BPF program: " + *why;
    return fail(std::move(problem));
  }
  return out;
}

}  // namespace medic::profile
