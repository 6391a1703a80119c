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
using report::LintedProfile;

constexpr std::size_t kLargest = std::size_t{16} << 20;

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
std::size_t leave_out_known(Baseline& baseline, LintedProfile& linted) {
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
Result<std::optional<LintedProfile>> examine_other(const LintingOptions& args,
                                                   const std::string& path) {
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
  return LintedProfile{path, profile->path, profile->text, profile::lint(*profile, *context), {}};
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

Result<LintedProfile> examine(const LintingOptions& args, const std::string& path) {
  auto other = examine_other(args, path);
  if (!other) return fail(std::move(other.error()));
  if (*other) return std::move(**other);
  auto text = io::read_file(path, kLargest);
  if (!text) return fail(std::move(text.error()));
  if (const std::string log = profile::sniff_format(*text) == nullptr ? looks_like_log(*text) : "";
      !log.empty())
    return fail(log_for_profile(path, log));
  LintedProfile out{path, path == "-" ? "<stdin>" : path, std::move(*text), {}, {}};
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

// Where the fixed profile goes. The findings have gone to stderr then, or are the answer in JSON.
int deliver_fixed(const LintingOptions& args, const LintedProfile& linted) {
  if (args.format.value_or("text") == "json" && !args.in_place && !args.output.has_value())
    return kDone;
  profile::Profile old;
  old.path = linted.path;
  old.text = linted.text;
  return deliver_changed(args, old, linted.fixed->text);
}

Severity fails_from(const LintingOptions& args) {
  if (args.fail_on == "note") return Severity::Note;
  return args.fail_on == "error" ? Severity::Error : Severity::Warning;
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
  const std::string form = args.format.value_or("text");
  if (args.diff && form == "json")
    return usage_failure<void>(
        "--diff is for --format text: the JSON answer holds the fixed profile");
  if (args.fix && form != "text" && form != "json" &&
      (args.diff || (!args.output && !args.in_place)))
    return usage_failure<void>("two documents do not fit on standard output",
                               "-o FILE or --in-place for the fixed profile");
  return {};
}

}  // namespace

int run_lint(const LintingOptions& args) {
  const auto renderer = renderer_of(args, report::Answer::Lint);
  if (!renderer) return refuse(renderer.error());
  if (const auto checked = check_options(args); !checked) return refuse(checked.error());
  auto baseline = baseline_of(args);
  if (!baseline) return refuse(baseline.error());
  int code = kDone;
  report::LintReport report;
  report.fails_from = fails_from(args);
  const bool speaks_aside = args.fix && (*renderer)->name == "text";
  for (const std::string& path : args.positional) {
    auto linted = examine(args, path);
    if (!linted) return refuse(linted.error());
    linted->known = leave_out_known(*baseline, *linted);
    if (is_unreadable(linted->findings))
      code = kInput;
    else if (code == kDone && std::any_of(linted->findings.begin(), linted->findings.end(),
                                          [&](const LintFinding& each) {
                                            return report::fails(each, report.fails_from);
                                          }))
      code = kDenials;
    report.profiles.push_back(std::move(*linted));
    const LintedProfile& last = report.profiles.back();
    if (!last.fixed) continue;
    if (speaks_aside) say(report::lint_text({{last}, report.fails_from}, style_of(args)), args);
    if (const int delivered = deliver_fixed(args, last); delivered != kDone) return delivered;
    if (speaks_aside) report.profiles.pop_back();
  }
  if (report.profiles.empty()) return code;
  const int printed = print(render(**renderer, report, style_of(args)));
  return printed != kDone ? printed : code;
}

}  // namespace medic::cli
