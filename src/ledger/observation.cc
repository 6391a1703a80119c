#include "ledger/observation.h"

#include "ledger/moments.h"

namespace medic::ledger {

Observation::Examples Observation::examples() const {
  Examples out;
  for (const ShapeExample& each : class_->examples) {
    if (each.process != counter_->process) continue;
    // A segment that did not know its program yet may have kept another's text instead of this
    // process's first.
    if (out.size() == 0 && before(counter_->origin(), each.example.origin))
      out.add({counter_->origin(), counter_->first(), {}});
    if (out.size() < kMaxExamples)
      out.add({each.example.origin, each.example.time, each.example.text});
  }
  if (out.size() == 0) out.add({counter_->origin(), counter_->first(), {}});
  return out;
}

model::Origin Observation::place() const {
  model::Origin out = counter_->origin();
  for (const ShapeExample& each : class_->examples) {
    if (each.process == counter_->process && !before(out, each.example.origin))
      out = each.example.origin;
  }
  return out;
}

}  // namespace medic::ledger
