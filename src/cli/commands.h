// The commands: what each takes, one function each in a file of its own (options in, exit code
// out), and the one list of them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "cli/options.h"

namespace medic::cli {

using DiagnoseOptions = Options<LogOptions, MachineOptions, FilterOptions, FindingsOptions,
                                ProfileOptions, ContextOptions, RuntimeOptions, FormatOptions,
                                CallersOptions, TreeOptions, CheckpointOptions>;
using RepairOptions = Options<LogOptions, MachineOptions, FilterOptions, ProfileOptions,
                              ContextOptions, RuntimeOptions, FormatOptions, OutputOptions,
                              InPlaceOptions, PolicyOptions, FormOptions, InteractiveOptions>;
using SynthesizeOptions = Options<LogOptions, MachineOptions, FilterOptions, ContextOptions,
                                  FormatOptions, OutputOptions, PolicyOptions, SynthesisOptions>;
using CheckOptions = Options<LogOptions, MachineOptions, FilterOptions, FindingsOptions,
                             ProfileOptions, ContextOptions, RuntimeOptions, FormatOptions>;
using CoverOptions =
    Options<LogOptions, MachineOptions, FilterOptions, ProfileOptions, ContextOptions,
            RuntimeOptions, FormatOptions, CompletenessOptions, CodeOptions>;
using ForesightOptions = Options<LogOptions, MachineOptions, FilterOptions, ProfileOptions,
                                 ContextOptions, TomorrowOptions, CodeOptions, FormatOptions>;
using EvaluateOptions = Options<MachineOptions, ContextOptions, RuntimeOptions, EvalOptions>;
using ConversionOptions = Options<MachineOptions, ContextOptions, RuntimeOptions, ConvertOptions>;
using LintingOptions = Options<MachineOptions, ContextOptions, RuntimeOptions, FormatOptions,
                               LintOptions, OutputOptions, InPlaceOptions>;
using ComparisonOptions =
    Options<MachineOptions, ContextOptions, RuntimeOptions, FormatOptions, DiffOptions>;
using MergingOptions =
    Options<MachineOptions, ContextOptions, RuntimeOptions, MergeOptions, OutputOptions>;
using ComplainingOptions = Options<MachineOptions, ContextOptions, RuntimeOptions, ComplainOptions,
                                   OutputOptions, InPlaceOptions>;
using RebasingOptions =
    Options<MachineOptions, ContextOptions, RuntimeOptions, RebaseOptions, OutputOptions>;
using CapabilitiesOptions = Options<LogOptions, MachineOptions, FilterOptions, ProfileOptions,
                                    ContextOptions, RuntimeOptions, SheetOptions>;
using ProfilesOptions = Options<MachineOptions, FormatOptions, OutputOptions>;
using FoldOptions =
    Options<LogOptions, MachineOptions, ProfileOptions, CheckpointOptions, DigestOptions>;
using ServingOptions = Options<McpOptions>;
using CollectingOptions = Options<CollectOptions>;
using ExplainOptions = Options<>;
using SyscallsOptions = Options<MachineOptions, FormatOptions>;
using HelpOptions = Options<CompletionOptions>;

int run_capabilities(const CapabilitiesOptions& args);
int run_check(const CheckOptions& args);
int run_collect(const CollectingOptions& args);
int run_complain(const ComplainingOptions& args);
int run_profiles(const ProfilesOptions& args);
int run_coverage(const CoverOptions& args);
int run_convert(const ConversionOptions& args);
int run_diagnose(const DiagnoseOptions& args);
int run_digest(const FoldOptions& args);
int run_diff(const ComparisonOptions& args);
int run_eval(const EvaluateOptions& args);
int run_explain(const ExplainOptions& args);
int run_help(const HelpOptions& args);
int run_lint(const LintingOptions& args);
int run_mcp(const ServingOptions& args);
int run_merge(const MergingOptions& args);
int run_rebase(const RebasingOptions& args);
int run_repair(const RepairOptions& args);
int run_synthesize(const SynthesizeOptions& args);
int run_syscalls(const SyscallsOptions& args);
int run_what_if(const ForesightOptions& args);

struct CommandText {
  std::string_view name;
  std::string_view arguments;  // the synopsis behind the name
  std::string_view summary;    // one line
  std::string_view
      takes;  // what its arguments are: "@log", "@profiles", "@kinds", "@syscalls", "@commands"
  std::vector<std::string_view> examples;  // without "seccomp-medic"
};

struct Command : CommandText {
  std::vector<OptionGroup> groups;                          // without those of every command
  int (*run)(const Command&, const List& words) = nullptr;  // parses, then runs; the exit code
};

std::span<const Command> all_commands();
const Command* find_command(std::string_view name);

}  // namespace medic::cli
