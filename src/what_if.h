// Yesterday's trace, replayed under tomorrow's runtime, libseccomp, kernel and libc: what would be
// denied, answered differently, or called anew.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis.h"
#include "report/what_if_report.h"
#include "tomorrow.h"

namespace medic {

// Which arguments the libc's rows look at: to be kept apart while the logs are read.
std::vector<std::pair<kernel::NameId, std::uint8_t>> arguments_of(const kernel::LibcRelease& libc);

// The analysis must have a profile. Fails where the profile cannot be used under that context.
Result<report::WhatIfReport> foresee(const Analysis& analysis, const Tomorrow& tomorrow);

// Those that the profile denies tomorrow whatever their arguments are.
std::set<std::string> denied_among(const Analysis& analysis, const Tomorrow& tomorrow,
                                   const std::vector<std::string>& calls, kernel::Arch arch);

}  // namespace medic
