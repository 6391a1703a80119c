// From what other tools print, a number or a name with or without an architecture, to a system
// call.
#pragma once

#include <string_view>

#include "model/event.h"

namespace medic::parsers::audit {

model::SyscallRef syscall_by_number(kernel::Arch arch, std::int64_t number);
// name kNoName and no number when nobody knows such a call.
model::SyscallRef syscall_by_name(kernel::Arch arch, std::string_view name);
inline bool is_known(const model::SyscallRef& ref) {
  return ref.has_number || ref.name != kernel::kNoName;
}

}  // namespace medic::parsers::audit
