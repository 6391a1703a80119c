// What sandboxes say themselves when their filter was hit: minijail, Chromium and Firefox, nsjail,
// OpenSSH, Tor, cjdns, and systemd of a service.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& sandbox_dialect();

}  // namespace medic::parsers
