#include "cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>

#include "base/text.h"

namespace medic::cli {
namespace {

namespace po = boost::program_options;

constexpr OptionRow kOptions[] = {
    {"help", 'h', "", "common", "show this help"},
    {"color", 0, "WHEN", "common", "auto, always or never (also NO_COLOR)"},
    {"quiet", 'q', "", "common", "say on stderr only what failed"},

    {"input-format", 0, "NAME", "log", "read the logs as this dialect instead of sniffing"},
    {"arch", 0, "NAME", "log", "architecture of the machine, and of calls whose line does not say it"},
    {"threads", 0, "N", "log", "how many threads parse (default: the processors); the result is the same"},
    {"since", 0, "TIME", "log", "leave out earlier calls: 2026-11-22, 2026-11-22T01:02:03Z, @SECONDS"},
    {"until", 0, "TIME", "log", "leave out later calls"},
    {"inspect", 0, "FILE", "log",
     "containers as docker, podman, nerdctl, crictl inspect or a runtime's state says them (repeatable)"},
    {"snapshot", 0, "FILE", "log", "the host's processes, as scripts/snapshot-containers wrote them (repeatable)"},
    {"pid", 0, "GLOB", "filter", "only these processes and what they started (repeatable)"},
    {"comm", 0, "GLOB", "filter", "only programs of this name"},
    {"exe", 0, "GLOB", "filter", "only this executable"},
    {"container", 0, "GLOB", "filter", "only this container, by id, name, pod or systemd unit"},
    {"include-unattributed", 0, "", "filter", "with --container: also what can be laid to no container"},
    {"host", 0, "GLOB", "filter", "only this host"},
    {"phase", 0, "NAME", "filter",
     "init: the runtime's own calls before it executes the program; app: the program's; exec: what was executed into the "
     "container; all"},
    {"only-arch", 0, "NAME", "filter", "only calls of this architecture"},
    {"details", 'v', "", "findings", "show every finding in full, however many there are"},
    {"by", 0, "WHAT", "findings", "a finding for each container, program or host that met a cause, not one for the cause"},

    {"profile", 'p', "FILE", "profile", "the profile in force: Docker, OCI or Podman JSON, config.json, docker inspect output"},
    {"arch", 0, "NAME", "machine", "the machine's architecture"},
    {"caps", 0, "LIST", "context",
     "capabilities of the container: default, all, none, NAME,…, +NAME, -NAME (default: Docker's 14)"},
    {"kernel", 0, "VERSION", "context", "kernel that the container runs on (default: newer than any gate)"},
    {"runtime", 0, "NAME,…", "synthesis",
     "whose own calls are added: runc, crun, init (the init of `docker run --init`) or none (default: runc,crun)"},
    {"runtime", 0, "NAME", "context", "runc, crun or none (default: runc)"},
    {"libseccomp", 0, "VERSION", "context", "the runtime's libseccomp (2.5.4, 2.5.4+deb12, installed); newer names are dropped in silence (default: newest)"},

    {"format", 'f', "NAME", "format", "text or json"},
    {"output", 'o', "FILE", "output", "write the profile there, atomically"},
    {"in-place", 'i', "", "in-place", "replace the profile's own file, atomically; the old one is kept with a ~"},
    {"diff", 0, "", "output", "print a unified diff instead of the profile"},

    {"override", 0, "NAME,…", "policy", "lift an explicit deny, or a deliberate ENOSYS, of these calls"},
    {"accept-risk", 0, "NAME,…", "policy", "permit these calls in spite of their risk"},
    {"never", 0, "NAME,…|FILE", "policy", "never permit these calls, whatever else is said"},
    {"all-args", 0, "", "policy", "permit socket, personality and clone with any arguments, not only those seen"},
    {"companions", 0, "", "policy", "also permit what another libc or architecture calls instead"},

    {"interactive", 0, "", "interactive", "ask about each call: allow, narrow, answer ENOSYS, deny, skip"},
    {"dialogue", 0, "FORM", "interactive", "ask a program instead of a person, a line each way: json"},

    {"base", 0, "FILE", "synthesis", "extend this profile; what it denies by name stays denied"},

    {"runs", 0, "BY", "coverage", "what one run is: file, container or program (default: files where there are several, else what the log says)"},
    {"bound", 0, "PERCENT", "coverage", "how many more runs until the next one meets a new call with a chance below this (default: 5)"},
    {"elf", 0, "PATH", "coverage", "a program, a library that it loads at run time, a root directory or a root's tar: what its code could call (repeatable)"},
    {"root", 0, "DIR", "coverage", "the root in which a program of --elf finds its libraries (default: /)"},
    {"cache", 0, "DIR", "coverage", "keep what was read of ELF files there, by build-id"},

    {"per", 0, "WHAT", "synthesis", "a profile for each container, exe or comm, written into the folder of -o"},

    {"tree", 0, "", "tree", "print the processes in the logs, whose they are and how that is known"},

    {"checkpoint", 0, "FILE", "checkpoint",
     "read on where the run stopped that wrote this file, across rotation, and keep the new place there"},

    {"output", 'o', "FILE", "digest", "write the digest there, atomically (default: -, standard output)"},
    {"name", 0, "NAME[@BEGIN/TOTAL]", "digest",
     "what the input is called; with the bytes at which it begins in a whole of so many: a split of it"},
    {"like", 0, "FILE", "digest", "the input is a split of a log that begins as this file does: take the dialect from there"},

    {"completion", 0, "SHELL", "help", "print the completion script for bash or zsh"},

    {"to", 0, "FORMAT", "convert",
     "docker, oci, podman, spo, spo-v1beta1, lxc, kafel, systemd, firejail, minijail, libseccomp-c, bpf or bpf-base64"},
    {"from", 0, "FORMAT", "convert", "read the profile as this format instead of sniffing"},
    {"output", 'o', "FILE", "convert", "write it there, atomically"},
    {"name", 0, "NAME", "convert", "name of the object or policy, where the format wants one (default: the file's)"},
    {"strict", 0, "", "convert", "write nothing where anything is lost"},
    {"widen", 0, "", "convert", "permit a call whole where the format cannot hold its conditions (default: deny it)"},
    {"disassemble", 0, "", "convert", "print the compiled program, or the program that the file holds"},

    {"fix", 0, "", "lint", "fix what is safe to fix, and print the profile"},
    {"output", 'o', "FILE", "rewrite", "write the profile there, atomically"},
    {"diff", 0, "", "rewrite", "print a unified diff instead of the profile"},

    {"no-looser-than", 0, "BASE", "diff", "exit with 1 and a counter-example unless A permits no more than BASE"},

    {"intersect", 0, "", "merge", "permit what all of them permit, instead of what any does"},
    {"common-archs", 0, "", "merge", "know only the architectures that all of them know"},
    {"base", 0, "FILE", "merge", "add overlays, as repair --as overlay writes them, to this profile"},

    {"flag-only", 0, "", "complain", "keep denying, but ask the kernel to log it"},
    {"undo", 0, "", "complain", "the original of such a twin"},

    {"as", 0, "FORM", "as",
     "write the result as profile, json-patch (RFC 6902) or overlay (the additions alone, for merge --base)"},

    {"calls", 0, "FILE", "eval", "read many calls from FILE or - : one a line, `ARCH NUMBER A0 … A5` or as CALL"},
    {"format", 'f', "NAME", "eval", "text, json or jsonl"},
};

const OptionRow* find_option(const Command& command, std::string_view name) {
  for (const OptionRow& row : kOptions) {
    if (row.name == name &&
        (row.group == "common" || std::find(command.groups.begin(), command.groups.end(), row.group) != command.groups.end()))
      return &row;
  }
  return nullptr;
}

std::vector<const OptionRow*> options_of(const Command& command) {
  std::vector<const OptionRow*> out;
  for (const OptionRow& row : kOptions) {
    if (find_option(command, row.name) == &row) out.push_back(&row);
  }
  return out;
}

Problem usage(std::string text, std::string hint) {
  Problem problem;
  problem.kind = ProblemKind::Usage;
  problem.text = std::move(text);
  problem.hint = std::move(hint);
  return problem;
}

std::string nearest_option(const Command& command, std::string_view typed) {
  std::string best;
  unsigned distance = 4;
  for (const OptionRow* row : options_of(command)) {
    const unsigned now = edit_distance(typed, row->name, 3);
    if (now < distance) {
      distance = now;
      best = "did you mean --" + std::string(row->name) + "?";
    }
  }
  return best.empty() ? fmt::format("seccomp-medic {} --help lists the options", command.name) : best;
}

}  // namespace

std::span<const OptionRow> all_options() { return kOptions; }

std::string Arguments::value(std::string_view name) const {
  const auto found = values.find(name);
  return found == values.end() || found->second.empty() ? "" : found->second.back();
}

std::vector<std::string> Arguments::list(std::string_view name) const {
  std::vector<std::string> out;
  const auto found = values.find(name);
  if (found == values.end()) return out;
  for (const std::string& each : found->second) {
    for (const std::string_view part : split(each, ',')) {
      if (!trim(part).empty()) out.emplace_back(trim(part));
    }
  }
  return out;
}

Result<Arguments> parse_arguments(const Command& command, const std::vector<std::string>& words) {
  po::options_description description;
  for (const OptionRow* row : options_of(command)) {
    const std::string names = row->short_name == 0 ? std::string(row->name) : fmt::format("{},{}", row->name, row->short_name);
    if (row->metavar.empty())
      description.add_options()(names.c_str(), "");
    else
      description.add_options()(names.c_str(), po::value<std::vector<std::string>>(), "");
  }
  Arguments out;
  try {
    using namespace po::command_line_style;
    // No guessing of abbreviations: a script must not change its meaning when an option is added.
    const auto parsed = po::command_line_parser(words).options(description).style(unix_style & ~allow_guessing).run();
    for (const auto& option : parsed.options) {
      if (option.position_key >= 0) {
        out.positional.insert(out.positional.end(), option.value.begin(), option.value.end());
      } else {
        auto& values = out.values[option.string_key];
        values.insert(values.end(), option.value.begin(), option.value.end());
      }
    }
  } catch (const po::unknown_option& error) {
    std::string typed = error.get_option_name();
    typed.erase(0, typed.find_first_not_of('-'));
    return fail(usage(fmt::format("unknown option '{}'", error.get_option_name()), nearest_option(command, typed)));
  } catch (const po::error& error) {
    return fail(usage(error.what(), fmt::format("seccomp-medic {} --help lists the options", command.name)));
  }
  return out;
}

const Command* find_command(std::string_view name) {
  for (const Command& command : all_commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

std::string help_text() {
  std::string out =
      "usage: seccomp-medic COMMAND ...\n\n"
      "Reads audit logs, kernel logs, strace output and captures; says who was denied which\n"
      "system call, by which layer and why; and writes the seccomp profile that fixes it.\n\n";
  for (const Command& command : all_commands()) out += fmt::format("  {:<11} {}\n", command.name, command.summary);
  out +=
      "\nA LOG is a file, a directory of rotated logs, or - for standard input.\n"
      "Exit status: 0 done and nothing denied; 1 denials, or not all could be repaired;\n"
      "2 wrong command line; 3 an input cannot be read; 4 an output cannot be written.\n"
      "`seccomp-medic COMMAND --help` lists the options; the manual is seccomp-medic(1).\n";
  return out;
}

std::string help_text(const Command& command) {
  std::string out = fmt::format("usage: seccomp-medic {} {}\n\n{}\n\n", command.name, command.synopsis, command.summary);
  for (const OptionRow* row : options_of(command)) {
    std::string left =
        row->short_name == 0 ? fmt::format("    --{}", row->name) : fmt::format("-{}, --{}", row->short_name, row->name);
    if (!row->metavar.empty()) left += fmt::format(" {}", row->metavar);
    out += left.size() <= 24 ? fmt::format("  {:<25} {}\n", left, row->help)
                             : fmt::format("  {}\n  {:<25} {}\n", left, "", row->help);
  }
  return out;
}

std::string completion_script(std::string_view shell) {
  std::string commands, cases;
  for (const Command& command : all_commands()) {
    commands += fmt::format("{}{}", commands.empty() ? "" : " ", command.name);
    std::string options;
    for (const OptionRow* row : options_of(command)) options += fmt::format("{}--{}", options.empty() ? "" : " ", row->name);
    cases += fmt::format("    {}) words=\"{}\" ;;\n", command.name, options);
  }
  if (shell == "zsh") {
    return fmt::format(
        "#compdef seccomp-medic\n# Made by: seccomp-medic help --completion zsh\nlocal words_list\nif (( CURRENT == 2 )); then\n "
        " compadd {}\n  return\nfi\n"
        "local words\ncase $words[2] in\n{}esac\nif [[ $PREFIX == -* ]]; then compadd -- ${{=words}}; else _files; fi\n",
        commands, cases);
  }
  return fmt::format(
      "# Made by: seccomp-medic help --completion bash\n_seccomp_medic() {{\n  local current=${{COMP_WORDS[COMP_CWORD]}} "
      "words=\"\"\n  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W \"{}\" -- \"$current\"))\n    return\n  fi\n  case ${{COMP_WORDS[1]}} in\n{}  esac\n"
      "  case $current in\n    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$current\")) ;;\n    *) COMPREPLY=($(compgen -f -- "
      "\"$current\")) ;;\n  esac\n}}\n"
      "complete -o filenames -F _seccomp_medic seccomp-medic\n",
      commands, cases);
}

}  // namespace medic::cli
