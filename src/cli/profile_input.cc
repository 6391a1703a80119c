#include "cli/profile_input.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "io/reader.h"
#include "edit/edit.h"
#include "policy/program_check.h"

namespace medic::cli {

Result<Form> form_of(const FormatOptions& args) {
  const std::string name = args.format.value_or("text");
  if (name == "text") return Form::Text;
  if (name == "json") return Form::Json;
  return usage_failure<Form>(fmt::format("unknown --format '{}'", name), "text or json");
}

Result<std::vector<profile::Profile>> open_profiles(const WhereOptions& args,
                                                    const std::vector<std::string>& paths) {
  std::vector<profile::Profile> out;
  if (std::count(paths.begin(), paths.end(), "-") > 1)
    return usage_failure<std::vector<profile::Profile>>("standard input can be read once only");
  const auto context = context_of(args);
  if (!context) return fail(context.error());
  for (const std::string& path : paths) {
    Problems notes;
    auto profile = load_profile(path, notes, context->arch);
    if (!profile) return fail(std::move(profile.error()));
    if (auto notice = profile::program_notice(*profile, *context))
      notes.push_back(std::move(*notice));
    tell(notes, args);
    out.push_back(std::move(*profile));
  }
  return out;
}

Result<profile::Context> context_for(const WhereOptions& args,
                                     const std::vector<profile::Profile>& profiles) {
  auto context = context_of(args);
  if (!context) return context;
  const auto named =
      std::find_if(profiles.begin(), profiles.end(), [](const profile::Profile& each) {
        return each.architectures && !each.architectures->empty();
      });
  const auto native = machine_of(args, named == profiles.end() ? nullptr : &*named);
  if (!native) return fail(native.error());
  context->arch = *native;
  return context;
}

int deliver_profile(const OutputOptions& args, const std::string& text) {
  const std::string to = args.output.value_or("-");
  if (to == "-") return print(text);
  const auto written = io::write_atomically(to, text, "");
  return written ? kDone : refuse(written.error());
}

Problem no_file_of_its_own(const profile::Profile& profile) {
  return usage_problem(
      profile.read_as == "built-in"
          ? fmt::format("{} is a built-in profile: there is no file to replace", profile.path)
          : fmt::format("{} is no JSON profile ({}): it is not replaced", profile.path,
                        profile.read_as),
      "-o FILE");
}

int print_diff(const std::string& diff, const CommonOptions& args) {
  Options<> common;
  static_cast<CommonOptions&>(common) = args;
  if (!style_of(common).color) return print(diff);
  std::string out;
  for (const std::string_view line : split(diff, '\n')) {
    const std::string_view code = line.starts_with("@@")                               ? "36"
                                  : line.starts_with("---") || line.starts_with("+++") ? "1"
                                  : line.starts_with('+')                              ? "32"
                                  : line.starts_with('-')                              ? "31"
                                                                                       : "";
    out += code.empty() ? std::string(line) : fmt::format("\x1b[{}m{}\x1b[0m", code, line);
    out += '\n';
  }
  out.pop_back();  // split gives one piece more than there are line ends
  return print(out);
}

int deliver_changed(const TargetOptions& args, const profile::Profile& old,
                    const std::string& text) {
  if (args.in_place && !old.read_as.empty()) return refuse(no_file_of_its_own(old));
  if (args.in_place && text != old.text) {
    const auto written = io::write_atomically(old.path, text, "~");
    if (!written) return refuse(written.error());
  }
  if (args.output.has_value() && args.output.value_or("") != "-") {
    if (const int code = deliver_profile(args, text); code != kDone) return code;
  }
  if (args.diff)
    return print_diff(
        profile::unified_diff(old.text, text, old.path,
                              args.output.has_value() && args.output.value_or("") != "-"
                                  ? args.output.value_or("")
                                  : old.path),
        args);
  return args.in_place || (args.output.has_value() && args.output.value_or("") != "-")
             ? kDone
             : print(text);
}

Result<void> check_target(const TargetOptions& args, const std::string& path) {
  if (args.in_place && (args.output.has_value() || path == "-"))
    return usage_failure<void>(
        "--in-place replaces the profile's own file: it goes with neither -o nor a profile from "
        "standard input");
  return {};
}

Problem log_for_profile(const std::string& path, const std::string& why) {
  Problem problem;
  problem.file = path == "-" ? "<stdin>" : path;
  problem.text = fmt::format("this is a log, not a profile: {}", why);
  problem.hint = fmt::format("seccomp-medic diagnose {}", path);
  return problem;
}

void say_notes(const std::vector<std::string>& notes, const CommonOptions& args) {
  for (const std::string& note : notes)
    say(fmt::format("note: {}\n", escape_for_terminal(note)), args);
}

}  // namespace medic::cli
