#include "policy/stub_limits.h"

#include <algorithm>

#include "kernel/multiplexer.h"

namespace medic::profile {
namespace {

constexpr std::uint32_t kX32 = static_cast<std::uint32_t>(kernel::kX32Bit);

bool wants_stub(const Flat& flat) {
  return flat.context.runtime == Runtime::Runc && !kernel::lets_run(flat.default_action) &&
         flat.default_action != kernel::Action::Trace;
}

bool is_s390(kernel::Arch arch) {
  return arch == kernel::Arch::S390 || arch == kernel::Arch::S390x;
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
        if (kernel::multiplexed_as(arch, name)) continue;
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

}  // namespace medic::profile
