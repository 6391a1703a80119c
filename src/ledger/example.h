// What is kept of the line that an event stood in.
#pragma once

#include "ledger/observation.h"

namespace medic::ledger {

// At most so many bytes of it.
inline Example example_of(const model::Event& event, std::size_t most) {
  return {event.origin, event.time, std::string(event.line.substr(0, most))};
}

}  // namespace medic::ledger
