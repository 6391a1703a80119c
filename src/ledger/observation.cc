#include "ledger/observation.h"

#include "ledger/moments.h"

namespace medic::ledger {

Observation::Examples Observation::examples() const {
  Examples out;
  for (const ShapeExample& each : shape_->examples) {
    if (each.life != cell_->life) continue;
    // A stretch that did not know its program yet may have kept another's text instead of this life's first.
    if (out.size() == 0 && before(cell_->origin(), each.example.origin)) out.add({cell_->origin(), cell_->first(), {}});
    if (out.size() < kMaxExamples) out.add({each.example.origin, each.example.time, each.example.text});
  }
  if (out.size() == 0) out.add({cell_->origin(), cell_->first(), {}});
  return out;
}

}  // namespace medic::ledger
