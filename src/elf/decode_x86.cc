#include "elf/capstone_handle.h"
#include "elf/step.h"

namespace medic::elf {

namespace {

using kernel::Arch;

struct RegisterRow {
  std::int8_t number = -1;
  std::uint8_t bytes = 0;
};

// Capstone's names of the general registers → the instruction set's numbers and the width that is
// meant.
const std::array<RegisterRow, X86_REG_ENDING>& register_rows() {
  static const auto rows = [] {
    std::array<RegisterRow, X86_REG_ENDING> made;
    made.fill(
        {-1, 0});  // an empty initialiser leaves zeros with GCC 12 from -O1 on, and 0 is a register
    const x86_reg wide[] = {X86_REG_RAX, X86_REG_RCX, X86_REG_RDX, X86_REG_RBX,
                            X86_REG_RSP, X86_REG_RBP, X86_REG_RSI, X86_REG_RDI};
    const x86_reg narrow[] = {X86_REG_EAX, X86_REG_ECX, X86_REG_EDX, X86_REG_EBX,
                              X86_REG_ESP, X86_REG_EBP, X86_REG_ESI, X86_REG_EDI};
    const x86_reg half[] = {X86_REG_AX, X86_REG_CX, X86_REG_DX, X86_REG_BX,
                            X86_REG_SP, X86_REG_BP, X86_REG_SI, X86_REG_DI};
    const x86_reg byte[] = {X86_REG_AL,  X86_REG_CL,  X86_REG_DL,  X86_REG_BL,
                            X86_REG_SPL, X86_REG_BPL, X86_REG_SIL, X86_REG_DIL};
    const x86_reg high[] = {X86_REG_AH, X86_REG_CH, X86_REG_DH, X86_REG_BH};
    for (std::int8_t i = 0; i < 8; ++i) {
      made[wide[i]] = {i, 8};
      made[narrow[i]] = {i, 4};
      made[half[i]] = {i, 2};
      made[byte[i]] = {i, 1};
      made[X86_REG_R8 + i] = {static_cast<std::int8_t>(8 + i), 8};
      made[X86_REG_R8D + i] = {static_cast<std::int8_t>(8 + i), 4};
      made[X86_REG_R8W + i] = {static_cast<std::int8_t>(8 + i), 2};
      made[X86_REG_R8B + i] = {static_cast<std::int8_t>(8 + i), 1};
    }
    for (std::int8_t i = 0; i < 4; ++i) made[high[i]] = {i, 1};
    return made;
  }();
  return rows;
}

RegisterRow row_of(unsigned reg) {
  return reg < X86_REG_ENDING ? register_rows()[reg] : RegisterRow{};
}
constexpr int kSp = 4, kFp = 5;
// Displacements further than any frame: they are no place of the stack.
constexpr std::int64_t kMaxFrame = 1 << 24;

class X86Decoder : public Decoder {
 public:
  X86Decoder(Arch arch, std::uint64_t got, bool fixed_addresses)
      : capstone_(CS_ARCH_X86, arch == Arch::X86 ? CS_MODE_32 : CS_MODE_64),
        wide_(arch != Arch::X86),
        got_(got),
        fixed_(fixed_addresses) {}
  bool usable() const { return capstone_.usable(); }
  void begin() override {}
  void next(std::string_view bytes, std::uint64_t address, Step& step) override;

 private:
  void flow(const cs_insn& in, const cs_x86& x, Step& step) const;
  void mention(const cs_insn& in, const cs_x86& x, Step& step) const;
  void values(const cs_insn& in, const cs_x86& x, Step& step) const;
  void stack(const cs_insn& in, const cs_x86& x, Step& step) const;
  bool moves(const cs_insn& in, const cs_x86& x, Step& step) const;
  void overwritten(const cs_insn& in, const cs_x86& x, Step& step) const;
  std::optional<Place> place(const cs_x86_op& op) const;

  CapstoneHandle capstone_;
  bool wide_;
  std::uint64_t got_;
  bool fixed_;
};

void X86Decoder::next(std::string_view bytes, std::uint64_t address, Step& step) {
  step = Step{};
  step.address = address;
  step.size = 1;
  // endbr64 and endbr32: the marks of indirect targets are no instruction to older disassemblers.
  if (bytes.size() >= 4 && bytes.substr(0, 3) == "\xf3\x0f\x1e" &&
      (bytes[3] == '\xfa' || bytes[3] == '\xfb')) {
    step.size = 4;
    return;
  }
  const cs_insn* in = capstone_.decode(bytes, address);
  step.invalid = !in;
  if (!in) return;
  step.size = static_cast<std::uint8_t>(in->size);
  step.padding = in->id == X86_INS_NOP || in->id == X86_INS_INT3;
  const cs_x86& x = in->detail->x86;
  flow(*in, x, step);
  mention(*in, x, step);
  if (detail == Detail::Values) values(*in, x, step);
}

bool is_branch(unsigned id) {
  return (id >= X86_INS_JAE && id <= X86_INS_JS && id != X86_INS_JMP && id != X86_INS_LJMP) ||
         id == X86_INS_LOOP || id == X86_INS_LOOPE || id == X86_INS_LOOPNE || id == X86_INS_XBEGIN;
}

void X86Decoder::flow(const cs_insn& in, const cs_x86& x, Step& step) const {
  const bool direct = x.op_count == 1 && x.operands[0].type == X86_OP_IMM;
  if (direct)
    step.target = wide_ ? static_cast<std::uint64_t>(x.operands[0].imm)
                        : static_cast<std::uint32_t>(x.operands[0].imm);
  switch (in.id) {
    case X86_INS_CALL: {
      step.flow = direct ? Flow::Call : Flow::IndirectCall;
      // i386: the kernel's entry stands in the thread's block (glibc
      // sysdeps/unix/sysv/linux/i386/sysdep.h, SYSINFO_OFFSET).
      const cs_x86_op& to = x.operands[0];
      if (!wide_ && to.type == X86_OP_MEM && to.mem.segment == X86_REG_GS && to.mem.disp == 0x10)
        step.flow = Flow::Syscall;
      break;
    }
    case X86_INS_JMP: step.flow = direct ? Flow::Jump : Flow::IndirectJump; break;
    case X86_INS_RET:
    case X86_INS_RETF:
    case X86_INS_RETFQ:
    case X86_INS_IRETQ:
    case X86_INS_IRETD: step.flow = Flow::Return; break;
    case X86_INS_HLT:
    case X86_INS_UD2:
    case X86_INS_INT3: step.flow = Flow::Stop; break;
    case X86_INS_SYSCALL:
    case X86_INS_SYSENTER: step.flow = Flow::Syscall; break;
    case X86_INS_INT:
      if (x.operands[0].imm == 0x80) step.flow = wide_ ? Flow::CompatSyscall : Flow::Syscall;
      break;
    default: step.flow = is_branch(in.id) ? Flow::Branch : Flow::Next; break;
  }
  if (step.flow != Flow::Call && step.flow != Flow::Jump && step.flow != Flow::Branch)
    step.target = 0;
}

void X86Decoder::mention(const cs_insn& in, const cs_x86& x, Step& step) const {
  if (step.target) return;
  for (int i = 0; i < x.op_count; ++i) {
    const cs_x86_op& op = x.operands[i];
    if (op.type == X86_OP_MEM) {
      const Mention kind = in.id == X86_INS_LEA ? Mention::Address : Mention::Slot;
      if (wide_ && op.mem.base == X86_REG_RIP) {
        step.mention = in.address + in.size + static_cast<std::uint64_t>(op.mem.disp);
        step.mentions = kind;
      } else if (!wide_ && got_ && op.mem.base != X86_REG_INVALID && op.mem.base != X86_REG_ESP &&
                 op.mem.base != X86_REG_EBP) {
        step.mention = static_cast<std::uint32_t>(got_ + static_cast<std::uint64_t>(op.mem.disp));
        step.mentions = kind;
      } else if (op.mem.base == X86_REG_INVALID && op.mem.segment == X86_REG_INVALID &&
                 op.mem.disp) {
        step.mention = wide_ ? static_cast<std::uint64_t>(op.mem.disp)
                             : static_cast<std::uint32_t>(op.mem.disp);
        step.mentions = kind;
      }
    } else if (op.type == X86_OP_IMM && fixed_ && op.size >= 4) {
      step.mention = static_cast<std::uint64_t>(op.imm);
      step.mentions = Mention::Address;
    }
    // A stored address beside a memory operand: the address is what matters.
    if (step.mentions == Mention::Address) return;
  }
}

std::optional<Place> X86Decoder::place(const cs_x86_op& op) const {
  if (op.type == X86_OP_REG) {
    const RegisterRow row = row_of(op.reg);
    if (row.number < 0 || row.bytes < 4) return std::nullopt;
    return Place{Place::Register, row.number};
  }
  if (op.type != X86_OP_MEM || op.mem.index != X86_REG_INVALID || op.size < 4 ||
      std::abs(op.mem.disp) > kMaxFrame)
    return std::nullopt;
  const int base = row_of(op.mem.base).number;
  if (base == kSp) return Place{Place::Sp, static_cast<std::int32_t>(op.mem.disp)};
  if (base == kFp) return Place{Place::Fp, static_cast<std::int32_t>(op.mem.disp)};
  return std::nullopt;
}

Definition copy(Place to, Place from, std::int64_t added = 0) {
  return {Definition::Copy, false, to, from, added};
}
Definition constant(Place to, std::int64_t value) {
  return {Definition::Constant, false, to, {}, value};
}

// Moves and sums whose outcome is known; false: see overwritten().
bool X86Decoder::moves(const cs_insn& in, const cs_x86& x, Step& step) const {
  if (x.op_count == 0) return false;
  const cs_x86_op& a = x.operands[0];
  const auto to = place(a);
  if (!to) return false;
  if (x.op_count == 1) {
    if (a.type != X86_OP_REG || (in.id != X86_INS_INC && in.id != X86_INS_DEC)) return false;
    step.definitions.push_back(copy(*to, *to, in.id == X86_INS_INC ? 1 : -1));
    return true;
  }
  const cs_x86_op& b = x.operands[1];
  const auto from = place(b);
  const bool same = a.type == X86_OP_REG && b.type == X86_OP_REG && a.reg == b.reg;
  const bool conditional = in.id >= X86_INS_CMOVA && in.id <= X86_INS_CMOVS;
  if (in.id == X86_INS_MOV || in.id == X86_INS_MOVABS) {
    if (b.type == X86_OP_IMM)
      step.definitions.push_back(constant(*to, b.imm));
    else if (from)
      step.definitions.push_back(copy(*to, *from));
    else
      return false;
  } else if ((in.id == X86_INS_MOVSXD || in.id == X86_INS_MOVZX || in.id == X86_INS_MOVSX) &&
             from) {
    step.definitions.push_back(copy(*to, *from));
  } else if (conditional && from) {
    step.definitions.push_back(copy(*to, *from));
    step.definitions.back().keeps = true;
  } else if ((in.id == X86_INS_XOR || in.id == X86_INS_SUB) && same) {
    step.definitions.push_back(constant(*to, 0));
  } else if ((in.id == X86_INS_ADD || in.id == X86_INS_SUB) && b.type == X86_OP_IMM) {
    step.definitions.push_back(copy(*to, *to, in.id == X86_INS_ADD ? b.imm : -b.imm));
  } else if (in.id == X86_INS_OR && b.type == X86_OP_IMM && b.imm == -1) {
    step.definitions.push_back(constant(*to, -1));
  } else if (in.id == X86_INS_LEA && a.type == X86_OP_REG && b.mem.index == X86_REG_INVALID &&
             row_of(b.mem.base).number >= 0 && row_of(b.mem.base).number != kSp) {
    step.definitions.push_back(copy(*to, {Place::Register, row_of(b.mem.base).number}, b.mem.disp));
  } else {
    return false;
  }
  return true;
}

void X86Decoder::overwritten(const cs_insn& in, const cs_x86& x, Step& step) const {
  const auto lose = [&](Place to) {
    step.definitions.push_back({Definition::Unknown, false, to, {}, 0});
  };
  for (int i = 0; i < x.op_count; ++i) {
    const cs_x86_op& op = x.operands[i];
    if (!(op.access & CS_AC_WRITE)) continue;
    if (op.type == X86_OP_REG && row_of(op.reg).number >= 0)
      lose({Place::Register, row_of(op.reg).number});
    if (const auto to = place(op); to && op.type == X86_OP_MEM) lose(*to);
  }
  for (int i = 0; i < in.detail->regs_write_count; ++i) {
    const int number = row_of(in.detail->regs_write[i]).number;
    if (number >= 0 && number != kSp) lose({Place::Register, number});
  }
}

// How the stack pointer and the frame pointer move.
void X86Decoder::stack(const cs_insn& in, const cs_x86& x, Step& step) const {
  const std::int32_t word = wide_ ? 8 : 4;
  const auto add = [&](std::int64_t bytes) {
    step.stack = std::abs(bytes) > kMaxFrame ? Move::Lost : Move::Add;
    step.stack_offset = static_cast<std::int32_t>(step.stack == Move::Add ? bytes : 0);
  };
  const auto reg = [&](int i) {
    return x.op_count > i && x.operands[i].type == X86_OP_REG ? row_of(x.operands[i].reg).number
                                                              : -1;
  };
  if (in.id == X86_INS_PUSH || in.id == X86_INS_PUSHFQ || in.id == X86_INS_PUSHFD)
    return add(-word);
  if (in.id == X86_INS_POP || in.id == X86_INS_POPFQ || in.id == X86_INS_POPFD) return add(word);
  if (in.id == X86_INS_LEAVE) {
    step.stack = Move::FromFrame;
    step.stack_offset = word;
    return;
  }
  const bool memory = x.op_count == 2 && x.operands[1].type == X86_OP_MEM &&
                      x.operands[1].mem.index == X86_REG_INVALID;
  const int base = memory ? row_of(x.operands[1].mem.base).number : -1;
  const std::int64_t disp = memory ? x.operands[1].mem.disp : 0;
  if (reg(0) == kFp && ((in.id == X86_INS_MOV && reg(1) == kSp) ||
                        (in.id == X86_INS_LEA && base == kSp && std::abs(disp) < kMaxFrame))) {
    step.sets_frame = true;
    step.frame_offset = static_cast<std::int32_t>(disp);
  }
  if (reg(0) != kSp || !(x.operands[0].access & CS_AC_WRITE)) return;
  const bool imm = x.op_count == 2 && x.operands[1].type == X86_OP_IMM;
  if (in.id == X86_INS_ADD && imm) return add(x.operands[1].imm);
  if (in.id == X86_INS_SUB && imm) return add(-x.operands[1].imm);
  if (in.id == X86_INS_LEA && base == kSp) return add(disp);
  if ((in.id == X86_INS_MOV && reg(1) == kFp) ||
      (in.id == X86_INS_LEA && base == kFp && std::abs(disp) < kMaxFrame)) {
    step.stack = Move::FromFrame;
    step.stack_offset = static_cast<std::int32_t>(disp);
    return;
  }
  step.stack = Move::Lost;
}

void X86Decoder::values(const cs_insn& in, const cs_x86& x, Step& step) const {
  const std::int32_t word = wide_ ? 8 : 4;
  stack(in, x, step);
  if (in.id == X86_INS_JE) step.taken = Step::Taken::IfZero;
  if (in.id == X86_INS_JNE) step.taken = Step::Taken::IfNotZero;
  const bool of_itself = in.id == X86_INS_TEST && x.operands[0].type == X86_OP_REG &&
                         x.operands[1].type == X86_OP_REG && x.operands[0].reg == x.operands[1].reg;
  if (of_itself && place(x.operands[0]))
    step.tested = static_cast<std::int8_t>(place(x.operands[0])->at);
  if (in.id == X86_INS_PUSH) {
    const Place top{Place::Sp, -word};
    const auto from = place(x.operands[0]);
    if (x.operands[0].type == X86_OP_IMM)
      step.definitions.push_back(constant(top, x.operands[0].imm));
    else if (from)
      step.definitions.push_back(copy(top, *from));
    else
      step.definitions.push_back({Definition::Unknown, false, top, {}, 0});
    return;
  }
  if (const auto to = in.id == X86_INS_POP ? place(x.operands[0]) : std::nullopt) {
    step.definitions.push_back(copy(*to, {Place::Sp, 0}));
    return;
  }
  if (step.flow == Flow::Call || step.flow == Flow::IndirectCall || moves(in, x, step)) return;
  overwritten(in, x, step);
}

}  // namespace

std::unique_ptr<Decoder> make_x86_decoder(Arch arch, std::uint64_t got, bool fixed_addresses) {
  auto decoder = std::make_unique<X86Decoder>(arch, got, fixed_addresses);
  if (!decoder->usable()) return nullptr;
  return decoder;
}

}  // namespace medic::elf
