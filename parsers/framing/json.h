// Audit records in JSON, one object a line: the event classes of journald, laurel, auditbeat and
// go-libaudit, go-audit, and loggers that wrap a text line. The only code here that includes
// nlohmann's parser.
#pragma once

#include <optional>
#include <string_view>

#include "parsers/framing/flat_json.h"
#include "parsers/framing/unwrapped.h"

namespace medic::parsers::framing {

// The object that a line is, or that a line ends with behind syslog's, a container runtime's or
// journalctl's (json-seq, json-sse) prefix; also a member of a pretty-printed one, `  "msg": "…",`,
// where its text may be a log's line. Empty where there is none.
struct ObjectInLine {
  std::string_view text;
  std::string_view prefix;
  bool is_member = false;  // to be read as `{text}`
};
ObjectInLine object_in(std::string_view line);

// Each reads one object's text. Foreign: valid JSON of another event class, or nothing of interest;
// Damaged: no JSON.
Unwraping unwrap_journal_json(std::string_view text, Unwrapped& out);
// The same for an entry written in the plainest way, at speed. Nothing: it has to be unwrapped by
// the other, whatever it is. object: to be used again and again.
std::optional<Unwraping> unwrap_flat_journal_json(std::string_view text, FlatObject& object,
                                                  Unwrapped& out);
Unwraping unwrap_laurel(std::string_view text, Unwrapped& out);
Unwraping unwrap_auditbeat(std::string_view text, Unwrapped& out);
Unwraping unwrap_go_audit(std::string_view text, Unwrapped& out);
// Docker's json-file, Kubernetes, fluentd, vector: an object whose log, message, MESSAGE or msg is
// a line of a log.
Unwraping unwrap_wrapped_line(std::string_view text, Unwrapped& out);
// The same, whatever the line is about.
Unwraping unwrap_any_line(std::string_view text, Unwrapped& out);

}  // namespace medic::parsers::framing
