// Audit records in JSON, one object a line.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& journal_json_dialect();  // journalctl -o json
const Dialect& laurel_dialect();
const Dialect& auditbeat_dialect();  // and go-libaudit
const Dialect& go_audit_dialect();
const Dialect&
wrapped_json_dialect();  // json-file, Kubernetes, fluentd: a log's line inside an object

}  // namespace medic::parsers
