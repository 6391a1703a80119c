// Calls as people and scripts write them: `socket(AF_VSOCK, 1, 0)`, `x86:open`, `83`, or `ARCH
// NUMBER A0 … A5`.
#pragma once

#include <string_view>

#include "base/result.h"
#include "kernel/call.h"

namespace medic::cli {

// native: the architecture of calls that name none. A number without a name is one of native's. A
// wrong word is a Problem with its column.
Result<kernel::Call> parse_call(std::string_view text, kernel::Arch native);

}  // namespace medic::cli
