#include "cli/apparmor_repair.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/profile_input.h"
#include "edit/edit.h"
#include "io/reader.h"
#include "repair/apparmor.h"

namespace medic::cli {
namespace {

constexpr std::size_t kLargest = std::size_t{1} << 20;
constexpr const char* kParsers[] = {"/usr/sbin/apparmor_parser", "/sbin/apparmor_parser"};

enum class Checked : std::uint8_t { Accepted, Refused, NotThere };

// Asks AppArmor's own parser, which loads nothing (-Q) and leaves no cache (-K). What it says goes
// to stderr by itself.
Checked ask_parser(const std::string& text) {
  for (const char* parser : kParsers) {
    if (access(parser, X_OK) != 0) continue;
    const int file = memfd_create("profile", 0);
    if (file < 0) return Checked::NotThere;
    const bool whole = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    lseek(file, 0, SEEK_SET);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, file, 0);
    posix_spawn_file_actions_adddup2(&actions, 2, 1);
    std::array<char*, 3> words{const_cast<char*>(parser), const_cast<char*>("-QK"), nullptr};
    pid_t child = 0;
    const bool started =
        whole && posix_spawn(&child, parser, &actions, nullptr, words.data(), environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    close(file);
    int status = 0;
    if (!started || waitpid(child, &status, 0) != child) return Checked::NotThere;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? Checked::Accepted : Checked::Refused;
  }
  return Checked::NotThere;
}

std::string_view words_of(Checked checked) {
  switch (checked) {
    case Checked::Accepted: return "apparmor_parser takes the result";
    case Checked::Refused: return "apparmor_parser refuses the result";
    case Checked::NotThere: return "not checked: apparmor_parser is not installed here";
  }
  return {};
}

void report_text(const RepairOptions& args, const repair::AccessRepair& made, Checked checked) {
  std::string out =
      made.added.empty() ? "Nothing is added.\n" : fmt::format("Added ({}):\n", made.added.size());
  for (const repair::AddedRule& each : made.added)
    out += fmt::format("  + {}{}  {}\n", escape_for_terminal(each.rule),
                       each.line != 0 ? fmt::format("  (line {})", each.line) : "",
                       escape_for_terminal(fmt::format("{}", fmt::join(each.because, ", "))));
  if (!made.refused.empty()) out += fmt::format("Not added ({}):\n", made.refused.size());
  for (const repair::RefusedAccess& each : made.refused)
    out += fmt::format("  - {}: {}  {}\n", escape_for_terminal(each.rule),
                       escape_for_terminal(each.why),
                       escape_for_terminal(fmt::format("{}", fmt::join(each.because, ", "))));
  say(out + fmt::format("{}.\n", words_of(checked)), args);
}

std::string report_json(const repair::AccessRepair& made, Checked checked) {
  nlohmann::ordered_json added = nlohmann::ordered_json::array(),
                         refused = nlohmann::ordered_json::array();
  for (const repair::AddedRule& each : made.added)
    added.push_back({{"rule", each.rule},
                     {"line", each.line != 0 ? nlohmann::ordered_json(each.line)
                                             : nlohmann::ordered_json(nullptr)},
                     {"because", each.because}});
  for (const repair::RefusedAccess& each : made.refused)
    refused.push_back({{"rule", each.rule}, {"text", each.why}, {"because", each.because}});
  return dump({{"schema", "seccomp-medic/apparmor-repair/1"},
               {"complete", made.complete() && checked != Checked::Refused},
               {"added", added},
               {"refused", refused},
               {"parser", checked == Checked::Accepted  ? "accepted"
                          : checked == Checked::Refused ? "refused"
                                                        : "not-installed"},
               {"profile", made.text}});
}

int write_result(const RepairOptions& args, const std::string& path, const std::string& old,
                 const std::string& text) {
  if (args.in_place && text != old) {
    const auto written = io::write_atomically(path, text, "~");
    if (!written) return refuse(written.error());
  }
  const std::string to = args.output.value_or("-");
  if (to != "-") {
    const auto written = io::write_atomically(to, text, "");
    if (!written) return refuse(written.error());
  }
  if (args.diff) return print(profile::unified_diff(old, text, path, to == "-" ? path : to));
  return args.in_place || to != "-" || args.format.value_or("text") == "json" ? kDone : print(text);
}

// Permissive records, and those of other profiles, are not what was refused.
std::vector<repair::AccessRequest> enforced_of(const RepairOptions& args,
                                               std::vector<repair::AccessRequest> all) {
  const auto permissive = std::erase_if(all, [](const auto& each) { return !each.enforced; });
  if (permissive > 0)
    say(fmt::format("note: {} access{} logged alone, by a profile in complain mode: nothing was "
                    "refused\n",
                    permissive, permissive == 1 ? " was" : "es were"),
        args);
  return all;
}

}  // namespace

int repair_apparmor(const RepairOptions& args) {
  const std::string path = args.apparmor.value_or("");
  if (args.profile.has_value())
    return refuse(usage_problem("--apparmor and --profile are two repairs", "one after the other"));
  if (args.in_place && args.output.has_value())
    return refuse(usage_problem("--in-place replaces the profile's own file: it goes without -o"));
  auto text = io::read_file(path, kLargest);
  if (!text) return refuse(text.error());
  auto request = request_of(args);
  if (!request) return refuse(request.error());
  request->findings = false;
  const auto analysis = walk_once(*request, args);
  if (!analysis) return refuse(analysis.error());
  if (const int given = tell((*analysis)->problems, args); given != kDone) return given;
  repair::AccessOptions options;
  for (const std::string& name : split_at_commas(args.accept_risk))
    options.accept_risk.insert(name);
  options.trust_output = args.trust.has_value();
  const auto requests = enforced_of(
      args, repair::access_requests((*analysis)->read->ledger, (*analysis)->read->accounts));
  const auto made = repair::repair_access(*text, path, requests, options);
  if (!made) return refuse(made.error());
  const Checked checked = ask_parser(made->generated.empty() ? made->text : made->generated);
  const bool json = args.format.value_or("text") == "json";
  if (!json) report_text(args, *made, checked);
  if (checked == Checked::Refused && !args.write_unproven && made->text != *text) {
    say("seccomp-medic: error: nothing was written\n  fix: --write-unproven writes it all the "
        "same\n",
        {});
    return kDenials;
  }
  if (const int code = write_result(args, path, *text, made->text); code != kDone) return code;
  if (json && !args.diff) {
    if (const int code = print(report_json(*made, checked)); code != kDone) return code;
  }
  return made->complete() && checked != Checked::Refused ? kDone : kDenials;
}

}  // namespace medic::cli
