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
#include "parsers/router.h"
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
    &audit_dialect(),          &journal_json_dialect(),  &journal_dialect(),
    &laurel_dialect(),         &auditbeat_dialect(),     &go_audit_dialect(),
    &ausearch_csv_dialect(),   &ausearch_text_dialect(), &enricher_dialect(),
    &sandbox_dialect(),        &logcat_dialect(),        &capture_dialect(),
    &creport_dialect(),        &ltrace_dialect(),        &lurk_dialect(),
    &perf_trace_dialect(),     &gvisor_dialect(),        &sysdig_dialect(),
    &bpftrace_dialect(),       &gadget_dialect(),        &gdb_dialect(),
    &json_documents_dialect(), &strace_dialect(),        &wrapped_strace_dialect(),
    &wrapped_dialect(),        &wrapped_json_dialect(),  &engine_errors_dialect(),
    &store_dialect(),
};

}  // namespace

std::span<const Dialect* const> all_dialects() { return kDialects; }

const Dialect* find_dialect(std::string_view name) {
  for (const Dialect* dialect : kDialects) {
    if (dialect->name() == name) return dialect;
  }
  return nullptr;
}

namespace {

Sniffed sniff_plain(std::string_view text) {
  constexpr std::size_t kWindow = 400, kMaxLineBytes = 8192;
  std::vector<std::string_view> lines;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, std::min(end, kMaxLineBytes));
    if (!line.empty() && line != "\r")
      lines.push_back(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const std::span<const std::string_view> all(lines);
  Sniffed best;
  for (std::size_t from = 0; from < all.size() && best.dialect == nullptr; from += kWindow) {
    const auto window = all.subspan(from, std::min(kWindow, all.size() - from));
    best.looked_at += window.size();
    for (const Dialect* dialect : kDialects) {
      const std::size_t recognised = dialect->recognise(window);
      if (recognised <= best.recognised) continue;
      best.dialect = dialect;
      best.recognised = recognised;
    }
    if (best.dialect == nullptr || !best.dialect->traits().wraps_anything) continue;
    const std::size_t wrapped = wrapped_strace_dialect().recognise(window);
    if (wrapped * 4 < best.recognised) continue;
    best.dialect = &wrapped_strace_dialect();
    best.recognised = wrapped;
  }
  if (best.dialect != nullptr) best.others = others_beside(*best.dialect, all, kDialects);
  return best;
}

}  // namespace

Sniffed sniff(std::string_view text) {
  Sniffed given = sniff_plain(text);
  if (text.find("\x1b[") == std::string_view::npos) return given;
  // grep and terminals colour any word of a line.
  Sniffed plain = sniff_plain(without_colours(text));
  if (plain.recognised < given.recognised || plain.dialect == nullptr) return given;
  plain.coloured = true;
  return plain;
}

}  // namespace medic::parsers
