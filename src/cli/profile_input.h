// What the commands on profiles share: profiles opened in their context, verdicts and calls written
// down, a profile delivered.
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"
#include "policy/evaluate.h"
#include "report/json_parts.h"

namespace medic::cli {

// Where a profile goes.
using TargetOptions = Options<OutputOptions, InPlaceOptions>;

enum class Form : std::uint8_t { Text, Json };
Result<Form> form_of(const FormatOptions& args);

// What reading them had to say is reported. "-" may stand once.
Result<std::vector<profile::Profile>> open_profiles(const WhereOptions& args,
                                                    const std::vector<std::string>& paths);
// The context of the command line; its machine is --arch, else the first that a profile names.
Result<profile::Context> context_for(const WhereOptions& args,
                                     const std::vector<profile::Profile>& profiles);

using report::dump;
using report::example_text;
using report::verdict_json;

// To -o FILE, else to standard output. Returns an exit code.
int deliver_profile(const OutputOptions& args, const std::string& text);
// To -o FILE, to the profile's own file (--in-place), as a diff (--diff), else to standard output.
// Nothing is written in place where nothing changed.
int deliver_changed(const TargetOptions& args, const profile::Profile& old,
                    const std::string& text);
// A unified diff; coloured as --color says.
int print_diff(const std::string& diff, const CommonOptions& args);
// --in-place for a profile that stands in no JSON file.
Problem no_file_of_its_own(const profile::Profile& profile);
// --in-place beside -o or standard input, as a Problem.
Result<void> check_target(const TargetOptions& args, const std::string& path);

// A log where a profile is wanted; `why` it is taken for one.
Problem log_for_profile(const std::string& path, const std::string& why);

// "note: …" on stderr, a line each.
void say_notes(const std::vector<std::string>& notes, const CommonOptions& args);

}  // namespace medic::cli
