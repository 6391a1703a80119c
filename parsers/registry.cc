#include "parsers/registry.h"

#include <algorithm>
#include <vector>

#include "parsers/audit/audit_dialect.h"
#include "parsers/audit/ausearch_dialects.h"
#include "parsers/audit/engine_errors_dialect.h"
#include "parsers/audit/enricher_dialect.h"
#include "parsers/audit/journal_dialect.h"
#include "parsers/audit/json_dialects.h"
#include "parsers/audit/json_documents_dialect.h"
#include "parsers/audit/logcat_dialect.h"
#include "parsers/audit/sandbox_dialect.h"
#include "parsers/audit/wrapped_dialect.h"
#include "parsers/wrapped_strace.h"
#include "parsers/store_dialect.h"
#include "parsers/ptrace/bpftrace_dialect.h"
#include "parsers/ptrace/capture_dialect.h"
#include "parsers/ptrace/creport_dialect.h"
#include "parsers/ptrace/gadget_dialect.h"
#include "parsers/ptrace/gdb_dialect.h"
#include "parsers/ptrace/gvisor_dialect.h"
#include "parsers/ptrace/ltrace_dialect.h"
#include "parsers/ptrace/lurk_dialect.h"
#include "parsers/ptrace/perf_trace_dialect.h"
#include "parsers/ptrace/sysdig_dialect.h"
#include "parsers/strace/strace_dialect.h"

namespace medic::parsers {
namespace {

// At a tie the earlier wins: lurk's plain lines look like strace's to strace's reader, and every
// JSON line looks wrapped.
const Dialect* const kDialects[] = {
    &audit_dialect(),         &journal_json_dialect(),
    &journal_dialect(),       &laurel_dialect(),
    &auditbeat_dialect(),     &go_audit_dialect(),
    &ausearch_csv_dialect(),  &ausearch_text_dialect(),
    &enricher_dialect(),      &sandbox_dialect(),
    &logcat_dialect(),        &capture_dialect(),
    &creport_dialect(),       &ltrace_dialect(),
    &lurk_dialect(),          &perf_trace_dialect(),
    &gvisor_dialect(),        &sysdig_dialect(),
    &bpftrace_dialect(),      &gadget_dialect(),
    &gdb_dialect(),           &json_documents_dialect(),
    &strace_dialect(),        &wrapped_strace_dialect(),
    &wrapped_dialect(),       &wrapped_json_dialect(),
    &engine_errors_dialect(), &store_dialect(all_dialects),
};

}  // namespace

std::span<const Dialect* const> all_dialects() { return kDialects; }

const Dialect* find_dialect(std::string_view name) {
  for (const Dialect* dialect : kDialects) {
    if (dialect->name() == name) return dialect;
  }
  return nullptr;
}

Sniffed sniff(std::string_view text) { return sniff_among(kDialects, text); }

}  // namespace medic::parsers
