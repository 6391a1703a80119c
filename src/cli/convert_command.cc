#include <fmt/format.h>
#include <unistd.h>

#include <optional>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/profile_input.h"
#include "cli/session.h"
#include "io/reader.h"
#include "libseccomp/bpf.h"
#include "libseccomp/compile.h"
#include "convert/convert.h"
#include "repair/bane.h"

namespace medic::cli {
namespace {

constexpr std::size_t kLargest = std::size_t{16} << 20;

std::string names_of_formats() {
  std::string out;
  for (const profile::Format& format : profile::all_formats())
    out += fmt::format("{}{}", out.empty() ? "" : ", ", format.name);
  return out;
}

Result<const profile::Format*> format_named(const std::string& option, const std::string& name) {
  const profile::Format* format = profile::find_format(name);
  if (format == nullptr)
    return usage_failure<const profile::Format*>(fmt::format("unknown --{} '{}'", option, name),
                                                 "one of: " + names_of_formats());
  return format;
}

// What the user says, or what the text looks like, which is then said.
Result<const profile::Format*> input_format(const ConversionOptions& args, const std::string& text,
                                            const std::string& path) {
  if (args.from.has_value()) {
    auto named = format_named("from", args.from.value_or(""));
    if (named && (*named)->read == nullptr)
      return usage_failure<const profile::Format*>(
          fmt::format("{} can be written only", (*named)->name));
    return named;
  }
  const profile::Format* found = profile::sniff_format(text);
  if (const std::string log = found == nullptr ? looks_like_log(text) : ""; !log.empty())
    return fail(log_for_profile(path, log));
  if (found == nullptr) {
    Problem problem;
    problem.file = path;
    problem.text = "looks like no profile of any format that is known";
    problem.hint = "name it with --from: " + names_of_formats();
    return fail(std::move(problem));
  }
  if (found->name != "docker")
    say(fmt::format("note: {} is read as {}\n", escape_for_terminal(path), found->name), args);
  return found;
}

struct Input {
  const profile::Format* format = nullptr;
  profile::ForeignProfile read;
  profile::Context context;  // where the profile was in force
};

Result<Input> read_input(const ConversionOptions& args, const profile::Context& context,
                         const std::string& path) {
  if (!args.from.has_value() && is_built_in(path)) {
    Problems notes;
    auto made = load_profile(path, notes, context.arch);
    if (!made) return fail(std::move(made.error()));
    tell(notes, args);
    profile::Context where = context;
    if (made->own_tool) where.runtime = profile::Runtime::None;
    return Input{profile::find_format("docker"), {std::move(*made), {}}, where};
  }
  auto text = io::read_file(path, kLargest);
  if (!text) return fail(std::move(text.error()));
  const std::string shown = path == "-" ? "<stdin>" : path;
  auto format = input_format(args, *text, shown);
  if (!format) return fail(std::move(format.error()));
  auto read = (*format)->read({std::move(*text), shown, context.arch});
  if (!read) return fail(std::move(read.error()));
  return Input{*format, std::move(*read), profile::context_for(**format, context)};
}

int deliver_text(const ConversionOptions& args, const std::string& text) {
  const std::string to = args.output.value_or("-");
  const auto written = io::write_atomically(to, text, "");
  return written ? kDone : refuse(written.error());
}

// A raw program as it stands; anything else compiled first.
int disassemble(const ConversionOptions& args, const profile::Context& context,
                const std::string& path) {
  auto text = io::read_file(path, kLargest);
  if (!text) return refuse(text.error());
  if (text->find('\0') != std::string::npos) {
    auto program = profile::from_bytes(*text);
    if (!program) {
      program.error().file = path;
      return refuse(program.error());
    }
    return deliver_text(args, profile::disassemble(*program));
  }
  auto input = read_input(args, context, path);
  if (!input) return refuse(input.error());
  auto flat = profile::flatten(input->read.profile, input->context);
  if (!flat) return refuse(flat.error());
  auto compiled = profile::compile(*flat);
  if (!compiled) return refuse(compiled.error());
  say(fmt::format("note: compiled by {}\n", compiled->engine), args);
  return deliver_text(args, profile::disassemble(compiled->program));
}

// The file's name without its folder and ending.
std::string base_name(const std::string& path) {
  std::string name =
      path.substr(path.find_last_of('/') == std::string::npos ? 0 : path.find_last_of('/') + 1);
  const std::size_t dot = name.find('.', 1);
  if (dot != std::string::npos) name.resize(dot);
  return name.empty() || path == "-" ? "profile" : name;
}

void say_all(const std::vector<std::string>& sentences, std::string_view word,
             const ConversionOptions& args) {
  for (const std::string& sentence : sentences)
    say(fmt::format("{}: {}\n", word, escape_for_terminal(sentence)), args);
}

int bane_to_apparmor(const ConversionOptions& args, const std::string& path) {
  auto text = io::read_file(path, kLargest);
  if (!text) return refuse(text.error());
  if (!repair::looks_like_bane(*text))
    return refuse(usage_problem(
        fmt::format("{} is not bane's TOML: no seccomp profile can be made an AppArmor profile",
                    path),
        "a file with Name, [Filesystem], [Capabilities] and [Network]"));
  const auto profile = repair::read_bane(*text, path);
  if (!profile) return refuse(profile.error());
  return deliver_text(args, repair::bane_to_apparmor(*profile));
}

int run(const ConversionOptions& args, const profile::Context& context, const std::string& path,
        const profile::Format& to) {
  auto input = read_input(args, context, path);
  if (!input) return refuse(input.error());
  auto evaluator = profile::Evaluator::make(input->read.profile, input->context);
  if (!evaluator) return refuse(evaluator.error());
  profile::Conversion conversion{
      input->read.profile, *evaluator, context,
      args.name.has_value() ? args.name.value_or("") : base_name(path),
      args.widen ? profile::Unsayable::Permit : profile::Unsayable::Deny};
  auto converted = profile::convert(conversion, to);
  if (!converted) {
    if (converted.error().file.empty()) converted.error().file = path;
    return refuse(converted.error());
  }
  say_all(input->read.notes, "note", args);
  const bool strict = args.strict && !(converted->losses.empty() && input->read.notes.empty());
  say_all(converted->losses, "lost", args);
  if (strict) {
    say("seccomp-medic: nothing was written: --strict\n", {});
    return kDenials;
  }
  return deliver_text(args, converted->text);
}

}  // namespace

int run_convert(const ConversionOptions& args) {
  if (args.positional.size() != 1)
    return refuse(
        usage_problem("one profile is to be named", "seccomp-medic convert PROFILE --to FORMAT"));
  auto context = context_of(args);
  if (!context) return refuse(context.error());
  const std::string& path = args.positional.front();
  // The profile's own machine, where it is one that can be asked.
  std::optional<profile::Profile> profile;
  if (path != "-" && !args.disassemble && !args.from.has_value()) {
    Problems ignored;
    if (auto read = load_profile(path, ignored)) profile = std::move(*read);
  }
  const auto native = machine_of(args, profile ? &*profile : nullptr);
  if (!native) return refuse(native.error());
  context->arch = *native;
  if (args.disassemble) return disassemble(args, *context, path);
  if (args.to.value_or("") == "apparmor") return bane_to_apparmor(args, path);
  if (!args.to.has_value())
    return refuse(usage_problem("--to is missing", "one of: " + names_of_formats()));
  auto to = format_named("to", args.to.value_or(""));
  if (!to) return refuse(to.error());
  if ((*to)->name == "bpf" && !args.output.has_value() && isatty(STDOUT_FILENO) == 1)
    return refuse(
        usage_problem("a program's bytes are nothing for a terminal", "-o FILE, or --disassemble"));
  return run(args, *context, path, **to);
}

}  // namespace medic::cli
