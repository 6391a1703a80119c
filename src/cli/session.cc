#include "cli/session.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/text.h"
#include "cli/progress.h"
#include "cli/typed_time.h"
#include "libseccomp/judge.h"
#include "io/reader.h"
#include "parsers/registry.h"
#include "libseccomp/compile.h"

namespace medic::cli {
namespace {

Result<std::vector<kernel::Arch>> archs_of(const std::vector<std::string>& names) {
  std::vector<kernel::Arch> out;
  for (const std::string& name : names) {
    const auto arch = kernel::arch_from_any(name);
    if (!arch)
      return usage_failure<std::vector<kernel::Arch>>(
          fmt::format("unknown architecture '{}'", name),
          "x86_64, x86, x32, aarch64, arm, riscv64, s390x, ppc64le, …");
    out.push_back(*arch);
  }
  return out;
}

std::string list_of_dialects() {
  std::string out;
  for (const parsers::Dialect* dialect : parsers::all_dialects())
    out += fmt::format("{}{}", out.empty() ? "" : ", ", dialect->name());
  return out;
}

Result<void> read_options(const RequestOptions& args, ReadOptions& read) {
  read.inputs = args.positional;
  if (read.inputs.empty())
    return usage_failure<void>("no log is named",
                               "name a file, a directory, or - for standard input");
  if (args.input_format.has_value()) {
    read.forced = parsers::find_dialect(args.input_format.value_or(""));
    if (read.forced == nullptr)
      return usage_failure<void>(
          fmt::format("unknown --input-format '{}'", args.input_format.value_or("")),
          "one of: " + list_of_dialects());
  }
  // The number of threads is the command line's business: the result does not depend on it.
  read.threads = std::max(1U, std::thread::hardware_concurrency());
  if (args.threads.has_value()) {
    const auto number = parse_decimal(args.threads.value_or(""));
    if (!number || *number < 1 || *number > 1024)
      return usage_failure<void>("--threads wants a number from 1 to 1024");
    read.threads = static_cast<unsigned>(*number);
  }
  const std::int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  for (const auto& [typed, to] :
       {std::pair{&args.since, &read.since_ns}, {&args.until, &read.until_ns}}) {
    if (!*typed) continue;
    auto time = parse_time(**typed, now);
    if (!time) return fail(std::move(time.error()));
    *to = *time;
  }
  return {};
}

Result<ledger::Scope> scope_of(const FilterOptions& args) {
  ledger::Scope scope;
  scope.comms = split_at_commas(args.comm);
  scope.exes = split_at_commas(args.exe);
  scope.containers = split_at_commas(args.container);
  scope.hosts = split_at_commas(args.host);
  scope.include_unattributed = args.include_unattributed;
  scope.pids = split_at_commas(args.pid);
  for (const std::string& pid : scope.pids) {
    if (pid.find_first_not_of("0123456789*?") != std::string::npos)
      return usage_failure<ledger::Scope>(fmt::format("--pid '{}' is no process number", pid));
  }
  if (args.phase == "init") scope.phase = ledger::PhaseWanted::Init;
  if (args.phase == "app") scope.phase = ledger::PhaseWanted::App;
  if (args.phase == "exec") scope.phase = ledger::PhaseWanted::Executed;
  return scope;
}

// Which findings are asked for.
Result<diagnose::Choice> choice_of(const FindingsOptions& args) {
  diagnose::Choice choice;
  for (const std::string& name : split_at_commas(args.layer)) {
    const auto layer = diagnose::layer_from_text(name);
    if (!layer)
      return usage_failure<diagnose::Choice>(
          fmt::format("--layer '{}' is no layer", name),
          "seccomp, apparmor, selinux, capability, dac, strict-mode, other or unknown");
    choice.layers.push_back(*layer);
  }
  if (args.risk) choice.risk = diagnose::risk_from_text(*args.risk).value_or(choice.risk);
  if (args.min_certainty)
    choice.certainty =
        diagnose::certainty_from_text(*args.min_certainty).value_or(choice.certainty);
  choice.calls = split_at_commas(args.call);
  if (args.top && !parse_decimal(*args.top))
    return usage_failure<diagnose::Choice>(fmt::format("--top '{}' is no number", *args.top),
                                           "such as 5, or 0 for all");
  return choice;
}

}  // namespace

Result<Analysis*> walk_once(const Request& request, const CommonOptions& args) {
  static Analysis* kept = nullptr;  // by which a leak checker finds it
  const Progress progress(request.read.inputs, args);
  auto analysis = walk(request);
  if (!analysis) return fail(std::move(analysis.error()));
  kept = analysis->release();
  return kept;
}

int exit_code(const Problem& problem) {
  switch (problem.kind) {
    case ProblemKind::Usage: return kUsage;
    case ProblemKind::Input: return kInput;
    case ProblemKind::Output: return kOutput;
  }
  return kInput;
}

int refuse(const Problem& problem) {
  const std::string text = "seccomp-medic: " + render(problem);
  std::fwrite(text.data(), 1, text.size(), stderr);
  return exit_code(problem);
}

Problem usage_problem(std::string text, std::string hint) {
  Problem problem;
  problem.kind = ProblemKind::Usage;
  problem.text = std::move(text);
  problem.hint = std::move(hint);
  return problem;
}

int tell(const Problems& problems, const CommonOptions& args) {
  int code = kDone;
  for (const Problem& problem : problems) {
    if (problem.severity != Severity::Error && args.quiet) continue;
    refuse(problem);
    if (problem.severity == Severity::Error) code = kInput;
  }
  return code;
}

Result<Runtimes> runtimes_of(const SynthesisOptions& args) {
  Runtimes out;
  if (args.runtimes.empty()) {
    out.oci = {profile::Runtime::Runc, profile::Runtime::Crun};
    return out;
  }
  for (const std::string& typed : split_at_commas(args.runtimes)) {
    const auto runtime = profile::runtime_from_text(typed);
    if (!runtime && typed != "init")
      return usage_failure<Runtimes>(fmt::format("unknown runtime '{}'", typed),
                                     "runc, crun, init or none, or several: runc,crun");
    out.init_helper = out.init_helper || !runtime;
    if (runtime && *runtime != profile::Runtime::None) out.oci.push_back(*runtime);
  }
  return out;
}

Result<profile::Context> context_of(const WhereOptions& args) {
  profile::Context context;
  context.judge = &profile::installed_libseccomp();
  if (args.arch.has_value()) {
    const auto arch = kernel::arch_from_any(args.arch.value_or(""));
    if (!arch)
      return usage_failure<profile::Context>(
          fmt::format("unknown architecture '{}'", args.arch.value_or("")),
          "x86_64, x86, x32, aarch64, arm, riscv64, s390x, ppc64le, …");
    context.arch = kernel::info(*arch).parent;
  }
  if (args.caps.has_value()) {
    auto caps = profile::parse_caps(args.caps.value_or(""));
    if (!caps)
      return usage_failure<profile::Context>(
          fmt::format("--caps '{}' holds an unknown capability", args.caps.value_or("")),
          "default, all, none, or names such as SYS_ADMIN,+NET_ADMIN,-CHOWN");
    context.caps = std::move(*caps);
  }
  if (args.kernel.has_value()) {
    const auto version = profile::parse_kernel_version(args.kernel.value_or(""));
    if (!version)
      return usage_failure<profile::Context>(
          fmt::format("--kernel '{}' is no version", args.kernel.value_or("")),
          "such as 6.1 or 5.10.0-28-amd64");
    context.kernel = *version;
  }
  if (args.runtime.has_value()) {
    const auto runtime = profile::runtime_from_text(args.runtime.value_or(""));
    if (!runtime)
      return usage_failure<profile::Context>(
          fmt::format("unknown runtime '{}'", args.runtime.value_or("")), "runc, crun or none");
    context.runtime = *runtime;
  }
  if (args.libseccomp.has_value()) {
    context.by_program = args.libseccomp.value_or("") == "installed";
    const auto version = context.by_program
                             ? std::optional(profile::linked_libseccomp())
                             : kernel::parse_libseccomp_version(args.libseccomp.value_or(""));
    if (!version)
      return usage_failure<profile::Context>(
          fmt::format("--libseccomp '{}' is no version", args.libseccomp.value_or("")),
          "such as 2.5.4, 2.5.4+deb12 (Debian 12's, which knows more names), newest or installed");
    context.libseccomp = *version;
  }
  return context;
}

Result<Request> request_of(const RequestOptions& args) {
  Request request;
  if (auto read = read_options(args, request.read); !read) return fail(std::move(read.error()));
  auto context = context_of(args);
  if (!context) return fail(std::move(context.error()));
  request.context = std::move(*context);
  request.profile_path = args.profile.value_or("");
  request.runtime_known = args.runtime.has_value();
  request.libseccomp_known = args.libseccomp.has_value();
  request.caps_known = args.caps.has_value();
  if (args.arch.has_value()) {
    request.read.arch = *kernel::arch_from_any(args.arch.value_or(""));
    request.filter.arch = request.read.arch;
  }
  if (auto scope = scope_of(args))
    request.scope = std::move(*scope);
  else
    return fail(std::move(scope.error()));
  request.inspect_files = args.inspect;  // a file's name may hold a comma
  request.snapshot_files = args.snapshot;
  auto archs = archs_of(split_at_commas(args.only_arch));
  if (!archs) return fail(std::move(archs.error()));
  request.filter.archs = std::move(*archs);
  if (args.by.has_value()) {
    const auto by = diagnose::by_from_text(args.by.value_or(""));
    if (!by)
      return usage_failure<Request>(
          fmt::format("--by '{}' is nothing to split by", args.by.value_or("")),
          "container, program, host, process or unit");
    request.filter.by = *by;
  }
  auto choice = choice_of(args);
  if (!choice) return fail(std::move(choice.error()));
  request.filter.choice = std::move(*choice);
  return request;
}

void say_left_out(const Analysis& analysis, const Options<FilterOptions>& args) {
  const ledger::LeftOut& left = analysis.left_out;
  if (left.records == 0) return;
  std::string text =
      fmt::format("Left out: {} of no known container, which may be {}'s all the same.",
                  left.records == 1 ? "1 call" : fmt::format("{} calls", left.records),
                  fmt::join(args.container, ","));
  if (left.denied())
    text += fmt::format(" Denied among them: {}.", fmt::join(left.denied_calls, ", "));
  say(report::wrap(escape_for_terminal(text), 0, style_of(args)) +
          "\n  fix: --include-unattributed takes them in.\n",
      args);
}

Result<kernel::Arch> machine_of(const WhereOptions& args, const profile::Profile* profile) {
  if (args.arch.has_value()) {
    auto context = context_of(args);
    if (!context) return fail(std::move(context.error()));
    return context->arch;
  }
  if (profile != nullptr && profile->architectures && !profile->architectures->empty())
    return kernel::info(profile->architectures->front()).parent;
  say("note: x86_64 is assumed; --arch NAME sets another\n", args);
  return kernel::Arch::X86_64;
}

Result<const report::Renderer*> renderer_of(const FormatOptions& args, report::Answer answer) {
  const std::string name = args.format.value_or("text");
  const report::Renderer* renderer = report::find_renderer(name);
  if (renderer != nullptr && report::has_form(*renderer, answer)) return renderer;
  std::string names;
  for (const report::Renderer& each : report::all_renderers()) {
    if (report::has_form(each, answer))
      names += fmt::format("{}{}", names.empty() ? "" : ", ", each.name);
  }
  return usage_failure<const report::Renderer*>(
      renderer != nullptr ? fmt::format("this command has no --format '{}'", name)
                          : fmt::format("unknown --format '{}'", name),
      "one of: " + names);
}

report::Style style_of(const Options<FindingsOptions>& args) {
  report::Style style;
  const std::string when = args.color.value_or("auto");
  const char* no_color = std::getenv("NO_COLOR");
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  style.color = when == "always" ||
                (when == "auto" && terminal && (no_color == nullptr || *no_color == '\0'));
  winsize size{};
  if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    style.width = std::min<std::size_t>(size.ws_col, 140);
  style.details = args.details || !args.call.empty();
  style.raw = args.raw;
  if (args.top) {
    if (const auto top = parse_decimal(*args.top)) style.top = static_cast<std::size_t>(*top);
  }
  return style;
}

int print(std::string_view text) {
  const auto written = io::write_all(STDOUT_FILENO, text, "standard output");
  return written ? kDone : refuse(written.error());
}

void say(std::string_view text, const CommonOptions& args) {
  if (!args.quiet) std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace medic::cli
