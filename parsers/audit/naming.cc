#include "parsers/audit/naming.h"

namespace medic::parsers::audit {

model::SyscallRef syscall_by_number(kernel::Arch arch, std::int64_t number) {
  model::SyscallRef ref;
  ref.arch = arch;
  if (number < INT32_MIN || number > INT32_MAX) return ref;
  ref.number = static_cast<std::int32_t>(number);
  ref.has_number = true;
  if (arch == kernel::Arch::X86_64 && number > 0 && (number & kernel::kX32Bit) != 0)
    ref.arch = kernel::Arch::X32;
  if (ref.arch != kernel::Arch::Unknown) ref.name = kernel::name_at({ref.arch, ref.number});
  return ref;
}

model::SyscallRef syscall_by_name(kernel::Arch arch, std::string_view name) {
  model::SyscallRef ref;
  ref.arch = arch;
  // libaudit's names differ from libseccomp's for some calls.
  ref.name = kernel::find_alias(name, arch);
  if (ref.name == kernel::kNoName) ref.name = kernel::find_name(name);
  if (ref.name == kernel::kNoName || arch == kernel::Arch::Unknown) return ref;
  if (const auto number = kernel::number_of(ref.name, arch)) {
    ref.number = *number;
    ref.has_number = true;
  }
  return ref;
}

}  // namespace medic::parsers::audit
