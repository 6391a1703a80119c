// A repair in the terms of whoever has no profile file: an overlay over the built-in, a patch of
// the pod, compose file or quadlet that was given, flags of docker run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repair/repair.h"

namespace medic::cli {

struct GivenForm {
  std::string text;
  std::vector<std::string> notes;  // a sentence each
  bool is_patch = false;           // it names the file that holds the whole profile
};

// `given` is what --profile named, `old` the built-in that it led to, `profile_file` where the
// whole profile is written; empty: nowhere yet. Fails where the file can no longer be read.
Result<GivenForm> in_given_form(const std::string& given, const profile::Profile& old,
                                const repair::Repair& made, const std::string& profile_file);

}  // namespace medic::cli
