// What permits a refused access in AppArmor's and in SELinux's own language.
#pragma once

#include "diagnose/finding.h"

namespace medic::diagnose {

// A field of an audit record: `name="a b"` or `name=a`, with hex values decoded where the kernel
// writes untrusted text so. Empty when absent.
std::string record_field(std::string_view record, std::string_view key);

// The line that belongs into the AppArmor profile, with its comma; empty where it cannot be known
// from the record.
std::string apparmor_rule(const ledger::LayerDenial& denial, std::string_view record);
Remedy apparmor_remedy(const ledger::LayerDenial& denial, std::string_view record);
Remedy selinux_remedy(const ledger::LayerDenial& denial);

}  // namespace medic::diagnose
