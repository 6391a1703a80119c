// Where in a JSON file the profile stands: the file itself, a runtime's config.json, or what an
// engine's inspect prints.
#pragma once

#include <optional>

#include "profile/json_text.h"
#include "profile/profile.h"

namespace medic::profile {

struct Found {
  NodeId node = 0;  // the profile's object; with `inner` the string that holds its text
  Carrier carrier = Carrier::Bare;
  std::optional<JsonText> inner;  // the profile's own JSON, where the file holds it as a string
};

// The engine ("docker" or "podman") under whose default profile the container of an inspect output
// runs: one that is not privileged and asks for no profile. Empty for anything else.
std::string default_engine_of(const std::string& text);

// Fails where the file says that there is no profile (unconfined, privileged), only names one by
// path, or holds several.
Result<Found> find_profile(const JsonText& json);

// A profile that an inspect output holds as a string, as a document of its own: it can be edited,
// and written to another file. Any other profile as it is.
Result<Profile> taken_out(Profile profile);

}  // namespace medic::profile
