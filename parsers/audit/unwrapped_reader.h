// Gives meaning to what an framing unwrapped: the task's label first, then its records with their
// companions.
#pragma once

#include "parsers/audit/record_reader.h"
#include "parsers/framing/unwrapped.h"

namespace medic::parsers::audit {

// Reads what was unwrapped off one line or block. Does not touch the account.
Reading read_unwrapped(const framing::Unwrapped& unwrapped, const Place& place,
                       const WholeEvents& events);

}  // namespace medic::parsers::audit
