// auditbeat, go-libaudit, go-audit and laurel objects that somebody has pretty-printed: Kibana, jq,
// go-libaudit's own files.
#pragma once

#include "parsers/dialect.h"

namespace medic::parsers {

const Dialect& json_documents_dialect();

}  // namespace medic::parsers
