#include "elf/capstone_handle.h"
#include "elf/step.h"

namespace medic::elf {

namespace {

constexpr int kSp = 31, kFp = 29, kLink = 30;
constexpr std::int64_t kMaxFrame = 1 << 24;

// x0 to x30 and sp as 0 to 31; -1: another register, or the zero register.
int number_of(unsigned reg) {
  if (reg >= ARM64_REG_X0 && reg <= ARM64_REG_X28) return static_cast<int>(reg - ARM64_REG_X0);
  if (reg >= ARM64_REG_W0 && reg <= ARM64_REG_W30) return static_cast<int>(reg - ARM64_REG_W0);
  if (reg == ARM64_REG_X29) return kFp;
  if (reg == ARM64_REG_X30) return kLink;
  if (reg == ARM64_REG_SP || reg == ARM64_REG_WSP) return kSp;
  return -1;
}
bool is_zero(unsigned reg) { return reg == ARM64_REG_XZR || reg == ARM64_REG_WZR; }

class Arm64Decoder : public Decoder {
 public:
  Arm64Decoder() : capstone_(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN) {}
  bool usable() const { return capstone_.usable(); }
  void begin() override { pages_.fill(0); }
  void next(std::string_view bytes, std::uint64_t address, Step& step) override;

 private:
  void flow(const cs_insn& in, const cs_arm64& a, Step& step) const;
  void mention(const cs_insn& in, const cs_arm64& a, Step& step);
  void values(const cs_insn& in, const cs_arm64& a, Step& step) const;
  bool arithmetic(const cs_insn& in, const cs_arm64& a, Step& step) const;
  void loads_and_stores(const cs_insn& in, const cs_arm64& a, Step& step) const;
  void stack(const cs_insn& in, const cs_arm64& a, Step& step) const;

  CapstoneHandle capstone_;
  std::array<std::uint64_t, 32> pages_{};  // what ADRP last put into each register; 0: nothing
};

const cs_arm64_op* memory_of(const cs_arm64& a) {
  for (int i = 0; i < a.op_count; ++i) {
    if (a.operands[i].type == ARM64_OP_MEM) return &a.operands[i];
  }
  return nullptr;
}

void Arm64Decoder::next(std::string_view bytes, std::uint64_t address, Step& step) {
  step = Step{};
  step.address = address;
  step.size = static_cast<std::uint8_t>(std::min<std::size_t>(bytes.size(), 4 - (address & 3)));
  if (bytes.size() < 4 || (address & 3)) return;
  const cs_insn* in = capstone_.decode(bytes.substr(0, 4), address);
  step.invalid = !in;
  if (!in) return;
  step.padding = in->id == ARM64_INS_NOP;
  const cs_arm64& a = in->detail->arm64;
  flow(*in, a, step);
  mention(*in, a, step);
  if (detail == Detail::Values) values(*in, a, step);
}

void Arm64Decoder::flow(const cs_insn& in, const cs_arm64& a, Step& step) const {
  const cs_arm64_op* last = a.op_count ? &a.operands[a.op_count - 1] : nullptr;
  const std::uint64_t target =
      last && last->type == ARM64_OP_IMM ? static_cast<std::uint64_t>(last->imm) : 0;
  switch (in.id) {
    case ARM64_INS_BL:
      step.flow = Flow::Call;
      step.target = target;
      break;
    case ARM64_INS_B:
      step.flow = a.cc == ARM64_CC_INVALID || a.cc == ARM64_CC_AL || a.cc == ARM64_CC_NV
                      ? Flow::Jump
                      : Flow::Branch;
      step.target = target;
      break;
    case ARM64_INS_CBZ:
    case ARM64_INS_CBNZ:
    case ARM64_INS_TBZ:
    case ARM64_INS_TBNZ:
      step.flow = Flow::Branch;
      step.target = target;
      break;
    case ARM64_INS_BLR: step.flow = Flow::IndirectCall; break;
    case ARM64_INS_BR: step.flow = Flow::IndirectJump; break;
    case ARM64_INS_RET:
    case ARM64_INS_ERET: step.flow = Flow::Return; break;
    case ARM64_INS_SVC: step.flow = Flow::Syscall; break;
    case ARM64_INS_BRK:
    case ARM64_INS_HLT: step.flow = Flow::Stop; break;
    default: break;
  }
}

// ADRP gives a page, and an ADD or a load that follows gives the place in it.
void Arm64Decoder::mention(const cs_insn& in, const cs_arm64& a, Step& step) {
  if (step.flow != Flow::Next || a.op_count < 2) return;
  const int to = a.operands[0].type == ARM64_OP_REG ? number_of(a.operands[0].reg) : -1;
  if (in.id == ARM64_INS_ADRP || in.id == ARM64_INS_ADR) {
    const auto address = static_cast<std::uint64_t>(a.operands[1].imm);
    if (in.id == ARM64_INS_ADRP && to >= 0) pages_[static_cast<std::size_t>(to)] = address;
    step.mention = address;
    step.mentions = in.id == ARM64_INS_ADR ? Mention::Address : Mention::None;
    return;
  }
  if (in.id == ARM64_INS_ADD && a.op_count == 3 && a.operands[2].type == ARM64_OP_IMM &&
      a.operands[1].type == ARM64_OP_REG) {
    const int from = number_of(a.operands[1].reg);
    if (from < 0 || !pages_[static_cast<std::size_t>(from)]) return;
    step.mention =
        pages_[static_cast<std::size_t>(from)] + static_cast<std::uint64_t>(a.operands[2].imm);
    step.mentions = Mention::Address;
    return;
  }
  const cs_arm64_op* memory = memory_of(a);
  const int base = memory ? number_of(memory->mem.base) : -1;
  if (base < 0 || base == kSp || !pages_[static_cast<std::size_t>(base)] ||
      memory->mem.index != ARM64_REG_INVALID)
    return;
  step.mention = pages_[static_cast<std::size_t>(base)] +
                 static_cast<std::uint64_t>(static_cast<std::int64_t>(memory->mem.disp));
  step.mentions = Mention::Slot;
}

Definition define(Place to, Definition::Kind kind, Place from = {}, std::int64_t value = 0) {
  return {kind, false, to, from, value};
}

bool Arm64Decoder::arithmetic(const cs_insn& in, const cs_arm64& a, Step& step) const {
  if (a.op_count < 2 || a.operands[0].type != ARM64_OP_REG) return false;
  const int to = number_of(a.operands[0].reg);
  if (to < 0 || to == kSp) return false;
  const Place place{Place::Register, to};
  const auto source = [&](int i) {
    const cs_arm64_op& op = a.operands[i];
    if (op.type == ARM64_OP_IMM && op.shift.type == ARM64_SFT_INVALID)
      return define(place, Definition::Constant, {}, op.imm);
    if (op.type == ARM64_OP_IMM && op.shift.type == ARM64_SFT_LSL)
      return define(place, Definition::Constant, {}, op.imm << (op.shift.value & 63));
    if (op.type == ARM64_OP_REG && is_zero(op.reg)) return define(place, Definition::Constant);
    if (op.type == ARM64_OP_REG && op.shift.type == ARM64_SFT_INVALID && number_of(op.reg) >= 0 &&
        number_of(op.reg) != kSp)
      return define(place, Definition::Copy, {Place::Register, number_of(op.reg)});
    return define(place, Definition::Unknown);
  };
  const auto add = [&](int i) { step.definitions.push_back(source(i)); };
  switch (in.id) {
    case ARM64_INS_MOV:
    case ARM64_INS_MOVZ:
    case ARM64_INS_SXTW: add(1); return true;
    case ARM64_INS_MOVN:
      step.definitions.push_back(define(place, Definition::Constant, {},
                                        ~(a.operands[1].imm << (a.operands[1].shift.value & 63))));
      return true;
    case ARM64_INS_ORR:
      if (!(a.operands[1].type == ARM64_OP_REG && is_zero(a.operands[1].reg)) || a.op_count < 3)
        return false;
      add(2);
      return true;
    case ARM64_INS_CSEL:
      if (a.op_count < 3) return false;
      add(1);
      add(2);
      return true;
    case ARM64_INS_ADD:
    case ARM64_INS_SUB: {
      if (a.op_count < 3 || a.operands[2].type != ARM64_OP_IMM ||
          a.operands[2].shift.type != ARM64_SFT_INVALID)
        return false;
      Definition made = source(1);
      made.value += in.id == ARM64_INS_ADD ? a.operands[2].imm : -a.operands[2].imm;
      step.definitions.push_back(made);
      return true;
    }
    default: return false;
  }
}

// The places of a frame that loads read and stores fill; pairs are two.
void Arm64Decoder::loads_and_stores(const cs_insn& in, const cs_arm64& a, Step& step) const {
  const cs_arm64_op* memory = memory_of(a);
  const int base = memory ? number_of(memory->mem.base) : -1;
  const bool pair = in.id == ARM64_INS_LDP || in.id == ARM64_INS_STP;
  const bool load = in.id == ARM64_INS_LDR || in.id == ARM64_INS_LDUR || in.id == ARM64_INS_LDP;
  const bool store = in.id == ARM64_INS_STR || in.id == ARM64_INS_STUR || in.id == ARM64_INS_STP;
  const bool frame = (base == kSp || base == kFp) && memory->mem.index == ARM64_REG_INVALID;
  const bool narrow = a.op_count && a.operands[0].type == ARM64_OP_REG &&
                      a.operands[0].reg >= ARM64_REG_W0 && a.operands[0].reg <= ARM64_REG_W30;
  for (int i = 0; i < (pair ? 2 : 1) && i < a.op_count; ++i) {
    const cs_arm64_op& op = a.operands[i];
    const int reg = op.type == ARM64_OP_REG ? number_of(op.reg) : -1;
    const Place slot{base == kSp ? Place::Sp : Place::Fp,
                     frame ? memory->mem.disp + i * (narrow ? 4 : 8) : 0};
    if (load && reg >= 0)
      step.definitions.push_back(frame ? define({Place::Register, reg}, Definition::Copy, slot)
                                       : define({Place::Register, reg}, Definition::Unknown));
    if (!store || !frame) continue;
    const bool zero = op.type == ARM64_OP_REG && is_zero(op.reg);
    step.definitions.push_back(zero       ? define(slot, Definition::Constant)
                               : reg >= 0 ? define(slot, Definition::Copy, {Place::Register, reg})
                                          : define(slot, Definition::Unknown));
  }
  if (load || store) return;
  for (int i = 0; i < a.op_count; ++i) {
    const cs_arm64_op& op = a.operands[i];
    const int reg = op.type == ARM64_OP_REG ? number_of(op.reg) : -1;
    if (reg >= 0 && reg != kSp && (op.access & CS_AC_WRITE || i == 0))
      step.definitions.push_back(define({Place::Register, reg}, Definition::Unknown));
  }
}

void Arm64Decoder::stack(const cs_insn& in, const cs_arm64& a, Step& step) const {
  const auto reg = [&](int i) {
    return a.op_count > i && a.operands[i].type == ARM64_OP_REG ? number_of(a.operands[i].reg) : -1;
  };
  const auto move = [&](std::int64_t bytes) {
    step.stack = std::abs(bytes) > kMaxFrame ? Move::Lost : Move::Add;
    step.stack_offset = static_cast<std::int32_t>(step.stack == Move::Add ? bytes : 0);
  };
  const bool imm = a.op_count == 3 && a.operands[2].type == ARM64_OP_IMM;
  const bool sum = in.id == ARM64_INS_ADD || in.id == ARM64_INS_SUB;
  std::int64_t value = imm ? a.operands[2].imm << (a.operands[2].shift.type == ARM64_SFT_LSL
                                                       ? a.operands[2].shift.value & 31
                                                       : 0)
                           : 0;
  if (in.id == ARM64_INS_SUB) value = -value;
  if (reg(0) == kFp && reg(1) == kSp && (in.id == ARM64_INS_MOV || (sum && imm)) &&
      std::abs(value) < kMaxFrame) {
    step.sets_frame = true;
    step.frame_offset = static_cast<std::int32_t>(in.id == ARM64_INS_MOV ? 0 : value);
  }
  if (reg(0) == kSp) {
    if (sum && imm && reg(1) == kSp) return move(value);
    if (reg(1) == kFp && (in.id == ARM64_INS_MOV || (sum && imm))) {
      step.stack = Move::FromFrame;
      step.stack_offset = static_cast<std::int32_t>(in.id == ARM64_INS_MOV ? 0 : value);
      return;
    }
    step.stack = Move::Lost;
    return;
  }
  const cs_arm64_op* memory = memory_of(a);
  if (!memory || number_of(memory->mem.base) != kSp || !a.writeback) return;
  const cs_arm64_op& last = a.operands[a.op_count - 1];
  move(last.type == ARM64_OP_IMM ? last.imm : memory->mem.disp);
}

void Arm64Decoder::values(const cs_insn& in, const cs_arm64& a, Step& step) const {
  stack(in, a, step);
  if (step.flow != Flow::Next) return;
  if (!arithmetic(in, a, step)) loads_and_stores(in, a, step);
}

}  // namespace

std::unique_ptr<Decoder> make_arm64_decoder() {
  auto decoder = std::make_unique<Arm64Decoder>();
  if (!decoder->usable()) return nullptr;
  return decoder;
}

}  // namespace medic::elf
