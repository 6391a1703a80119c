#include "elf/step.h"

#include "elf/capstone_handle.h"

namespace medic::elf {

using kernel::Arch;

const Convention& convention_of(Arch arch) {
  // x86_64 psABI: rbx, rbp, rsp, r12 to r15 are kept. i386 psABI: ebx, esp, ebp, esi, edi. AAPCS64:
  // x19 to x29 and sp.
  static const Convention x86_64{{Place::Register, 0}, {Place::Register, 7}, 0x0FC7, 8, 8};
  static const Convention i386{{Place::Register, 0}, {Place::Stack, 4}, 0x0007, 4, 4};
  static const Convention aarch64{{Place::Register, 8}, {Place::Register, 0}, 0x4007FFFF, 0, 8};
  return arch == Arch::X86 ? i386 : arch == Arch::Aarch64 ? aarch64 : x86_64;
}

Result<std::unique_ptr<Decoder>> Decoder::make(Arch arch, std::uint64_t got, bool fixed_addresses) {
  std::unique_ptr<Decoder> decoder =
      arch == Arch::Aarch64 ? make_arm64_decoder() : make_x86_decoder(arch, got, fixed_addresses);
  if (decoder) return decoder;
  Problem problem;
  problem.text = "the disassembler does not know " + std::string(kernel::name(arch));
  return fail(std::move(problem));
}

CapstoneHandle::CapstoneHandle(cs_arch arch, cs_mode mode) {
  if (cs_open(arch, mode, &handle_) != CS_ERR_OK) {
    handle_ = 0;
    return;
  }
  cs_option(handle_, CS_OPT_DETAIL, CS_OPT_ON);
  instruction_ = cs_malloc(handle_);
}

CapstoneHandle::~CapstoneHandle() {
  if (instruction_) cs_free(instruction_, 1);
  if (handle_) cs_close(&handle_);
}

const cs_insn* CapstoneHandle::decode(std::string_view bytes, std::uint64_t address) {
  const auto* code = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t size = std::min<std::size_t>(bytes.size(), 16);
  return cs_disasm_iter(handle_, &code, &size, &address, instruction_) ? instruction_ : nullptr;
}

}  // namespace medic::elf
