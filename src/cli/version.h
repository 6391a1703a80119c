// What --version says: the program's version and commit, and how new the facts are that it carries.
#pragma once

#include <string>

namespace medic::cli {

// Several lines; ends in a newline.
std::string version_text();

}  // namespace medic::cli
