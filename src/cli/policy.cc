#include "cli/policy.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/text.h"
#include "io/reader.h"
#include "edit/edit.h"

namespace medic::cli {
namespace {

// Names a person typed: a misspelt one would silently do nothing.
Result<std::set<std::string>> names_of(const std::vector<std::string>& typed, std::string_view option) {
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
Result<std::vector<std::string>> never_list(const Arguments& args) {
  std::vector<std::string> out;
  for (const std::string& each : args.list("never")) {
    struct stat status {};
    const bool is_file = kernel::find_name(each) == kernel::kNoName && stat(each.c_str(), &status) == 0;
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

Result<repair::Options> policy_of(const Arguments& args, const profile::Context& context) {
  repair::Options out;
  out.context = context;
  out.companions = args.has("companions");
  out.narrow_args = !args.has("all-args");
  auto never = never_list(args);
  if (!never) return fail(std::move(never.error()));
  for (const auto& [option, typed, to] : {std::tuple{"override", args.list("override"), &out.overrides},
                                          {"accept-risk", args.list("accept-risk"), &out.accept_risk},
                                          {"never", *never, &out.never}}) {
    auto names = names_of(typed, option);
    if (!names) return fail(std::move(names.error()));
    *to = std::move(*names);
  }
  return out;
}

int deliver(const Arguments& args, const report::RepairReport& report, const std::string& old_text, const std::string& old_path) {
  const auto renderer = renderer_of(args);
  if (!renderer) return refuse(renderer.error());
  const bool json = (*renderer)->name != "text";
  const bool to_file = args.has("output") || args.has("in-place");
  if (!json) say((*renderer)->repair(report, style_of(args)), args);
  if (args.has("quiet") && !report.complete) {
    for (const repair::Refused& each : *report.refused) {
      const std::string line = "seccomp-medic: not added: " + escape_for_terminal(each.text) + "\n";
      if (each.leaves_denial) std::fwrite(line.data(), 1, line.size(), stderr);
    }
  }
  const bool unchanged = report.profile_text == old_text;
  if (to_file && !(args.has("in-place") && unchanged)) {
    const std::string target = args.has("in-place") ? old_path : args.value("output");
    const auto written = io::write_atomically(target, report.profile_text, args.has("in-place") ? "~" : "");
    if (!written) return refuse(written.error());
  }
  if (args.has("diff")) {
    const std::string after = args.has("output") && args.value("output") != "-" ? args.value("output") : old_path;
    return print(profile::unified_diff(old_text, report.profile_text, old_path, after));
  }
  if (json) return print((*renderer)->repair(report, style_of(args)));
  return to_file ? kDone : print(report.profile_text);
}

}  // namespace medic::cli
