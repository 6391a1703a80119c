// Kubernetes log enrichers: the Security Profiles Operator's log lines (klog, quoted keys or not)
// and JSON lines, and kube-audit-log-enricher's. They name the pod and the call, not the action.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& enricher_dialect();

}  // namespace medic::parsers
