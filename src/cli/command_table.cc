#include "cli/commands.h"

namespace medic::cli {

std::span<const Command> all_commands() {
  static const std::vector<Command> kCommands = {
      {"diagnose", "LOG... [--profile FILE]", "who was denied what, by which layer, why, and what to do", {"log", "filter", "profile", "context", "format", "tree", "checkpoint"}, run_diagnose},
      {"repair", "LOG... --profile FILE", "add to a profile what was denied, and prove the result", {"log", "filter", "profile", "context", "format", "output", "in-place", "policy", "as", "interactive"}, run_repair},
      {"synthesize", "LOG... [--base FILE]", "a new profile from what was seen", {"log", "filter", "context", "format", "output", "policy", "synthesis"}, run_synthesize},
      {"check", "LOG... --profile FILE", "replay: what would this profile deny?", {"log", "filter", "profile", "context", "format"}, run_check},
      {"eval", "PROFILE CALL... | PROFILE --calls FILE", "what a profile does with a call, by which rule; CALL as 'socket(AF_VSOCK, 1, 0)'", {"machine", "context", "eval"}, run_eval},
      {"convert", "PROFILE --to FORMAT", "another tool's format, and back: OCI, Kubernetes, systemd, minijail, kafel, LXC, firejail, libseccomp, BPF", {"machine", "context", "convert"}, run_convert},
      {"lint", "PROFILE...", "mistakes in a profile, each with its place, the reason and the mend", {"machine", "context", "format", "lint", "rewrite", "in-place"}, run_lint},
      {"diff", "A B | A --no-looser-than BASE", "exactly what one profile permits and the other does not, with an example call", {"machine", "context", "format", "diff"}, run_diff},
      {"merge", "PROFILE... | --base PROFILE OVERLAY...", "union, or intersection, of profiles by meaning", {"machine", "context", "merge", "rewrite"}, run_merge},
      {"complain", "PROFILE", "the same profile, logging instead of denying, and how to collect with it", {"machine", "context", "complain", "rewrite", "in-place"}, run_complain},
      {"digest", "LOG... -o FILE", "fold logs and digests to a small mergeable file, which every command reads as a LOG", {"log", "profile", "checkpoint", "digest"}, run_digest},
      {"explain", "FINDING-ID...", "what a finding means, how it is told, how to be surer", {}, run_explain},
      {"syscalls", "NAME|NUMBER...", "numbers per architecture, risk, capability, companions", {"machine", "format"}, run_syscalls},
      {"help", "[COMMAND]", "the commands, or the options of one", {"help"}, run_help},
  };
  return kCommands;
}

}  // namespace medic::cli
