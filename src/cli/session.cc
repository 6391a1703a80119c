#include "cli/session.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/text.h"
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
      return usage_failure<std::vector<kernel::Arch>>(fmt::format("unknown architecture '{}'", name),
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

Result<void> read_options(const Arguments& args, ReadOptions& read) {
  read.inputs = args.positional;
  if (read.inputs.empty()) return usage_failure<void>("no log is named", "name a file, a directory, or - for standard input");
  if (args.has("input-format")) {
    read.forced = parsers::find_dialect(args.value("input-format"));
    if (read.forced == nullptr)
      return usage_failure<void>(fmt::format("unknown --input-format '{}'", args.value("input-format")),
                                 "one of: " + list_of_dialects());
  }
  // The number of threads is the command line's business: the result does not depend on it.
  read.threads = std::max(1U, std::thread::hardware_concurrency());
  if (args.has("threads")) {
    const auto number = parse_decimal(args.value("threads"));
    if (!number || *number < 1 || *number > 1024) return usage_failure<void>("--threads wants a number from 1 to 1024");
    read.threads = static_cast<unsigned>(*number);
  }
  for (const auto& [name, to] : {std::pair{"since", &read.since_ns}, {"until", &read.until_ns}}) {
    if (!args.has(name)) continue;
    auto time = parse_time(args.value(name));
    if (!time) return fail(std::move(time.error()));
    *to = *time;
  }
  return {};
}

Result<ledger::Scope> scope_of(const Arguments& args) {
  ledger::Scope scope;
  scope.comms = args.list("comm");
  scope.exes = args.list("exe");
  scope.containers = args.list("container");
  scope.hosts = args.list("host");
  scope.include_unattributed = args.has("include-unattributed");
  scope.pids = args.list("pid");
  for (const std::string& pid : scope.pids) {
    if (pid.find_first_not_of("0123456789*?") != std::string::npos)
      return usage_failure<ledger::Scope>(fmt::format("--pid '{}' is no process number", pid));
  }
  const std::string phase = args.has("phase") ? args.value("phase") : "all";
  if (phase == "init")
    scope.phase = ledger::PhaseWanted::Init;
  else if (phase == "app")
    scope.phase = ledger::PhaseWanted::App;
  else if (phase == "exec")
    scope.phase = ledger::PhaseWanted::Executed;
  else if (phase != "all")
    return usage_failure<ledger::Scope>(fmt::format("unknown --phase '{}'", phase), "init, app, exec or all");
  return scope;
}

}  // namespace

Result<Analysis*> walk_once(const Request& request) {
  static Analysis* kept = nullptr;  // by which a leak checker finds it
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

int tell(const Problems& problems, const Arguments& args) {
  int code = kDone;
  for (const Problem& problem : problems) {
    if (problem.severity != Severity::Error && args.has("quiet")) continue;
    refuse(problem);
    if (problem.severity == Severity::Error) code = kInput;
  }
  return code;
}

Result<std::int64_t> parse_time(std::string_view text) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  if (!text.empty() && text.front() == '@') {
    const auto seconds = parse_signed(text.substr(1));
    if (seconds && *seconds > -9'000'000'000 && *seconds < 9'000'000'000) return *seconds * kSecond;
  }
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
  const std::string copy(text.substr(0, 40));
  const int got =
      std::sscanf(copy.c_str(), "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &used);
  const bool date_only = got == 3 && copy.size() == 10;
  const std::string_view rest = std::string_view(copy).substr(std::min<std::size_t>(copy.size(), static_cast<std::size_t>(used)));
  const bool whole = date_only || (got == 6 && (rest.empty() || rest == "Z"));
  if (!whole || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) {
    return usage_failure<std::int64_t>(fmt::format("'{}' is no time", text),
                                       "2026-11-22, 2026-11-22T01:02:03Z (UTC) or @SECONDS");
  }
  // days_from_civil, Howard Hinnant.
  const int shifted = year - (month <= 2 ? 1 : 0), era = shifted / 400, year_of_era = shifted - era * 400;
  const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t days =
      std::int64_t{era} * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
  return (days * 86400 + hour * 3600 + minute * 60 + second) * kSecond;
}

Result<Runtimes> runtimes_of(const Arguments& args) {
  Runtimes out;
  if (!args.has("runtime")) {
    out.oci = {profile::Runtime::Runc, profile::Runtime::Crun};
    return out;
  }
  for (const std::string& typed : args.list("runtime")) {
    const auto runtime = profile::runtime_from_text(typed);
    if (!runtime && typed != "init")
      return usage_failure<Runtimes>(fmt::format("unknown runtime '{}'", typed), "runc, crun, init or none, or several: runc,crun");
    out.init_helper = out.init_helper || !runtime;
    if (runtime && *runtime != profile::Runtime::None) out.oci.push_back(*runtime);
  }
  return out;
}

Result<profile::Context> context_of(const Arguments& args) {
  profile::Context context;
  context.judge = &profile::installed_libseccomp();
  if (args.has("arch")) {
    const auto arch = kernel::arch_from_any(args.value("arch"));
    if (!arch)
      return usage_failure<profile::Context>(fmt::format("unknown architecture '{}'", args.value("arch")),
                                             "x86_64, x86, x32, aarch64, arm, riscv64, s390x, ppc64le, …");
    context.arch = kernel::info(*arch).parent;
  }
  if (args.has("caps")) {
    auto caps = profile::parse_caps(args.value("caps"));
    if (!caps)
      return usage_failure<profile::Context>(fmt::format("--caps '{}' holds an unknown capability", args.value("caps")),
                                             "default, all, none, or names such as SYS_ADMIN,+NET_ADMIN,-CHOWN");
    context.caps = std::move(*caps);
  }
  if (args.has("kernel")) {
    const auto version = profile::parse_kernel_version(args.value("kernel"));
    if (!version)
      return usage_failure<profile::Context>(fmt::format("--kernel '{}' is no version", args.value("kernel")),
                                             "such as 6.1 or 5.10.0-28-amd64");
    context.kernel = *version;
  }
  if (args.has("runtime")) {
    const auto runtime = profile::runtime_from_text(args.value("runtime"));
    if (!runtime)
      return usage_failure<profile::Context>(fmt::format("unknown runtime '{}'", args.value("runtime")), "runc, crun or none");
    context.runtime = *runtime;
  }
  if (args.has("libseccomp")) {
    context.by_program = args.value("libseccomp") == "installed";
    const auto version = context.by_program ? std::optional(profile::linked_libseccomp())
                                            : kernel::parse_libseccomp_version(args.value("libseccomp"));
    if (!version)
      return usage_failure<profile::Context>(fmt::format("--libseccomp '{}' is no version", args.value("libseccomp")),
                                             "such as 2.5.4, 2.5.4+deb12 (Debian 12's, which knows more names), newest or installed");
    context.libseccomp = *version;
  }
  return context;
}

Result<Request> request_of(const Arguments& args) {
  Request request;
  if (auto read = read_options(args, request.read); !read) return fail(std::move(read.error()));
  auto context = context_of(args);
  if (!context) return fail(std::move(context.error()));
  request.context = std::move(*context);
  request.profile_path = args.value("profile");
  request.runtime_known = args.has("runtime");
  request.libseccomp_known = args.has("libseccomp");
  request.caps_known = args.has("caps");
  if (args.has("arch")) {
    request.read.arch = *kernel::arch_from_any(args.value("arch"));
    request.filter.arch = request.read.arch;
  }
  if (auto scope = scope_of(args))
    request.scope = std::move(*scope);
  else
    return fail(std::move(scope.error()));
  // A file's name may hold a comma.
  for (const auto& [name, to] : {std::pair{"inspect", &request.inspect_files}, {"snapshot", &request.snapshot_files}}) {
    if (const auto found = args.values.find(name); found != args.values.end()) *to = found->second;
  }
  auto archs = archs_of(args.list("only-arch"));
  if (!archs) return fail(std::move(archs.error()));
  request.filter.archs = std::move(*archs);
  if (args.has("by")) {
    const auto by = diagnose::by_from_text(args.value("by"));
    if (!by) return usage_failure<Request>(fmt::format("--by '{}' is nothing to split by", args.value("by")), "container, program or host");
    request.filter.by = *by;
  }
  return request;
}

void say_left_out(const Analysis& analysis, const Arguments& args) {
  const ledger::LeftOut& left = analysis.left_out;
  if (left.records == 0) return;
  std::string text = fmt::format("Left out: {} of no known container, which may be {}'s all the same.", left.records == 1 ? "1 call" : fmt::format("{} calls", left.records), args.value("container"));
  if (left.denied()) text += fmt::format(" Denied among them: {}.", fmt::join(left.denied_calls, ", "));
  say(report::wrap(escape_for_terminal(text), 0, style_of(args)) + "\n  fix: --include-unattributed takes them in.\n", args);
}

Result<kernel::Arch> machine_of(const Arguments& args, const profile::Profile* profile) {
  if (args.has("arch")) {
    auto context = context_of(args);
    if (!context) return fail(std::move(context.error()));
    return context->arch;
  }
  if (profile != nullptr && profile->architectures && !profile->architectures->empty())
    return kernel::info(profile->architectures->front()).parent;
  say("note: x86_64 is assumed; --arch NAME sets another\n", args);
  return kernel::Arch::X86_64;
}

Result<const report::Renderer*> renderer_of(const Arguments& args) {
  const std::string name = args.has("format") ? args.value("format") : "text";
  const report::Renderer* renderer = report::find_renderer(name);
  if (renderer != nullptr) return renderer;
  std::string names;
  for (const report::Renderer& each : report::all_renderers()) names += fmt::format("{}{}", names.empty() ? "" : ", ", each.name);
  return usage_failure<const report::Renderer*>(fmt::format("unknown --format '{}'", name), "one of: " + names);
}

report::Style style_of(const Arguments& args) {
  report::Style style;
  const std::string when = args.has("color") ? args.value("color") : "auto";
  const char* no_color = std::getenv("NO_COLOR");
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  style.color = when == "always" || (when == "auto" && terminal && (no_color == nullptr || *no_color == '\0'));
  winsize size{};
  if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    style.width = std::min<std::size_t>(size.ws_col, 140);
  style.details = args.has("details");
  return style;
}

int print(std::string_view text) {
  const auto written = io::write_all(STDOUT_FILENO, text, "standard output");
  return written ? kDone : refuse(written.error());
}

void say(std::string_view text, const Arguments& args) {
  if (!args.has("quiet")) std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace medic::cli
