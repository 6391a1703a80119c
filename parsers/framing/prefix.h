// What stands before a record in a text log: syslog (RFC 3164 and 5424), journalctl's short forms,
// dmesg, printk caller ids, Kubernetes (CRI) node logs, logcat. Looks at the text before the record
// only; the record itself is somebody else's.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/event.h"

namespace medic::parsers::framing {

struct Prefix {
  std::string_view host;
  std::string_view tag;   // syslog tag without its [pid] and colon
  std::int64_t pid = -1;  // in the tag's brackets
  model::Time time;
  // Anyone: a container's output, a syslog facility or a tag that is not the kernel's, or the
  // kernel's name with a process number.
  model::Provenance provenance = model::Provenance::Kernel;
  bool adjoining = true;  // nothing but stamps stands between the tag and the record
};

// prefix: the line up to where the record begins (`audit: type=…`, `type=…`, `SECCOMP …`).
Prefix read_prefix(std::string_view prefix);

// May a line of this tag carry the kernel's own words? A record in the middle of some other
// program's message is that program's text, not the kernel's.
bool speaks_for_kernel(const Prefix& prefix);

// The line without mail's `> ` quotes and indentation.
std::string_view unquote_mail(std::string_view line);

}  // namespace medic::parsers::framing
