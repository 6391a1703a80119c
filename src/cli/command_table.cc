#include <algorithm>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/session.h"

namespace medic::cli {
namespace {

template <class Taken, int (*kRun)(const Taken&)>
int parse_and_run(const Command& command, const List& words) {
  Taken args;
  if (const auto parsed = parse_options(command.name, words, args); !parsed)
    return refuse(parsed.error());
  if (args.help) return print(help_text(command, HelpForm::Long, style_of(args)));
  if (args.short_help) return print(help_text(command, HelpForm::Short, style_of(args)));
  return kRun(args);
}

template <class... Groups>
std::vector<OptionGroup> groups_of(int (*)(const Options<Groups...>&)) {
  return {OptionGroup{Groups::kTitle, rows_of<Groups>()}...};
}

template <class Run>
struct TakenBy;
template <class Taken>
struct TakenBy<int (*)(const Taken&)> {
  using type = Taken;
};

template <auto kRun>
Command command(CommandText text) {
  return {std::move(text), groups_of(kRun),
          parse_and_run<typename TakenBy<decltype(kRun)>::type, kRun>};
}

}  // namespace

std::span<const Command> all_commands() {
  static const std::vector<Command> kCommands = {
      command<run_diagnose>({"diagnose",
                             "LOG... [CALL...] [--profile FILE]",
                             "who was denied what, by which layer, why, and what to do",
                             "@log",
                             {"diagnose /var/log/audit --since yesterday",
                              "diagnose trace.log --profile profile.json --details",
                              "diagnose audit.log --container web --format json"}}),
      command<run_repair>({"repair",
                           "LOG... [--profile FILE]",
                           "add to a profile what was denied, and prove the result",
                           "@log",
                           {"repair trace.log --profile profile.json --diff",
                            "repair trace.log --profile docker@27 --materialise -o new.json",
                            "repair audit.log --profile profile.json --interactive -o new.json"}}),
      command<run_synthesize>({"synthesize",
                               "LOG... [--base FILE]",
                               "a new profile from what was seen",
                               "@log",
                               {"synthesize trace.log -o profile.json",
                                "synthesize recordings/ --comm nginx --phase app -o nginx.json",
                                "synthesize trace.log --base docker --diff"}}),
      command<run_check>({"check",
                          "LOG... --profile FILE",
                          "replay: what would this profile deny?",
                          "@log",
                          {"check trace.log --profile new.json",
                           "check trace.log --profile docker@27 --kernel 6.1",
                           "check recordings/ --profile new.json --format json"}}),
      command<run_coverage>(
          {"coverage",
           "LOG... [--elf PATH]",
           "is the recording complete enough to lock down? what else could the program call?",
           "@log",
           {"coverage run1.log run2.log run3.log",
            "coverage recordings/ --runs container --bound 1",
            "coverage trace.log --elf /usr/sbin/nginx --profile profile.json"}}),
      command<run_what_if>(
          {"what-if",
           "LOG... --profile FILE",
           "what would break under another runtime, libseccomp, kernel, libc or program, and the "
           "fix to make first",
           "@log",
           {"what-if trace.log --profile profile.json --libc glibc@2.41",
            "what-if trace.log --profile docker@20.10 --runtime runc@1.3 --libseccomp 2.6",
            "what-if trace.log --profile profile.json --elf ./new-server --format json"}}),
      command<run_eval>(
          {"eval",
           "PROFILE CALL... | PROFILE --calls FILE",
           "what a profile does with a call, by which rule; CALL as 'socket(AF_VSOCK, 1, 0)'",
           "@profiles",
           {"eval profile.json mkdir io_uring_setup", "eval docker 'socket(AF_VSOCK, 1, 0)'",
            "eval profile.json --calls calls.txt --format jsonl"}}),
      command<run_convert>({"convert",
                            "PROFILE --to FORMAT",
                            "another tool's format, and back: OCI, Kubernetes, systemd, minijail, "
                            "kafel, LXC, firejail, "
                            "libseccomp, BPF",
                            "@profiles",
                            {"convert profile.json --to spo --name web",
                             "convert web.service --to docker -o profile.json",
                             "convert profile.json --disassemble"}}),
      command<run_lint>({"lint",
                         "PROFILE...",
                         "mistakes in a profile, each with its place, the reason and the fix",
                         "@profiles",
                         {"lint profile.json", "lint profile.json --fix --in-place",
                          "lint profiles/a.json profiles/b.json --format json"}}),
      command<run_diff>(
          {"diff",
           "A B | A --no-looser-than BASE",
           "exactly what one profile permits and the other does not, with an example call",
           "@profiles",
           {"diff old.json new.json", "diff docker@26 docker@27",
            "diff new.json --no-looser-than docker"}}),
      command<run_merge>({"merge",
                          "PROFILE... | --base PROFILE OVERLAY...",
                          "union, or intersection, of profiles by meaning",
                          "@profiles",
                          {"merge a.json b.json -o both.json", "merge a.json b.json --intersect",
                           "merge --base docker overlay.json -o profile.json"}}),
      command<run_rebase>({"rebase",
                           "OVERLAY --onto NAME",
                           "move an overlay to another release of the default profile",
                           "@file",
                           {"rebase overlay.json --onto docker@29",
                            "rebase overlay.json --onto docker@29 -o overlay29.json",
                            "rebase overlay.json --onto docker@29 --materialise -o profile.json"}}),
      command<run_capabilities>(
          {"capabilities",
           "LOG...",
           "the smallest set of capabilities that the evidence asks for",
           "@log",
           {"capabilities trace.log", "capabilities trace.log --profile docker --as compose",
            "capabilities recordings/ --container web --as kubernetes"}}),
      command<run_complain>(
          {"complain",
           "PROFILE",
           "the same profile, logging instead of denying, and how to collect with it",
           "@profiles",
           {"complain profile.json -o logging.json", "complain profile.json --flag-only --in-place",
            "complain logging.json --undo -o profile.json"}}),
      command<run_profiles>(
          {"profiles",
           "[NAME]",
           "the default profiles that engines shipped, by release; with NAME one of them as JSON",
           "@profiles",
           {"profiles", "profiles docker@27 -o docker27.json", "profiles --format json"}}),
      command<run_digest>(
          {"digest",
           "LOG... -o FILE",
           "fold logs and digests to a small mergeable file, which every command reads as a LOG",
           "@log",
           {"digest /var/log/audit -o host1.digest",
            "digest host1.digest host2.digest -o fleet.digest",
            "digest /var/log/audit --checkpoint place.json -o new.digest"}}),
      command<run_explain>(
          {"explain",
           "FINDING-ID...",
           "what a finding means, how it is reported, how to be surer",
           "@kinds",
           {"explain", "explain seccomp-denied", "explain benign-probe capability"}}),
      command<run_syscalls>(
          {"syscalls",
           "NAME|NUMBER...",
           "numbers per architecture, risk, capability, companions",
           "@syscalls",
           {"syscalls mkdir", "syscalls 83 --arch x86_64", "syscalls clone3 --format json"}}),
      command<run_collect>(
          {"collect",
           "--from STORE [--since TIME]",
           "print the query that fetches the lines that matter from where logs are kept",
           "",
           {"collect --from loki --since today --host node7",
            "collect --from journald --since yesterday",
            "collect --from gcp --since 2026-11-22 --namespace shop --pod web-0"}}),
      command<run_mcp>(
          {"mcp",
           "FOLDER",
           "answer an agent's questions about the logs and profiles of a folder: Model "
           "Context Protocol on standard input and output",
           "@folder",
           {"mcp /var/log/audit", "mcp incident/ --within docker",
            "mcp incident/ --allow-write incident/proposed"}}),
      command<run_help>({"help",
                         "[COMMAND]",
                         "the commands, or the options of one",
                         "@commands",
                         {"help", "help repair", "help --completion bash"}}),
  };
  return kCommands;
}

const Command* find_command(std::string_view name) {
  const auto commands = all_commands();
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const Command& each) { return each.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

}  // namespace medic::cli
