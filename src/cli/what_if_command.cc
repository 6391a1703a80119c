#include "what_if.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/elf_programs.h"
#include "cli/session.h"

namespace medic::cli {
namespace {

// NAME or NAME@VERSION.
Result<void> take_runtime(const std::string& typed, Request& request, Tomorrow& tomorrow) {
  const std::size_t at = typed.find('@');
  const auto runtime = profile::runtime_from_text(typed.substr(0, at));
  if (!runtime)
    return usage_failure<void>(fmt::format("unknown runtime '{}'", typed),
                               "runc, crun or none; with a release: runc@1.3");
  request.context.runtime = *runtime;
  request.runtime_known = true;
  if (at == std::string::npos) return {};
  const auto release = parse_release(typed.substr(at + 1));
  if (!release)
    return usage_failure<void>(fmt::format("'{}' names no release", typed), "such as runc@1.3");
  kernel::LibcVersion version{(*release)[0], (*release)[1], (*release)[2]};
  // "1.1" is the last of its line, which a distribution or a host keeps up with.
  if (std::count(typed.begin() + static_cast<std::ptrdiff_t>(at), typed.end(), '.') < 2)
    version.patch = 99;
  if (*runtime == profile::Runtime::Runc) tomorrow.runtime_version = version;
  return {};
}

Result<void> take_libc(const ForesightOptions& args, Tomorrow& tomorrow) {
  if (!args.libc.has_value()) return {};
  tomorrow.libc = kernel::parse_libc(args.libc.value_or(""));
  if (!tomorrow.libc)
    return usage_failure<void>(fmt::format("--libc '{}' names no release", *args.libc),
                               "glibc@2.41 or musl@1.2.5");
  return {};
}

// What was said on the command line changes; the rest stays as the logs show it.
void describe(const ForesightOptions& args, report::WhatIfReport& report) {
  for (const auto& [name, value] : {std::pair{"runtime", &args.runtime_release},
                                    {"libseccomp", &args.libseccomp},
                                    {"kernel", &args.kernel},
                                    {"libc", &args.libc}}) {
    if (*value) report.context.emplace_back(name, **value);
  }
}

Result<void> add_reachable(const ForesightOptions& args, const Analysis& analysis,
                           const Tomorrow& tomorrow, report::WhatIfReport& report) {
  if (args.elf.empty()) return {};
  auto reached = reach_programs(args);
  if (!reached) return fail(std::move(reached.error()));
  std::set<std::string> seen;
  for (const ledger::Observation& each : analysis.read->ledger.observations()) {
    kernel::NameId name = each.key().syscall.name;
    if (name == kernel::kNoName && each.key().syscall.has_number)
      name = kernel::name_at({each.key().syscall.arch == kernel::Arch::Unknown
                                  ? analysis.assumed_arch
                                  : each.key().syscall.arch,
                              each.key().syscall.number});
    if (name != kernel::kNoName) seen.emplace(kernel::name_of(name));
  }
  std::vector<std::string> calls;
  for (const auto& [call, way] : reached->ways) {
    if (!seen.contains(call)) calls.push_back(call);
  }
  for (const std::string& call : denied_among(analysis, tomorrow, calls, reached->arch))
    report.reachable.emplace_back(call, reached->ways[call]);
  for (const elf::Hole& hole : reached->holes) report.holes.push_back(elf::hole_text(hole));
  return {};
}

}  // namespace

int run_what_if(const ForesightOptions& args) {
  const auto renderer = renderer_of(args, report::Answer::WhatIf);
  if (!renderer) return refuse(renderer.error());
  if (!args.profile.has_value())
    return refuse(usage_problem("no profile is named", "--profile FILE, or a built-in's name"));
  auto request = request_of(args);
  if (!request) return refuse(request.error());
  Tomorrow tomorrow;
  if (args.runtime_release.has_value()) {
    if (auto taken = take_runtime(*args.runtime_release, *request, tomorrow); !taken)
      return refuse(taken.error());
  }
  if (auto taken = take_libc(args, tomorrow); !taken) return refuse(taken.error());
  tomorrow.kernel_given = args.kernel.has_value();
  // Today's context is what the logs say: the denials that they show were not tomorrow's.
  const profile::Context wanted = request->context;
  const bool runtime_known = request->runtime_known;
  request->context.runtime = {};
  request->context.libseccomp = {};
  request->context.kernel = {};
  request->runtime_known = request->libseccomp_known = false;
  request->findings = false;
  if (tomorrow.libc) request->arguments = arguments_of(*tomorrow.libc);
  auto analysis = walk_once(*request, args);
  if (!analysis) return refuse(analysis.error());
  if (const int given = tell((*analysis)->problems, args); given != kDone) return given;
  tomorrow.context = (*analysis)->context;
  if (runtime_known) tomorrow.context.runtime = wanted.runtime;
  if (args.libseccomp.has_value()) tomorrow.context.libseccomp = wanted.libseccomp;
  tomorrow.context.by_program = wanted.by_program;
  tomorrow.context.kernel = wanted.kernel;
  auto report = foresee(**analysis, tomorrow);
  if (!report) return refuse(report.error());
  if (report->replayed == 0)
    return refuse({Severity::Error, ProblemKind::Input, "", 0, 0,
                   "the logs hold no system call that is asked about", "",
                   "record with `strace -f -o FILE PROGRAM`"});
  report->profile = (*analysis)->profile->path;
  describe(args, *report);
  if (auto added = add_reachable(args, **analysis, tomorrow, *report); !added)
    return refuse(added.error());
  if (const int printed = print(render(**renderer, *report, style_of(args))); printed != kDone)
    return printed;
  say_left_out(**analysis, args);
  return report->count(report::Effect::Breaks) + report->count(report::Effect::MayBreak) != 0
             ? kDenials
             : kDone;
}

}  // namespace medic::cli
