// The difference of two JSON texts as an RFC 6902 patch, for pipelines that keep profiles as data
// (kubectl patch, kustomize, jsonpatch).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace medic::repair {

// Applied to `before` parsed, the patch gives `after` parsed; where that does not come true, the
// patch replaces the whole. Before a rule is changed, its action is tested: a patch of another
// version of the profile fails instead of permitting a call to the wrong rule. Object members are
// compared without regard to their order. Ends in a newline. Fails where one of them is no JSON.
Result<std::string> json_patch(std::string_view before, std::string_view after);

}  // namespace medic::repair
