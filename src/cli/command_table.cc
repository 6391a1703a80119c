#include "cli/commands.h"

namespace medic::cli {

std::span<const Command> all_commands() {
  static const std::vector<Command> kCommands = {
      {"diagnose", "LOG... [--profile FILE]", "who was denied what, by which layer, why, and what to do", {"log", "filter", "profile", "context", "format"}, run_diagnose},
      {"repair", "LOG... --profile FILE", "add to a profile what was denied, and prove the result", {"log", "filter", "profile", "context", "format", "output", "in-place", "policy"}, run_repair},
      {"synthesize", "LOG... [--base FILE]", "a new profile from what was seen", {"log", "filter", "context", "format", "output", "policy", "synthesis"}, run_synthesize},
      {"check", "LOG... --profile FILE", "replay: what would this profile deny?", {"log", "filter", "profile", "context", "format"}, run_check},
      {"eval", "PROFILE CALL... | PROFILE --calls FILE", "what a profile does with a call, by which rule; CALL as 'socket(AF_VSOCK, 1, 0)'", {"machine", "context", "eval"}, run_eval},
      {"convert", "PROFILE --to FORMAT", "another tool's format, and back: OCI, Kubernetes, systemd, minijail, kafel, LXC, firejail, libseccomp, BPF", {"machine", "context", "convert"}, run_convert},
      {"explain", "FINDING-ID...", "what a finding means, how it is told, how to be surer", {}, run_explain},
      {"syscalls", "NAME|NUMBER...", "numbers per architecture, risk, capability, companions", {"machine", "format"}, run_syscalls},
      {"help", "[COMMAND]", "the commands, or the options of one", {"help"}, run_help},
  };
  return kCommands;
}

}  // namespace medic::cli
