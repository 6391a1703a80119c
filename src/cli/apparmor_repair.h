// repair --apparmor: AppArmor denials become rules of the profile's own text.
#pragma once

#include "cli/commands.h"

namespace medic::cli {

int repair_apparmor(const RepairOptions& args);

}  // namespace medic::cli
