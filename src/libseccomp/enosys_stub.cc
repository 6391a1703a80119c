#include "libseccomp/enosys_stub.h"

#include <linux/filter.h>

#include <algorithm>

#include "kernel/errno.h"
#include "policy/stub_limits.h"

namespace medic::profile {
namespace {

constexpr std::uint32_t kEnosysReturn = 0x00050000 | kernel::kENOSYS;
constexpr std::uint32_t kX32 = static_cast<std::uint32_t>(kernel::kX32Bit);

bool is_s390(kernel::Arch arch) {
  return arch == kernel::Arch::S390 || arch == kernel::Arch::S390x;
}

Instruction statement(unsigned code, std::uint32_t k) {
  return {static_cast<std::uint16_t>(code), 0, 0, k};
}
Instruction jump(unsigned operation, std::uint32_t k, std::uint8_t yes, std::uint8_t no) {
  return {static_cast<std::uint16_t>(BPF_JMP | operation | BPF_K), yes, no, k};
}

}  // namespace

Program enosys_stub(const Flat& flat) {
  Program out;
  for (const auto& [arch, limit] : stub_limits(flat)) {
    Program section;
    section.push_back(statement(BPF_LD | BPF_W | BPF_ABS, 0));
    const bool s390 = is_s390(arch);
    if (arch == kernel::Arch::X86_64) section.push_back(jump(BPF_JSET, kX32, 2, 0));
    if (arch == kernel::Arch::X32) section.push_back(jump(BPF_JSET, kX32, 0, 2));
    if (s390) section.push_back(jump(BPF_JEQ, 0, 1, 0));
    section.push_back(jump(BPF_JGT, static_cast<std::uint32_t>(limit), 0, 1));
    section.push_back(statement(BPF_RET | BPF_K, kEnosysReturn));
    out.push_back(statement(BPF_LD | BPF_W | BPF_ABS, 4));
    out.push_back(
        jump(BPF_JEQ, kernel::info(arch).audit_arch, 0, static_cast<std::uint8_t>(section.size())));
    out.insert(out.end(), section.begin(), section.end());
  }
  return out;
}

}  // namespace medic::profile
