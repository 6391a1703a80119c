// --checkpoint: a command's place in logs that grow, taken up before reading and kept once its
// answer is delivered.
#pragma once

#include "cli/session.h"

namespace medic::cli {

class GrowingLogs {
 public:
  explicit GrowingLogs(CheckpointOptions args) : args_(std::move(args)) {}
  // Nothing without the option. The options then point into this object.
  Result<void> begin(ReadOptions& read);
  // To be called when the answer is out: what was read is not read again. Returns an exit code.
  int finish(const Checkpoint& reached);

 private:
  CheckpointOptions args_;
  Checkpoint former_;
};

}  // namespace medic::cli
