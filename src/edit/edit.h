// Changes to a profile's own text: as few lines as its style allows; key order, indentation,
// comment keys and line endings stay.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "edit/text_edit.h"

namespace medic::profile {

// The whole new text. All indices refer to the profile as read; the edits do not see each other.
// Fails when the carrier cannot be edited (docker inspect).
Result<std::string> apply(const Profile& profile, const std::vector<TextEdit>& edits);

// A whole profile's text, 2-space indentation as in Docker's, for profiles that did not exist
// before.
std::string write_profile(const NewProfile& profile);

// A unified diff (3 lines of context) that patch(1) applies; empty when the texts are equal.
std::string unified_diff(std::string_view before, std::string_view after,
                         std::string_view before_name, std::string_view after_name);

}  // namespace medic::profile
