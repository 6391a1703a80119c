// Whose a process is, how sure that is, and which evidence says so.
#pragma once

#include <string>
#include <vector>

#include "model/event.h"

namespace medic::attribute {

// A container, a pod's container, or a unit of the host. Empty texts are not known.
struct Owner {
  std::string id;  // as the engine has it: 64 hex digits, or the name given to runc
  std::string name;
  std::string image;
  std::string pod;   // a pod's name, or its uid where nothing said the name
  std::string unit;  // systemd's
  std::string
      engine;  // "docker", "podman", …; "systemd" for a unit of the host, which is no container
  model::Certainty certainty = model::Certainty::Suspected;
  std::string reason;                       // a clause that names the evidence
  std::vector<std::string> contradictions;  // other evidence that says otherwise
  std::vector<std::string> remarks;         // what side files say of it that bears on its filter
  std::string key;                          // equal for equal owners, whatever evidence said them

  bool is_container() const { return engine != "systemd"; }
};

}  // namespace medic::attribute
