// Android's crash blocks in logcat and tombstones: a process that its app's filter killed, with the
// registers at the call.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& logcat_dialect();

}  // namespace medic::parsers
