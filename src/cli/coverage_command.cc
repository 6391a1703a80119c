#include <algorithm>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/elf_files.h"
#include "cli/session.h"
#include "coverage_analysis.h"

namespace medic::cli {
namespace {

namespace fs = std::filesystem;

// What --elf names: programs with the roots that they are in, and libraries that they load at run
// time.
struct Code {
  struct Root {
    std::unique_ptr<elf::FileTree> tree;
    std::vector<std::string> programs;
  };
  std::vector<Root> roots;
  std::vector<std::string> libraries;
};

Result<Code> code_of(const CoverOptions& args) {
  Code code;
  Code::Root here;
  const std::string root = args.root.value_or("/");
  here.tree = directory_tree(root);
  for (const std::string& path : args.elf) {
    std::error_code failed;
    if (fs::is_directory(path, failed)) {
      code.roots.push_back({directory_tree(path), programs_below(path)});
      if (code.roots.back().programs.empty())
        return usage_failure<Code>(path + " holds no ELF program");
    } else if (is_archive(path)) {
      auto archive = archive_tree(path);
      if (!archive) return fail(archive.error());
      code.roots.push_back({std::move(archive->tree), std::move(archive->programs)});
      if (code.roots.back().programs.empty())
        return usage_failure<Code>(path + " holds no ELF program");
    } else {
      // With --root a path is one within it, where it is not already.
      const std::string absolute = root != "/" && path.starts_with('/') && !path.starts_with(root)
                                       ? path
                                       : fs::absolute(path, failed).string();
      const std::string inside =
          root != "/" && absolute.starts_with(root) ? absolute.substr(root.size()) : absolute;
      (is_library(path) ? code.libraries : here.programs).push_back(inside);
    }
  }
  if (here.programs.empty() && code.roots.empty()) std::swap(here.programs, code.libraries);
  if (!here.programs.empty()) code.roots.push_back(std::move(here));
  return code;
}

std::string joined(const std::vector<std::string>& way) {
  std::string text;
  for (const std::string& step : way) text += (text.empty() ? "" : " → ") + step;
  return text;
}

// All programs' calls together, each with the first way that was found.
Result<kernel::Arch> reach_all(Code& code, elf::ModuleCache* cache, report::CodeCoverage& made,
                               std::map<std::string, std::string>& ways) {
  kernel::Arch arch = kernel::Arch::Unknown;
  std::set<elf::Hole> holes;
  std::set<std::string> files;
  for (Code::Root& root : code.roots) {
    elf::ModuleStore store(*root.tree, cache);
    for (const std::string& program : root.programs) {
      auto reach = elf::reach(store, program, code.libraries);
      if (!reach && root.programs.size() == 1) return fail(reach.error());
      if (!reach) {
        holes.insert({elf::HoleKind::UnreadLibrary, program, reach.error().text});
        continue;
      }
      arch = reach->arch;
      made.programs.push_back(program);
      files.insert(reach->files.begin(), reach->files.end());
      holes.insert(reach->holes.begin(), reach->holes.end());
      for (const auto& [id, way] : reach->calls) {
        const std::string_view name = kernel::known_name(id);
        if (!name.empty()) ways.emplace(std::string(name), joined(way));
      }
    }
  }
  for (const auto& [call, way] : ways) made.reachable.push_back(call);
  made.holes.assign(holes.begin(), holes.end());
  made.files.assign(files.begin(), files.end());
  return arch;
}

Result<report::CodeCoverage> code_coverage(const CoverOptions& args, const Analysis& analysis) {
  auto code = code_of(args);
  if (!code) return fail(code.error());
  report::CodeCoverage made;
  std::map<std::string, std::string> ways;
  const auto cache = args.cache.has_value() ? folder_cache(args.cache.value_or("")) : nullptr;
  const auto arch = reach_all(*code, cache.get(), made, ways);
  if (!arch) return fail(arch.error());
  // Of several programs in one log the calls of the one that was asked about are compared.
  if (made.programs.size() == 1)
    made.seen_of = made.programs[0].substr(made.programs[0].rfind('/') + 1);
  made.seen = calls_seen(analysis, made.seen_of);
  if (made.seen.empty() && !made.seen_of.empty()) {
    made.seen_of.clear();
    made.seen = calls_seen(analysis, "");
  }
  std::optional<profile::Evaluator> evaluator;
  if (analysis.profile) {
    profile::Context context = analysis.context;
    context.arch = *arch;
    auto maker = profile::Evaluator::make(*analysis.profile, context);
    if (!maker) return fail(maker.error());
    evaluator.emplace(std::move(*maker));
  }
  compare_with_profile(made, evaluator ? &*evaluator : nullptr, *arch);
  const std::set<std::string> seen(made.seen.begin(), made.seen.end());
  for (const auto& [call, way] : ways) {
    if (!seen.contains(call)) made.ways.emplace_back(call, way);
  }
  return made;
}

Result<CoverageOptions> options_of(const CoverOptions& args) {
  CoverageOptions options;
  if (args.runs == "file") options.by = RunsBy::File;
  if (args.runs == "container") options.by = RunsBy::Container;
  if (args.runs == "program") options.by = RunsBy::Program;
  if (args.bound.has_value()) {
    const auto percent = parse_decimal(args.bound.value_or(""));
    if (!percent || *percent < 1 || *percent > 99)
      return usage_failure<CoverageOptions>("--bound is a percentage from 1 to 99");
    options.bound = static_cast<double>(*percent) / 100;
  }
  return options;
}

}  // namespace

int run_coverage(const CoverOptions& args) {
  const auto renderer = renderer_of(args);
  if (!renderer) return refuse(renderer.error());
  const auto options = options_of(args);
  if (!options) return refuse(options.error());
  auto request = request_of(args);
  if (!request) return refuse(request.error());
  request->findings = false;
  auto analysis = walk_once(*request);
  if (!analysis) return refuse(analysis.error());
  const int given = tell((*analysis)->problems, args);
  if (given != kDone) return given;
  report::CoverageReport report = cover(**analysis, *options);
  if (report.runs.empty())
    return refuse({Severity::Error, ProblemKind::Input, "", 0, 0,
                   "the logs hold no system call that is asked about", "",
                   "record with `strace -f -o FILE PROGRAM`"});
  if (!args.elf.empty()) {
    auto code = code_coverage(args, **analysis);
    if (!code) return refuse(code.error());
    report.code = std::move(*code);
  }
  if (const int printed = print((*renderer)->coverage(report, style_of(args))); printed != kDone)
    return printed;
  say_left_out(**analysis, args);
  return kDone;
}

}  // namespace medic::cli
