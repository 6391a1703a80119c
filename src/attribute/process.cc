#include "attribute/process.h"

namespace medic::attribute {

Phase after(Phase before, Phase later) {
  const bool filtered = before == Phase::Filtered || before == Phase::FilteredExec;
  switch (later) {
    case Phase::Start: return before;
    case Phase::Exec: return filtered ? Phase::FilteredExec : Phase::Exec;
    case Phase::Filtered:
      return before == Phase::FilteredExec ? Phase::FilteredExec : Phase::Filtered;
    case Phase::FilteredExec: return Phase::FilteredExec;
  }
  return later;
}

}  // namespace medic::attribute
