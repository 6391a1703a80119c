// What another tool's format is to us: a row with its reader and its writer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/evaluate.h"

namespace medic::profile {

// Who installs the filter: a container runtime, which adds runc's ENOSYS stub where it has one, or
// the format's own tool.
enum class Home : std::uint8_t { Runtime, Tool };

// What to make of a call that a format cannot hold as it is: conditions where it knows names only,
// a trap where it knows errnos only.
enum class Unsayable : std::uint8_t { Deny, Permit };

struct ForeignText {
  std::string text;  // of a BPF program its bytes
  std::string path;  // for messages
  kernel::Arch arch =
      kernel::Arch::Unknown;  // the machine, for the formats that do not name it; must be set
};

struct ForeignProfile {
  Profile profile;
  std::vector<std::string> notes;  // what the format says and a profile cannot, a sentence each
};

struct Conversion {
  const Profile& profile;
  const Evaluator& evaluator;  // of the profile, as it was in force
  Context context;             // where the output is to be in force
  std::string name;            // of the object or policy, where the format wants one
  Unsayable unsayable = Unsayable::Deny;
};

struct Converted {
  std::string text;
  std::vector<std::string>
      losses;  // a sentence each; empty: the output means the same in that context
};

struct Format {
  std::string_view name;
  std::string_view help;
  Home home = Home::Runtime;
  bool (*looks_like)(std::string_view text) = nullptr;  // nothing: known by its reader alone
  Result<ForeignProfile> (*read)(const ForeignText& source) = nullptr;  // nothing: cannot be read
  Result<Converted> (*write)(const Conversion& conversion) = nullptr;  // nothing: cannot be written
  bool readable_losses =
      true;  // reading the output back says every loss; else the writer knows them all
};

}  // namespace medic::profile
