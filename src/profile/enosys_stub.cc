#include "profile/enosys_stub.h"

#include <linux/filter.h>

#include <algorithm>

#include "kernel/errno.h"
#include "profile/multiplexer.h"

namespace medic::profile {
namespace {

constexpr std::uint32_t kEnosysReturn = 0x00050000 | kernel::kENOSYS;
constexpr std::uint32_t kX32 = static_cast<std::uint32_t>(kernel::kX32Bit);

bool wants_stub(const Flat& flat) {
  return flat.context.runtime == Runtime::Runc && !kernel::lets_run(flat.default_action) &&
         flat.default_action != kernel::Action::Trace;
}

bool is_s390(kernel::Arch arch) { return arch == kernel::Arch::S390 || arch == kernel::Arch::S390x; }

Instruction statement(unsigned code, std::uint32_t k) { return {static_cast<std::uint16_t>(code), 0, 0, k}; }
Instruction jump(unsigned operation, std::uint32_t k, std::uint8_t yes, std::uint8_t no) {
  return {static_cast<std::uint16_t>(BPF_JMP | operation | BPF_K), yes, no, k};
}

}  // namespace

std::map<kernel::Arch, std::int32_t> stub_limits(const Flat& flat) {
  std::map<kernel::Arch, std::int32_t> limits;
  if (!wants_stub(flat)) return limits;
  std::vector<kernel::Arch> counted = flat.listed;
  if (!flat.lists(flat.context.arch)) counted.push_back(flat.context.arch);
  for (const kernel::Arch arch : counted) {
    std::int32_t largest = 0;
    for (const FlatRule& rule : flat.stub_rules) {
      for (const kernel::NameId name : rule.names) {
        // A multiplexed name resolves to a negative number there, which is never the largest.
        if (multiplexed_as(arch, name)) continue;
        largest = std::max(largest, kernel::number_of(name, arch).value_or(0));
      }
    }
    if (largest != 0) limits[arch] = largest;  // runc takes 0 for "no call found"
  }
  return limits;
}

bool stub_answers(const std::map<kernel::Arch, std::int32_t>& limits, kernel::SyscallId id) {
  const auto number = static_cast<std::uint32_t>(id.number);
  kernel::Arch arch = id.arch;
  // The program knows the two only by bit 30, which -1 has too.
  if (arch == kernel::Arch::X86_64 || arch == kernel::Arch::X32)
    arch = (number & kX32) != 0 ? kernel::Arch::X32 : kernel::Arch::X86_64;
  const auto found = limits.find(arch);
  if (found == limits.end()) return false;
  return number > static_cast<std::uint32_t>(found->second) || (is_s390(arch) && number == 0);
}

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
    out.push_back(jump(BPF_JEQ, kernel::info(arch).audit_arch, 0, static_cast<std::uint8_t>(section.size())));
    out.insert(out.end(), section.begin(), section.end());
  }
  return out;
}

}  // namespace medic::profile
