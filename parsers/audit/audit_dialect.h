// The audit dialect: auditd's files (raw, enriched, ausearch's raw and interpreted output) and the
// same records in kernel logs, syslog and journalctl's short forms. Events of several records are
// joined; see joiner.h.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& audit_dialect();

}  // namespace medic::parsers
