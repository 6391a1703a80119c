// strace's output as others hand it on: in a container's log (Docker's json-file, Kubernetes' CRI
// files), as `docker compose logs` and `kubectl logs --prefix` or `--timestamps` show it, behind
// syslog's prefix.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

// The only instance. Its events are strace_dialect()'s; where strace was not asked for the time
// they have the carrier's. Tasks are distinguished by their numbers alone: of several containers
// that are traced in one log the numbers may be the same.
const Dialect& wrapped_strace_dialect();

}  // namespace medic::parsers
