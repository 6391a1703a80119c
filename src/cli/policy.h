// What repair and synthesize may and may not permit, and where their profile goes.
#pragma once

#include "cli/session.h"
#include "repair/repair.h"

namespace medic::cli {

// Where an answer goes, and in which form.
using DeliveryOptions =
    Options<OutputOptions, InPlaceOptions, FormatOptions, FindingsOptions, PolicyOptions>;

Result<repair::Options> policy_of(const PolicyOptions& args, const profile::Context& context);

// Says on stderr that nothing was written because the proof failed. Returns kDenials.
int refuse_unproven(const repair::Verification& proof);

// Sends the new profile, its diff, or the report where the options say; the explanation to stderr.
// Nothing is written, and stderr says why, where the proof failed and --write-unproven is not
// given. Returns an exit code: kDone when that was done.
int deliver(const DeliveryOptions& args, const report::RepairReport& report,
            const std::string& old_text, const std::string& old_path);

}  // namespace medic::cli
