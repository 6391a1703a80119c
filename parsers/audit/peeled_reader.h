// Gives meaning to what an envelope peeled: the task's label first, then its records with their companions.
#pragma once

#include "parsers/audit/record_reader.h"
#include "parsers/envelope/peeled.h"

namespace medic::parsers::audit {

// Reads what was peeled off one line or block. Does not touch the account.
Reading read_peeled(const envelope::Peeled& peeled, const Place& place, const WholeEvents& events);

}  // namespace medic::parsers::audit
