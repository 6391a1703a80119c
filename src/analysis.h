// The one-way road: logs → ledger → findings, one call a step. Beyond the first step no input is
// read.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attribute/attribution.h"
#include "diagnose/diagnose.h"
#include "ledger/scope.h"
#include "profile_source.h"
#include "read/inputs.h"

namespace medic {

struct Request {
  ReadOptions read;
  std::string profile_path;  // a file or a built-in's name (profile_source.h); empty: none; "auto":
                             // the built-in that fits the logs
  // Members of the context that somebody said: the others are open.
  bool runtime_known = false, libseccomp_known = false, caps_known = false;
  profile::Context context;  // context.arch unknown: resolved from the logs
  diagnose::Options filter;
  std::vector<std::string> inspect_files,
      snapshot_files;  // what is known of containers beside the logs
  // Arguments to be kept apart beside those that the profile tests: a mask a name.
  std::vector<std::pair<kernel::NameId, std::uint8_t>> arguments;
  ledger::Scope scope;             // what is asked about
  bool takes_profile_out = false;  // of an inspect output: it is to be edited
  bool check = false;              // replay instead of diagnosing: what would the profile deny?
  bool findings = true;  // false: what was observed is wanted alone, where no profile is given
};

// Everything that was read and found; later parts point into earlier ones, so it stays where it was
// made.
struct Analysis {
  ledger::InterestTable interest;
  std::optional<ReadResult> read;
  attribute::SideFacts side_facts;
  std::optional<attribute::Attribution> owners;
  std::optional<profile::Profile> profile;
  std::optional<diagnose::ProfileInUse> in_use;
  profile::Context
      context;  // the request's, with what the inputs tell of the runtime and the capabilities
  std::vector<diagnose::Assumption> assumptions;     // what of it had to give way to the log
  std::optional<diagnose::ProfileInUse> as_assumed;  // where something had to
  bool no_new_privs =
      false;  // an inspect output, or each process that the logs describe, says that it is set
  bool shows_a_start = false;  // the logs show the container's own program refused by the profile:
                               // it did start under it
  ledger::LeftOut left_out;    // by a choice of containers
  diagnose::Diagnosis diagnosis;
  kernel::Arch assumed_arch = kernel::Arch::Unknown;  // of calls whose architecture no line says
  Problems problems;                                  // of reading and of the profile, in order
};

// Fails only where the profile cannot be read; unreadable logs are problems of the road.
Result<std::unique_ptr<Analysis>> walk(const Request& request);

struct DigestMade {
  ledger::Digest digest;
  Checkpoint checkpoint;
  Problems problems;  // those of reading
};
// Logs and digests → one digest. Fails where the profile, whose tested arguments are kept apart,
// cannot be read.
Result<DigestMade> make_digest(const Request& request);

}  // namespace medic
