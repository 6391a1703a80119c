#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/profile_input.h"
#include "convert/convert.h"
#include "io/reader.h"
#include "lint/lint.h"

namespace medic::cli {
namespace {

using Json = nlohmann::ordered_json;
using profile::LintFinding;

constexpr std::size_t kLargest = std::size_t{16} << 20;

std::string_view word(Severity severity) {
  switch (severity) {
    case Severity::Error: return "error";
    case Severity::Warning: return "warning";
    case Severity::Note: return "note";
  }
  return "note";
}

// One profile: what was found, and with --fix what was fixed before.
struct Linted {
  std::string path, shown, text;
  std::vector<LintFinding> findings;  // without those that the baseline holds
  std::optional<profile::Fixed> fixed;
  std::size_t known = 0;  // findings that the baseline holds
};

bool is_clean(const std::vector<LintFinding>& findings) {
  return std::all_of(findings.begin(), findings.end(),
                     [](const LintFinding& each) { return each.severity == Severity::Note; });
}

// Is one of them as bad as --fail-on says, or worse?
bool fails(const LintingOptions& args, const std::vector<LintFinding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [&](const LintFinding& each) {
    if (args.fail_on == "note") return true;
    return each.severity == Severity::Error ||
           (each.severity == Severity::Warning && args.fail_on != "error");
  });
}

// Path, id and text of each finding that is accepted, without its line, which moves with every
// edit; as often as it was there.
using Baseline = std::multiset<std::tuple<std::string, std::string, std::string>>;

Result<Baseline> baseline_of(const LintingOptions& args) {
  Baseline out;
  if (!args.baseline) return out;
  auto text = io::read_file(*args.baseline, kLargest);
  if (!text) return fail(std::move(text.error()));
  const Json json = Json::parse(*text, nullptr, false);
  const auto member = [](const Json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return object.is_object() && found != object.end() ? *found : Json();
  };
  const auto word_of = [](const Json& value) {
    return value.is_string() ? value.get<std::string>() : std::string();
  };
  if (word_of(member(json, "schema")) != "seccomp-medic/lint/1") {
    Problem problem;
    problem.file = *args.baseline;
    problem.text = "is no answer of lint --format json";
    problem.hint = "seccomp-medic lint PROFILE... --format json > " + *args.baseline;
    return fail(std::move(problem));
  }
  for (const Json& each : member(json, "profiles")) {
    for (const Json& finding : member(each, "findings"))
      out.emplace(word_of(member(each, "path")), word_of(member(finding, "id")),
                  word_of(member(finding, "text")));
  }
  return out;
}

// Takes the accepted findings out of both, each once, and returns how many they were.
std::size_t leave_out_known(Baseline& baseline, Linted& linted) {
  return std::erase_if(linted.findings, [&](const LintFinding& each) {
    const auto found = baseline.find({linted.shown, std::string(each.id), each.text});
    if (found == baseline.end()) return false;
    baseline.erase(found);
    return true;
  });
}

bool is_unreadable(const std::vector<LintFinding>& findings) {
  return findings.size() == 1 && findings.front().id == "unreadable";
}

// What is no JSON file: a built-in, or another format, whose lines are not the profile's.
Result<std::optional<Linted>> examine_other(const LintingOptions& args, const std::string& path) {
  if (path == "-" || args.fix) return std::nullopt;
  auto context = context_of(args);
  if (!context) return fail(std::move(context.error()));
  Problems notes;
  const auto profile = load_profile(path, notes, context->arch);
  if (!profile && is_built_in(path)) return fail(profile.error());
  if (!profile || profile->read_as.empty()) return std::nullopt;
  tell(notes, args);
  const auto native = machine_of(args, &*profile);
  if (!native) return fail(native.error());
  context->arch = *native;
  return Linted{path, profile->path, profile->text, profile::lint(*profile, *context), {}};
}

// The first bytes as they are on disk: reading takes a byte order mark off. Empty for standard
// input.
std::string front_of(const std::string& path) {
  if (path == "-") return {};
  std::string front(4, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(front.data(), static_cast<std::streamsize>(front.size()));
  front.resize(static_cast<std::size_t>(file.gcount()));
  return front;
}

Result<Linted> examine(const LintingOptions& args, const std::string& path) {
  auto other = examine_other(args, path);
  if (!other) return fail(std::move(other.error()));
  if (*other) return std::move(**other);
  auto text = io::read_file(path, kLargest);
  if (!text) return fail(std::move(text.error()));
  if (const std::string log = profile::sniff_format(*text) == nullptr ? looks_like_log(*text) : "";
      !log.empty())
    return fail(log_for_profile(path, log));
  Linted out{path, path == "-" ? "<stdin>" : path, std::move(*text), {}, {}};
  Problems ignored;  // lint says them with a reason and a fix
  auto profile = profile::read_profile(out.text, out.shown, ignored);
  auto context = context_of(args);
  if (!context) return fail(std::move(context.error()));
  const auto native = machine_of(args, profile ? &*profile : nullptr);
  if (!native) return fail(native.error());
  context->arch = *native;
  if (!args.fix) {
    out.findings = profile ? profile::lint(*profile, *context)
                           : profile::lint_text(out.text, out.shown, *context);
    if (auto found = profile::lint_encoding(front_of(path), out.shown))
      out.findings.insert(out.findings.begin(), std::move(*found));
    return out;
  }
  auto fixed = profile::fix_all(out.text, out.shown, *context);
  if (!fixed) return fail(std::move(fixed.error()));
  out.findings = profile::lint_text(fixed->text, out.shown, *context);
  out.fixed.emplace(std::move(*fixed));
  return out;
}

std::string place_text(const LintFinding& finding, const std::string& path) {
  const std::string file = escape_for_terminal(path);
  if (finding.place.line == 0) return file;
  return finding.place.column == 0
             ? fmt::format("{}:{}", file, finding.place.line)
             : fmt::format("{}:{}:{}", file, finding.place.line, finding.place.column);
}

void row(std::string& out, std::string_view label, const std::string& text,
         const report::Style& style) {
  if (!text.empty())
    out += fmt::format("    {:<6}{}\n", label, report::wrap(escape_for_terminal(text), 10, style));
}

// "lines 12, 30 and 7 others"
std::string more_places(const LintFinding& finding) {
  constexpr std::size_t kShown = 8;
  std::vector<std::string> lines;
  for (const profile::Place& place : finding.more) {
    if (lines.size() < kShown && place.line != 0) lines.push_back(fmt::format("{}", place.line));
  }
  if (lines.empty()) return {};
  const std::size_t others = finding.more.size() - lines.size();
  return fmt::format(
      "line{} {}{}", lines.size() == 1 ? "" : "s", fmt::join(lines, ", "),
      others == 0 ? "" : fmt::format(" and {} other{}", others, others == 1 ? "" : "s"));
}

std::string finding_text(const LintFinding& finding, const std::string& path,
                         const report::Style& style) {
  std::string out =
      fmt::format("{}: {}: {} [{}]\n", place_text(finding, path), word(finding.severity),
                  escape_for_terminal(finding.text), finding.id);
  row(out, "also", more_places(finding), style);
  row(out, "why", finding.reason, style);
  row(out, "hint",
      finding.hint + (finding.fix.empty() ? ""
                      : finding.fix_changes_meaning
                          ? " (--fix does it, and the profile then does something else)"
                          : " (--fix does it)"),
      style);
  return out;
}

std::string count_text(const std::vector<LintFinding>& findings) {
  const auto count = [&](Severity severity) {
    return std::count_if(findings.begin(), findings.end(),
                         [&](const LintFinding& each) { return each.severity == severity; });
  };
  const auto some = [](std::ptrdiff_t number, std::string_view what) {
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
  };
  return fmt::format("{}, {}, {}", some(count(Severity::Error), "error"),
                     some(count(Severity::Warning), "warning"),
                     some(count(Severity::Note), "note"));
}

std::string linted_text(const Linted& linted, const report::Style& style) {
  std::string out;
  if (linted.fixed) {
    for (const LintFinding& each : linted.fixed->applied)
      out += fmt::format("{}: fixed: {} [{}]\n", place_text(each, linted.shown),
                         escape_for_terminal(each.text), each.id);
  }
  for (const LintFinding& each : linted.findings) out += finding_text(each, linted.shown, style);
  return out + fmt::format(
                   "{}: {}{}{}\n", escape_for_terminal(linted.shown), count_text(linted.findings),
                   linted.fixed ? fmt::format(" left; {} fixed", linted.fixed->applied.size()) : "",
                   linted.known > 0 ? fmt::format("; {} more in the baseline", linted.known) : "");
}

Json lines_of(const std::vector<profile::Place>& places) {
  Json out = Json::array();
  for (const profile::Place& place : places) out.push_back(place.line);
  return out;
}

Json findings_json(const std::vector<LintFinding>& findings) {
  Json out = Json::array();
  for (const LintFinding& each : findings) {
    out.push_back({{"id", each.id},
                   {"severity", word(each.severity)},
                   {"line", each.place.line != 0 ? Json(each.place.line) : Json(nullptr)},
                   {"column", each.place.column != 0 ? Json(each.place.column) : Json(nullptr)},
                   {"more_lines", lines_of(each.more)},
                   {"text", each.text},
                   {"reason", each.reason},
                   {"hint", each.hint},
                   {"fixable", !each.fix.empty()},
                   {"fix_changes_meaning", each.fix_changes_meaning}});
  }
  return out;
}

Json linted_json(const Linted& linted) {
  Json out = {{"path", linted.shown},
              {"clean", is_clean(linted.findings)},
              {"findings", findings_json(linted.findings)}};
  if (linted.known > 0) out["known"] = linted.known;
  if (!linted.fixed) return out;
  const Json parsed = Json::parse(linted.fixed->text, nullptr, false);
  out["fixed"] = findings_json(linted.fixed->applied);
  out["profile"] = parsed.is_discarded() ? Json(nullptr) : parsed;
  return out;
}

// Where the fixed profile goes. The findings have gone to stderr then, or are the answer in JSON.
int deliver_fixed(const LintingOptions& args, const Linted& linted, Form form) {
  if (form == Form::Json && !args.in_place && !args.output.has_value()) return kDone;
  profile::Profile old;
  old.path = linted.path;
  old.text = linted.text;
  return deliver_changed(args, old, linted.fixed->text);
}

Result<void> check_options(const LintingOptions& args) {
  if (args.positional.empty())
    return usage_failure<void>("no profile is named", "seccomp-medic lint PROFILE...");
  const bool writes = args.output.has_value() || args.in_place || args.diff;
  if (writes && !args.fix) return usage_failure<void>("nothing is written without --fix");
  if (args.fix && args.positional.size() > 1 && !args.in_place)
    return usage_failure<void>("several profiles are fixed in place only",
                               "--in-place, or one at a time");
  for (const std::string& path : args.positional) {
    if (auto checked = check_target(args, path); !checked) return checked;
  }
  if (args.diff && args.format.value_or("") == "json")
    return usage_failure<void>(
        "--diff is for --format text: the JSON answer holds the fixed profile");
  return {};
}

}  // namespace

int run_lint(const LintingOptions& args) {
  const auto form = form_of(args);
  if (!form) return refuse(form.error());
  if (const auto checked = check_options(args); !checked) return refuse(checked.error());
  auto baseline = baseline_of(args);
  if (!baseline) return refuse(baseline.error());
  int code = kDone;
  std::string text;
  Json profiles = Json::array();
  for (const std::string& path : args.positional) {
    auto linted = examine(args, path);
    if (!linted) return refuse(linted.error());
    linted->known = leave_out_known(*baseline, *linted);
    if (is_unreadable(linted->findings))
      code = kInput;
    else if (fails(args, linted->findings) && code == kDone)
      code = kDenials;
    if (*form == Form::Json)
      profiles.push_back(linted_json(*linted));
    else if (linted->fixed)
      say(linted_text(*linted, style_of(args)), args);
    else
      text += linted_text(*linted, style_of(args));
    if (!linted->fixed) continue;
    if (const int delivered = deliver_fixed(args, *linted, *form); delivered != kDone)
      return delivered;
  }
  if (*form == Form::Json)
    text = dump({{"schema", "seccomp-medic/lint/1"}, {"profiles", profiles}});
  const int printed = text.empty() ? static_cast<int>(kDone) : print(text);
  return printed != kDone ? printed : code;
}

}  // namespace medic::cli
