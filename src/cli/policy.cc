#include "cli/policy.h"

#include "cli/profile_input.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/text.h"
#include "io/reader.h"
#include "edit/edit.h"
#include "profile_source.h"

namespace medic::cli {
namespace {

// Names a person typed: a misspelt one would silently do nothing.
Result<std::set<std::string>> names_of(const std::vector<std::string>& typed,
                                       std::string_view option) {
  std::set<std::string> out;
  for (const std::string& name : typed) {
    if (kernel::find_name(name) == kernel::kNoName) {
      const auto nearest = kernel::nearest_names(name, 1);
      return usage_failure<std::set<std::string>>(
          fmt::format("--{} names '{}', which is no system call", option, name),
          nearest.empty() ? "" : fmt::format("did you mean {}?", kernel::name_of(nearest.front())));
    }
    out.insert(name);
  }
  return out;
}

// A list on the command line, or a file with one name a line and # comments.
Result<std::vector<std::string>> never_list(const PolicyOptions& args) {
  std::vector<std::string> out;
  for (const std::string& each : split_at_commas(args.never)) {
    struct stat status {};
    const bool is_file =
        kernel::find_name(each) == kernel::kNoName && stat(each.c_str(), &status) == 0;
    if (!is_file) {
      out.push_back(each);
      continue;
    }
    auto text = io::read_file(each, std::size_t{1} << 20);
    if (!text) return fail(std::move(text.error()));
    for (std::string_view line : split(*text, '\n')) {
      line = trim(line.substr(0, line.find('#')));
      if (!line.empty()) out.emplace_back(line);
    }
  }
  return out;
}

}  // namespace

Result<repair::Options> policy_of(const PolicyOptions& args, const profile::Context& context) {
  repair::Options out;
  if (args.arguments && args.all_args)
    return usage_failure<repair::Options>("--arguments and --all-args exclude each other",
                                          "name one of them");
  if (args.arguments) out.choices = repair::Choices::OnRequest;
  out.context = context;
  out.companions = args.companions;
  out.narrow_args = !args.all_args;
  out.force = args.force;
  out.trust_output = args.trust.has_value();
  auto never = never_list(args);
  if (!never) return fail(std::move(never.error()));
  for (const auto& [option, typed, to] :
       {std::tuple{"override", split_at_commas(args.override), &out.overrides},
        {"accept-risk", split_at_commas(args.accept_risk), &out.accept_risk},
        {"never", *never, &out.never}}) {
    auto names = names_of(typed, option);
    if (!names) return fail(std::move(names.error()));
    *to = std::move(*names);
  }
  if (args.within.has_value()) {
    Problems notes;
    auto bound = load_profile(args.within.value_or(""), notes, context.arch);
    if (!bound) return fail(std::move(bound.error()));
    out.within = std::make_shared<const profile::Profile>(std::move(*bound));
  }
  return out;
}

namespace {

// Said with -q, too: the file that was asked for is not there, or as it was.
void warn_unproven(const repair::Verification& proof) {
  std::string why = "the compiled program does something else than the profile says";
  if (!proof.beyond.empty())
    why = fmt::format(
        "it permits {}{}, which {} does not (--within)", proof.beyond.front(),
        proof.beyond.size() == 1 ? "" : fmt::format(" and {} more", proof.beyond.size() - 1),
        proof.within);
  for (const auto* list :
       {&proof.disagreements, &proof.lost, &proof.errno_flips, &proof.unexpected}) {
    if (list->empty()) continue;
    why = list->front();
    break;
  }
  const bool is_harsher = proof.lost.empty() && proof.errno_flips.empty() &&
                          proof.disagreements.empty() && proof.unexpected.empty() &&
                          proof.beyond.empty() && !proof.harsher.empty();
  if (is_harsher)
    why = "--override would leave other arguments to a harsher answer: " + proof.harsher.front();
  const std::string line = fmt::format(
      "seccomp-medic: error: nothing was written: {}{}\n  fix: {}\n",
      is_harsher ? "" : "the proof failed: ", escape_for_terminal(why),
      is_harsher ? "--force takes the harsher answer" : "--write-unproven writes it all the same");
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

int refuse_unproven(const repair::Verification& proof) {
  warn_unproven(proof);
  return kDenials;
}

int deliver(const DeliveryOptions& args, const report::RepairReport& report,
            const std::string& old_text, const std::string& old_path) {
  const auto renderer = renderer_of(
      args, report.findings != nullptr ? report::Answer::Repair : report::Answer::Synthesis);
  if (!renderer) return refuse(renderer.error());
  const bool json = (*renderer)->name != "text";
  const bool to_file = args.output.has_value() || args.in_place;
  if (!json) say(render(**renderer, report, style_of(args)), args);
  if (args.quiet && !report.complete) {
    for (const repair::Refused& each : *report.refused) {
      const std::string line = "seccomp-medic: not added: " + escape_for_terminal(each.text) + "\n";
      if (each.leaves_denial) std::fwrite(line.data(), 1, line.size(), stderr);
    }
  }
  const bool unchanged = report.profile_text == old_text;
  if (!unchanged && !args.write_unproven && !report.verification->holds()) {
    warn_unproven(*report.verification);
    return json ? print(render(**renderer, report, style_of(args))) : kDone;
  }
  if (to_file && !(args.in_place && unchanged)) {
    const std::string target = args.in_place ? old_path : args.output.value_or("");
    const auto written =
        io::write_atomically(target, report.profile_text, args.in_place ? "~" : "");
    if (!written) return refuse(written.error());
  }
  if (args.diff) {
    const std::string after = args.output.has_value() && args.output.value_or("") != "-"
                                  ? args.output.value_or("")
                                  : old_path;
    return print_diff(profile::unified_diff(old_text, report.profile_text, old_path, after), args);
  }
  if (json) return print(render(**renderer, report, style_of(args)));
  return to_file ? kDone : print(report.profile_text);
}

}  // namespace medic::cli
