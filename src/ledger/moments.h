// Which of two comes first, in time and in the input.
#pragma once

#include <tuple>

#include "model/event.h"

namespace medic::ledger {

inline bool earlier(const model::Time& a, const model::Time& b) {
  if (a.basis == model::Time::Basis::None) return false;
  return b.basis == model::Time::Basis::None || a.ns < b.ns;
}

inline bool before(const model::Origin& a, const model::Origin& b) {
  return std::tie(a.input, a.line) < std::tie(b.input, b.line);
}

// first to last comes to hold from to to as well.
inline void widen(model::Time& first, model::Time& last, const model::Time& from,
                  const model::Time& to) {
  if (earlier(from, first)) first = from;
  if (to.basis != model::Time::Basis::None &&
      (last.basis == model::Time::Basis::None || to.ns > last.ns))
    last = to;
}

}  // namespace medic::ledger
