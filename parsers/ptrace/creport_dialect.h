// slim (docker-slim) container reports, creport.json: which calls a container made, and how often.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& creport_dialect();

}  // namespace medic::parsers
