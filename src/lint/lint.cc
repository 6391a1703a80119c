// The list of lint rules, and the safe part of fixing.
#include "lint/lint.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <span>
#include <tuple>

#include "lint/lint_checks.h"
#include "edit/edit.h"
#include "edit/edit_list.h"
#include "policy/comparison.h"

namespace medic::profile {
namespace lint_checks {

LintFinding at(std::string_view id, Severity severity, Place place, std::string text) {
  LintFinding out;
  out.id = id;
  out.severity = severity;
  out.place = place;
  out.text = std::move(text);
  return out;
}

std::string rule_name(const Profile& profile, std::size_t rule) {
  const std::uint64_t line = profile.rules[rule].place.line;
  return line == 0 ? fmt::format("rule {}", rule + 1) : fmt::format("the rule on line {}", line);
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 8;
  const std::vector<std::string> first(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kShown)));
  const std::string text = fmt::format("{}", fmt::join(first, ", "));
  return names.size() > kShown ? fmt::format("{} and {} more", text, names.size() - kShown) : text;
}

bool always_there(const Rule& rule) { return rule.includes.empty() && rule.excludes.empty(); }

}  // namespace lint_checks

namespace {

// Everything that a case points to.
struct Examined {
  std::optional<Evaluator> evaluator;
  std::optional<Flat> flat;
  std::optional<Problem> refusal;
  Problems notes;
};

Examined examine(const Profile& profile, const Context& context) {
  Examined out;
  auto flat = flatten(profile, context);
  if (!flat) {
    out.refusal = flat.error();
  } else {
    out.flat = std::move(*flat);
    auto made = Evaluator::make(profile, context);
    if (made) {
      out.evaluator = std::move(*made);
    } else {
      out.refusal = made.error();
    }
  }
  const auto again = read_profile(profile.text, profile.path, out.notes);
  static_cast<void>(again);  // it could be read before
  return out;
}

bool before(const LintFinding& a, const LintFinding& b) {
  return std::tie(a.place.line, a.place.column, a.id) <
         std::tie(b.place.line, b.place.column, b.id);
}

// Equal findings in several places are one, at the first of them; fixing it fixes them all.
std::vector<LintFinding> folded(std::vector<LintFinding> findings) {
  std::vector<LintFinding> out;
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> seen;
  for (LintFinding& finding : findings) {
    const auto [at, is_new] =
        seen.try_emplace({finding.id, finding.text, finding.reason}, out.size());
    if (is_new) {
      out.push_back(std::move(finding));
      continue;
    }
    LintFinding& first = out[at->second];
    first.more.push_back(finding.place);
    first.fix.insert(first.fix.end(), finding.fix.begin(), finding.fix.end());
  }
  return out;
}

// The token of an architecture that the runtimes do not take, as read_profile complains of it: its
// span and what is meant.
std::optional<Replacement> arch_fix(const std::string& text, const Problem& problem) {
  if (problem.line == 0 || problem.column == 0 ||
      problem.text.find("is no architecture") == std::string::npos)
    return std::nullopt;
  std::size_t begin = 0;
  for (std::uint64_t line = 1; line < problem.line; ++line) {
    begin = text.find('\n', begin);
    if (begin == std::string::npos) return std::nullopt;
    ++begin;
  }
  begin += problem.column - 1;
  const std::size_t end =
      begin < text.size() && text[begin] == '"' ? text.find('"', begin + 1) : std::string::npos;
  if (end == std::string::npos) return std::nullopt;
  std::string token = text.substr(begin + 1, end - begin - 1);
  auto meant = kernel::arch_from_any(token);
  if (!meant && token.starts_with("SCMP_ARCH_")) meant = kernel::arch_from_any(token.substr(10));
  if (!meant) return std::nullopt;
  return Replacement{begin, end + 1, json_quote(kernel::info(*meant).oci_token)};
}

LintFinding unreadable(const Problem& problem) {
  LintFinding out =
      lint_checks::at("unreadable", Severity::Error, {problem.line, problem.column}, problem.text);
  out.reason = "no engine takes this profile";
  out.hint = problem.hint;
  out.path = problem.file;
  return out;
}

// Do both texts do the same with every call, under either runtime?
bool same_meaning(const Profile& before, const Profile& after, Context context) {
  for (const Runtime runtime : {Runtime::Runc, Runtime::Crun}) {
    context.runtime = runtime;
    const auto a = Evaluator::make(before, context), b = Evaluator::make(after, context);
    if (!a) continue;  // refused as it is: nothing to keep
    if (!b || !diff(*a, *b).empty()) return false;
  }
  return true;
}

class Fixer {
 public:
  Fixer(std::string text, std::string path, const Context& context)
      : text_(std::move(text)), path_(std::move(path)), context_(context) {}

  Result<Fixed> run() {
    if (auto problem = fix_architectures()) return fail(std::move(*problem));
    fix(false);
    fix(true);
    return Fixed{std::move(text_), std::move(applied_)};
  }

 private:
  std::optional<Profile> read(const std::string& text) const {
    Problems notes;
    auto profile = read_profile(text, path_, notes);
    return profile ? std::optional(std::move(*profile)) : std::nullopt;
  }

  // One wrong token after the other; each fixed one is a step forward in the text.
  std::optional<Problem> fix_architectures() {
    while (true) {
      Problems notes;
      const auto profile = read_profile(text_, path_, notes);
      if (profile) return std::nullopt;
      auto replacement = arch_fix(text_, profile.error());
      if (!replacement) return profile.error();
      LintFinding done = unreadable(profile.error());
      done.hint = "written as " + replacement->text;
      applied_.push_back(std::move(done));
      text_ = replace_all(text_, {std::move(*replacement)});
    }
  }

  // All fixes of one kind at once; where that is not proven to be harmless, one by one. A fix can
  // make room for another.
  void fix(bool changing) {
    constexpr int kRounds = 8;
    for (int round = 0; round < kRounds; ++round) {
      const auto profile = read(text_);
      if (!profile) return;
      std::vector<LintFinding> todo;
      for (LintFinding& finding : lint(*profile, context_)) {
        if (!finding.fix.empty() && finding.fix_changes_meaning == changing)
          todo.push_back(std::move(finding));
      }
      if (todo.empty() || (!try_all(*profile, todo) && !try_each(*profile, todo))) return;
    }
  }

  bool try_all(const Profile& profile, const std::vector<LintFinding>& findings) {
    std::vector<TextEdit> edits;
    for (const LintFinding& finding : findings)
      edits.insert(edits.end(), finding.fix.begin(), finding.fix.end());
    const auto text = profile::apply(profile, edits);
    if (!text || *text == text_) return false;
    const auto after = read(*text);
    if (!after ||
        (!findings.front().fix_changes_meaning && !same_meaning(profile, *after, context_)))
      return false;
    text_ = *text;
    applied_.insert(applied_.end(), findings.begin(), findings.end());
    return true;
  }

  // The first that goes; the others' places have moved then.
  bool try_each(const Profile& profile, const std::vector<LintFinding>& findings) {
    return findings.size() > 1 &&
           std::any_of(findings.begin(), findings.end(),
                       [&](const LintFinding& finding) { return try_all(profile, {finding}); });
  }

  std::string text_, path_;
  const Context& context_;
  std::vector<LintFinding> applied_;
};

}  // namespace

const std::vector<LintRule>& lint_rules() {
  using namespace lint_checks;
  static const std::vector<LintRule> rules = {
      {"arch-spelling", "an architecture is spelt as crun alone takes it", arch_spelling},
      {"argument-beyond-count", "a condition looks at an argument that the call does not have",
       argument_beyond_count},
      {"breaks-fallback",
       "a newer call is denied with an errno that keeps libc from falling back to the older one",
       breaks_fallback},
      {"bypass", "a call is denied while another that does the same is permitted", bypass},
      {"denies-everything", "nothing at all can run", denies_everything},
      {"denies-little", "a profile that permits by default denies little", denies_little},
      {"doubled-key", "a key stands twice in one object", doubled_key},
      {"duplicate-name", "a name stands twice in one rule", duplicate_name},
      {"empty-names", "a rule names no call", empty_names},
      {"encoding", "the file is not plain UTF-8", nullptr},
      {"equals-default", "a rule does what the default action does", equals_default},
      {"errno-zero", "an errno of 0: the call is not made, and no error says so", errno_zero},
      {"filter-flags", "flags that older releases refuse or drop", filter_flags},
      {"foreign-name", "a name exists on architectures only that the filter does not know",
       foreign_name},
      {"gate-architecture", "a gate names an architecture as engines do not", gate_architecture},
      {"gate-capability", "a gate names a capability that is none", gate_capability},
      {"half-condition", "a condition lacks its index or value", half_condition},
      {"key-case", "a key is spelt as Go takes it and crun does not", key_case},
      {"legacy-name", "a rule uses the old key name", legacy_name},
      {"listener", "the agent of SCMP_ACT_NOTIFY: not named, or named in vain", listener},
      {"mask-operands", "SCMP_CMP_MASKED_EQ with operands that cannot be meant", mask_operands},
      {"miscompiled",
       "the linked libseccomp compiles the profile to something else than its rules say",
       miscompiled},
      {"missing-subarchitectures",
       "the filter kills programs of an architecture that the machine can run",
       missing_subarchitectures},
      {"multiplexer-back-door",
       "socketcall or ipc let through what a rule on the direct call denies",
       multiplexer_back_door},
      {"narrow-parameter",
       "a comparison that garbage in the upper half of the register walks round", narrow_parameter},
      {"no-filter", "a profile that asks for no filter", no_filter},
      {"overlapping-actions", "conditional rules of different actions hold for the same call",
       overlapping_actions},
      {"overridden-condition", "a conditional rule stands beside an unconditional one",
       overridden_condition},
      {"pointer-argument", "a condition compares an address", pointer_argument},
      {"program-needs", "a call is denied that nearly every program makes", program_needs},
      {"refused", "the runtime refuses the profile: the container does not start", refused},
      {"repeated-index", "a rule with two conditions on one argument becomes one rule for each",
       repeated_index},
      {"runtime-needs", "a call is denied that the runtime itself makes under the filter",
       runtime_needs},
      {"shadowed-rule", "an earlier unconditional rule makes a later one dead", shadowed_rule},
      {"too-large", "more than registries and admission controllers take", too_large},
      {"too-new-name", "the runtime's libseccomp does not know the name", too_new_name},
      {"unknown-key", "a key that engines and runtimes ignore in silence", unknown_key},
      {"unknown-name", "no architecture has such a call", unknown_name},
      {"unreadable", "the profile cannot be read", nullptr},
      {"useless-errno", "errnoRet beside an action that returns none", useless_errno},
  };
  return rules;
}

std::vector<LintFinding> lint(const Profile& profile, const Context& context) {
  const Examined examined = examine(profile, context);
  LintCase c{profile, context, nullptr, nullptr, nullptr, {}};
  c.evaluator = examined.evaluator ? &*examined.evaluator : nullptr;
  c.flat = examined.flat ? &*examined.flat : nullptr;
  c.refusal = examined.refusal ? &*examined.refusal : nullptr;
  c.notes = examined.notes;
  std::vector<LintFinding> out;
  for (const LintRule& rule : lint_rules()) {
    if (rule.check != nullptr) rule.check(c, out);
  }
  for (LintFinding& finding : out) finding.path = profile.path;
  std::stable_sort(out.begin(), out.end(), before);
  return folded(std::move(out));
}

std::optional<LintFinding> lint_encoding(std::string_view front, const std::string& path) {
  auto found = lint_checks::encoding(front);
  if (found) found->path = path;
  return found;
}

std::vector<LintFinding> lint_text(const std::string& text, const std::string& path,
                                   const Context& context) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (auto wrong = lint_encoding(text, path)) {
    std::vector<LintFinding> out{std::move(*wrong)};
    if (!text.starts_with(kMark)) return out;  // UTF-16: nothing else can be said
    std::ranges::move(lint_text(text.substr(kMark.size()), path, context), std::back_inserter(out));
    return out;
  }
  Problems notes;
  const auto profile = read_profile(text, path, notes);
  if (!profile) return {unreadable(profile.error())};
  return lint(*profile, context);
}

Result<Fixed> fix_all(const std::string& text, const std::string& path, const Context& context) {
  return Fixer(text, path, context).run();
}

}  // namespace medic::profile
