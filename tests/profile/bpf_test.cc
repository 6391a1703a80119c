// The interpreter, the kernel's checks, the disassembly, the bytes; and what compiling a profile
// gives.
#include "libseccomp/bpf.h"

#include <linux/filter.h>

#include "libseccomp/compile.h"
#include "profile/verdicts.h"

using namespace medic;
using namespace medic::profile;
using namespace medic::profile::test;
using kernel::Arch;

namespace {

Instruction op(unsigned code, std::uint32_t k = 0, std::uint8_t yes = 0, std::uint8_t no = 0) {
  return {static_cast<std::uint16_t>(code), yes, no, k};
}
const Instruction kRet0 = op(BPF_RET | BPF_K, 0);

SeccompData data() {
  SeccompData out;
  out.nr = 83;
  out.arch = 0xC000003E;
  out.instruction_pointer = 0x1122334455667788;
  out.args = {0xAAAABBBBCCCCDDDD, 2, 3, 4, 5, 0xFFFFFFFF00000001};
  return out;
}

std::uint32_t returns(Program program, ByteOrder order = ByteOrder::Little) {
  program.push_back(op(BPF_RET | BPF_A));
  REQUIRE_FALSE(why_invalid(program).has_value());
  return run(program, data(), order);
}

}  // namespace

TEST_CASE("Instructions do what the kernel's do") {
  const unsigned load = BPF_LD | BPF_W | BPF_ABS;
  CHECK(returns({op(load, 0)}) == 83);
  CHECK(returns({op(load, 4)}) == 0xC000003E);
  CHECK(returns({op(load, 8)}) == 0x55667788);
  CHECK(returns({op(load, 16)}) == 0xCCCCDDDD);
  CHECK(returns({op(load, 20)}) == 0xAAAABBBB);
  CHECK(returns({op(load, 60)}) == 0xFFFFFFFF);
  CHECK(returns({op(load, 16)}, ByteOrder::Big) == 0xAAAABBBB);
  CHECK(returns({op(load, 20)}, ByteOrder::Big) == 0xCCCCDDDD);
  CHECK(returns({op(BPF_LD | BPF_W | BPF_LEN)}) == 64);
  CHECK(returns({op(BPF_LD | BPF_IMM, 7), op(BPF_ALU | BPF_ADD | BPF_K, 5)}) == 12);
  CHECK(returns({op(BPF_LD | BPF_IMM, 7), op(BPF_LDX | BPF_IMM, 2),
                 op(BPF_ALU | BPF_SUB | BPF_X)}) == 5);
  CHECK(returns({op(BPF_LD | BPF_IMM, 1), op(BPF_ALU | BPF_LSH | BPF_K, 31)}) == 0x80000000);
  CHECK(returns({op(BPF_LD | BPF_IMM, 1), op(BPF_ALU | BPF_NEG)}) == 0xFFFFFFFF);
  CHECK(returns({op(BPF_LD | BPF_IMM, 9), op(BPF_ST, 3), op(BPF_LD | BPF_IMM, 0),
                 op(BPF_LD | BPF_MEM, 3)}) == 9);
  CHECK(returns({op(BPF_LD | BPF_IMM, 9), op(BPF_MISC | BPF_TAX), op(BPF_LD | BPF_IMM, 0),
                 op(BPF_MISC | BPF_TXA)}) == 9);
  CHECK(returns({op(BPF_LD | BPF_IMM, 9), op(BPF_ALU | BPF_DIV | BPF_X)}) ==
        0);  // the kernel ends the filter with 0
  CHECK(returns({op(BPF_LD | BPF_IMM, 9), op(BPF_JMP | BPF_JA, 1), op(BPF_LD | BPF_IMM, 1)}) == 9);
}

TEST_CASE("Jumps compare unsigned, at the value and beside it") {
  const struct {
    unsigned operation;
    bool below, at, above;
  } cases[] = {
      {BPF_JEQ, false, true, false}, {BPF_JGT, false, false, true}, {BPF_JGE, false, true, true}};
  for (const auto& each : cases) {
    const auto holds = [&](std::uint32_t value) {
      const Program program{op(BPF_LD | BPF_IMM, value),
                            op(BPF_JMP | each.operation | BPF_K, 0x80000000, 0, 1),
                            op(BPF_RET | BPF_K, 1), kRet0};
      return run(program, data()) == 1;
    };
    CHECK(holds(0x7FFFFFFF) == each.below);
    CHECK(holds(0x80000000) == each.at);
    CHECK(holds(0x80000001) == each.above);
  }
}

TEST_CASE("What the kernel would refuse is refused") {
  const struct {
    Program program;
    std::string why;
  } cases[] = {
      {{}, "the program is empty"},
      {Program(4097, kRet0), "4097 instructions, the kernel takes 4096"},
      {{op(BPF_LD | BPF_IMM, 1)}, "the program does not end in a return"},
      {{op(BPF_LD | BPF_W | BPF_ABS, 64), kRet0},
       "instruction 0: a load from 64, outside seccomp_data or unaligned"},
      {{op(BPF_LD | BPF_W | BPF_ABS, 2), kRet0},
       "instruction 0: a load from 2, outside seccomp_data or unaligned"},
      {{op(BPF_LD | BPF_B | BPF_ABS, 0), kRet0},
       "instruction 0: opcode 0x30 is not allowed in a seccomp filter"},
      {{op(BPF_ALU | BPF_MOD | BPF_K, 2), kRet0},
       "instruction 0: opcode 0x94 is not allowed in a seccomp filter"},
      {{op(0xFFFF), kRet0}, "instruction 0: opcode 0xffff is not allowed in a seccomp filter"},
      {{op(BPF_JMP | BPF_JA, 1), kRet0}, "instruction 0: a jump out of the program"},
      {{op(BPF_JMP | BPF_JA, 0xFFFFFFFF), kRet0}, "instruction 0: a jump out of the program"},
      {{op(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1), kRet0}, "instruction 0: a jump out of the program"},
      {{op(BPF_ALU | BPF_DIV | BPF_K, 0), kRet0}, "instruction 0: a division by zero"},
      {{op(BPF_ALU | BPF_LSH | BPF_K, 32), kRet0}, "instruction 0: a shift by 32"},
      {{op(BPF_ST, 16), kRet0}, "instruction 0: no scratch word 16"},
      {{op(BPF_LD | BPF_MEM, 0), kRet0},
       "instruction 0: scratch word 0 is read before it is written"},
      {{op(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), op(BPF_ST, 1), op(BPF_LD | BPF_MEM, 1), kRet0},
       "instruction 2: scratch word 1 is read before it is written"},
  };
  for (const auto& [program, why] : cases) CHECK(why_invalid(program).value_or("valid") == why);
  CHECK_FALSE(why_invalid(Program{kRet0}).has_value());
}

TEST_CASE("Bytes there and back, and no bytes that are no program") {
  const Program program{op(BPF_LD | BPF_W | BPF_ABS, 4),
                        op(BPF_JMP | BPF_JEQ | BPF_K, 0xC000003E, 1, 0), kRet0,
                        op(BPF_RET | BPF_K, 0x7FFF0000)};
  CHECK(to_bytes(program).substr(0, 8) == std::string("\x20\0\0\0\x04\0\0\0", 8));
  CHECK(from_bytes(to_bytes(program)) == program);
  CHECK_FALSE(from_bytes("").has_value());
  CHECK_FALSE(from_bytes(std::string(7, '\0')).has_value());
  CHECK_FALSE(from_bytes(std::string(8, '\xFF')).has_value());
}

TEST_CASE("The disassembly names calls and architectures and numbers its lines") {
  const Program program{
      op(BPF_LD | BPF_W | BPF_ABS, 4), op(BPF_JMP | BPF_JEQ | BPF_K, 0xC000003E, 0, 2),
      op(BPF_LD | BPF_W | BPF_ABS, 0), op(BPF_JMP | BPF_JEQ | BPF_K, 83, 1, 0),
      op(BPF_RET | BPF_K, 0x00050001), op(BPF_RET | BPF_K, 0x7FFF0000)};
  CHECK(disassemble(program) ==
        "   0: ld arch\n   1: jeq 0xc000003e, 2, 4  ; x86_64\n   2: ld nr\n   3: jeq 0x53, 5, 4  ; "
        "mkdir\n   4: ret errno(1)\n   5: ret allow\n");
}

TEST_CASE("A compiled profile answers as the runtime's would, its stub included") {
  const std::string profile =
      deny_all_but(R"({"names":["mkdir","faccessat2"],"action":"SCMP_ACT_ALLOW"})");
  const auto answer = [&](Runtime runtime, std::int32_t number) {
    const auto compiled = compile(*flatten(read(profile), on(Arch::X86_64, runtime)));
    REQUIRE_MESSAGE(compiled.has_value(), (compiled ? "" : compiled.error().text));
    return run(compiled->program, data_for({{Arch::X86_64, number}, {}}), compiled->byte_order);
  };
  CHECK(answer(Runtime::Runc, 83) == 0x7FFF0000);
  CHECK(answer(Runtime::Runc, 84) == 0x00050001);
  CHECK(answer(Runtime::Runc, 440) == (0x00050000u | 38));
  CHECK(answer(Runtime::Crun, 440) == 0x00050001);
  CHECK(compile(*flatten(read(profile), on(Arch::X86_64, Runtime::Runc)))
            ->engine.ends_with(" + runc ENOSYS stub"));
}

TEST_CASE("A big-endian machine's program is compiled and run in its own byte order") {
  const auto compiled = compile(*flatten(
      read(deny_all_but(
          R"({"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]})")),
      on(Arch::S390x)));
  REQUIRE(compiled.has_value());
  CHECK(compiled->byte_order == ByteOrder::Big);
  CHECK(run(compiled->program, data_for(call("s390x socket 1")), ByteOrder::Big) == 0x7FFF0000);
  CHECK(run(compiled->program, data_for(call("s390x socket 0x100000000")), ByteOrder::Big) ==
        0x00050001);
}

TEST_CASE(
    "A name newer than the linked libseccomp is added by number where that is possible, and said "
    "where it is not") {
  const std::string rules = R"({"names":["mkdir","rseq_slice_yield"],"action":"SCMP_ACT_ALLOW"})";
  const auto compiled = compile(
      *flatten(read(deny_all_but(
                   rules, R"("defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86"])")),
               on(Arch::X86_64)));
  REQUIRE(compiled.has_value());
  CHECK(run(compiled->program, data_for(call("x86_64 rseq_slice_yield"))) == 0x7FFF0000);
  CHECK(run(compiled->program, data_for(call("x86 mkdir"))) == 0x7FFF0000);
  for (const kernel::SyscallId id : compiled->unproven_calls) CHECK(id.arch == Arch::X86);
}

TEST_CASE("What the linked libseccomp cannot do is said, and is not the profile's fault") {
  const auto loongarch =
      compile(*flatten(read(deny_all_but(R"({"names":["read"],"action":"SCMP_ACT_ALLOW"})")),
                       on(Arch::Loongarch64)));
  if (!loongarch) {
    CHECK(loongarch.error().severity == Severity::Warning);
    CHECK(loongarch.error().text.ends_with(" cannot compile for loongarch64"));
  }
  // Two rules that share a 64-bit order with a high word: libseccomp 2.5.4 never comes back, we do.
  const std::string loop =
      R"({"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":4294967297,"op":"SCMP_CMP_GT"},{"index":1,"value":5,"op":"SCMP_CMP_LT"}]},
{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":4294967297,"op":"SCMP_CMP_GT"},{"index":3,"value":2,"op":"SCMP_CMP_EQ"}]})";
  const auto stuck = compile(*flatten(read(deny_all_but(loop)), on(Arch::X86_64)));
  if (!stuck) CHECK(stuck.error().text.find("does not come to an end") != std::string::npos);
  const auto mixed_order = compile(*flatten(
      read(deny_all_but(R"({"names":["read"],"action":"SCMP_ACT_ALLOW"})",
                        R"("defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_S390X"])")),
      on(Arch::X86_64)));
  REQUIRE_FALSE(mixed_order.has_value());
  CHECK(mixed_order.error().text.find("refuses the architecture s390x beside x86_64") !=
        std::string::npos);
}
