// One profile for each container, or program, of a recording, and what sharing one would cost.
#pragma once

#include <string>
#include <vector>

#include "attribute/attribution.h"
#include "repair/repair.h"

namespace medic::repair {

enum class Per : std::uint8_t { Container, Exe, Comm };

struct Part {
  std::string
      name;  // of the container or program; "unattributed" for what nothing lays to a container
  std::string file_name;  // made of letters, digits, `.`, `_` and `-`; different for each part
  Synthesis made;
  std::vector<std::string>
      spare;  // what a profile shared by all parts would permit and this one does not need
};

struct Parts {
  std::vector<Part> parts;       // by name
  std::size_t shared_calls = 0;  // that a shared profile would permit
};

// Fails where one part cannot be synthesized; the problem names it.
Result<Parts> synthesize_parts(const ledger::Ledger& ledger, const attribute::Attribution& owners,
                               Per per, const std::pair<kernel::Arch, SynthesisOptions>& how);

}  // namespace medic::repair
