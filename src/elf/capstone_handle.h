// Capstone's handle and its one instruction, owned.
#pragma once

#include <capstone/capstone.h>

#include <cstdint>
#include <string_view>

namespace medic::elf {

class CapstoneHandle {
 public:
  CapstoneHandle(cs_arch arch, cs_mode mode);
  ~CapstoneHandle();
  CapstoneHandle(const CapstoneHandle&) = delete;
  CapstoneHandle& operator=(const CapstoneHandle&) = delete;
  bool usable() const { return instruction_ != nullptr; }
  // Valid until the next call; null when the bytes are no instruction.
  const cs_insn* decode(std::string_view bytes, std::uint64_t address);

 private:
  csh handle_ = 0;
  cs_insn* instruction_ = nullptr;
};

}  // namespace medic::elf
