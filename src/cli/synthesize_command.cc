#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/policy.h"
#include "io/reader.h"
#include "repair/synthesize_parts.h"

namespace medic::cli {
namespace {

// With a base the recording is what a repair's denials are: asks that its rules decide upon.
int extend(const SynthesizeOptions& args, Analysis& analysis, const repair::Options& policy,
           const std::string& path) {
  const auto observed = repair::observed_calls(analysis.read->ledger, analysis.assumed_arch);
  const profile::Profile& base = *analysis.profile;
  auto made = repair::repair(base, observed, {}, observed, policy);
  if (!made) return refuse(made.error());
  // What the base denies on purpose is not a failure of the synthesis: it is said, and stays.
  const bool proven = made->verification.holds();
  report::RepairReport report{&made->added, &made->refused, &made->verification, &made->notes,
                              nullptr,      made->text,     base.path,           proven};
  report.narrowed = &made->narrowed;
  report.old_text = base.text;
  if (const int delivered = deliver(args, report, base.text, path); delivered != kDone)
    return delivered;
  return proven ? kDone : kDenials;
}

Result<repair::Per> per_of(const SynthesizeOptions& args) {
  const std::string what = args.per.value_or("");
  if (!args.output.has_value() || args.output.value_or("") == "-")
    return usage_failure<repair::Per>("--per writes several profiles", "-o FOLDER: where they go");
  if (what == "container") return repair::Per::Container;
  if (what == "exe") return repair::Per::Exe;
  if (what == "comm") return repair::Per::Comm;
  return usage_failure<repair::Per>(fmt::format("unknown --per '{}'", what),
                                    "container, exe or comm");
}

// What each part needs, and what it would be permitted beyond that if all shared one profile.
std::string width_text(const repair::Parts& parts, const std::string& folder) {
  std::string out = fmt::format("{} profiles in {}; one for all would permit {} calls.\n",
                                parts.parts.size(), folder, parts.shared_calls);
  for (const repair::Part& part : parts.parts) {
    const std::size_t calls = parts.shared_calls - part.spare.size();
    out += fmt::format("  {}: {} call{}, in {}", part.name, calls, calls == 1 ? "" : "s",
                       part.file_name);
    if (!part.spare.empty())
      out += fmt::format("; a shared one would permit {} more: {}", part.spare.size(),
                         fmt::join(part.spare, ", "));
    if (!part.made.complete()) out += "; not everything that was seen is permitted";
    out += '\n';
  }
  std::string safe;
  for (const std::string_view line : split(out, '\n')) {
    if (!line.empty()) safe += escape_for_terminal(line) + "\n";
  }
  return safe;
}

int write_parts(const SynthesizeOptions& args, const Analysis& analysis,
                const repair::SynthesisOptions& options) {
  const auto per = per_of(args);
  if (!per) return refuse(per.error());
  const auto parts = repair::synthesize_parts(analysis.read->ledger, *analysis.owners, *per,
                                              {analysis.assumed_arch, options});
  if (!parts) return refuse(parts.error());
  const std::string folder = args.output.value_or("");
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);  // where that fails, the first file says
  bool complete = true;
  for (const repair::Part& part : parts->parts) {
    if (const auto written =
            io::write_atomically(folder + "/" + part.file_name, part.made.text, "");
        !written)
      return refuse(written.error());
    complete = complete && part.made.complete();
  }
  say(width_text(*parts, folder), args);
  return complete ? kDone : kDenials;
}

}  // namespace

int run_synthesize(const SynthesizeOptions& args) {
  const auto runtimes = runtimes_of(args);
  if (!runtimes) return refuse(runtimes.error());
  RequestOptions for_one = args;  // the context is one runtime's
  if (!args.runtimes.empty())
    for_one.runtime =
        profile::name(runtimes->oci.empty() ? profile::Runtime::None : runtimes->oci.front());
  auto request = request_of(for_one);
  if (!request) return refuse(request.error());
  request->profile_path = args.base.value_or("");
  request->findings = false;
  if (args.per.has_value() && args.base.has_value())
    return refuse(usage_problem("--per makes new profiles: it goes with no --base"));
  auto policy = policy_of(args, request->context);
  if (!policy) return refuse(policy.error());
  auto analysis = walk_once(*request, args);
  if (!analysis) return refuse(analysis.error());
  if (const int given = tell((*analysis)->problems, args); given != kDone) return given;
  if (args.base.has_value()) return extend(args, **analysis, *policy, request->profile_path);

  repair::SynthesisOptions options;
  options.repair = std::move(*policy);
  options.runtimes = runtimes->oci;
  options.init_helper = runtimes->init_helper;
  // Who asks for the application's calls does not ask for the runtime's, unless he names one.
  const bool without_runtime = request->scope.phase == ledger::PhaseWanted::App ||
                               request->scope.phase == ledger::PhaseWanted::Executed;
  if (without_runtime && args.runtimes.empty()) options.runtimes.clear();
  options.narrow_args = !args.all_args;
  if (args.per.has_value()) return write_parts(args, **analysis, options);
  auto made = repair::synthesize((*analysis)->read->ledger, (*analysis)->assumed_arch, options);
  if (!made) return refuse(made.error());
  report::RepairReport report{&made->added, &made->refused,  &made->verification,
                              &made->notes, nullptr,         made->text,
                              "",           made->complete()};
  report.narrowed = &made->narrowed;
  if (const int delivered = deliver(args, report, "", "/dev/null"); delivered != kDone)
    return delivered;
  say_left_out(**analysis, args);
  return made->complete() ? kDone : kDenials;
}

}  // namespace medic::cli
