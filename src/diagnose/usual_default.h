// What container engines deny by default.
#pragma once

#include <memory>
#include <vector>

#include "diagnose/case.h"

namespace medic::diagnose {

// Would an engine's default profile refuse it to a container with the usual capabilities? The
// newest one's, or that of the release that distributions still ship. Read where first asked.
class UsualDefault {
 public:
  bool denies(const Group& group);

 private:
  void read();

  std::vector<std::unique_ptr<profile::Profile>> profiles_;
  std::vector<std::unique_ptr<ProfileInUse>> in_use_;
};

}  // namespace medic::diagnose
