// Lint rules about the names in a rule.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "lint/lint_checks.h"

namespace medic::profile::lint_checks {
namespace {

// The call that is certainly meant: another tool's spelling, or capital letters.
kernel::NameId certainly_meant(std::string_view text, kernel::Arch arch) {
  const std::string word = lower(trim(text));
  const kernel::NameId alias = kernel::find_alias(word, arch);
  return alias != kernel::kNoName ? alias : kernel::find_name(word);
}

TextEdit rename(const Rule& rule, std::size_t index, std::size_t name, std::string_view to) {
  const bool there = std::any_of(rule.names.begin(), rule.names.end(),
                                 [&](const Name& other) { return other.text == to; });
  if (there) return RemoveNames{index, {rule.names[name].text}};
  return RenameName{index, name, std::string(to)};
}

bool on_some(kernel::NameId name, const std::vector<kernel::Arch>& archs) {
  return std::any_of(archs.begin(), archs.end(),
                     [&](kernel::Arch arch) { return kernel::number_of(name, arch).has_value(); });
}

}  // namespace

void unknown_name(const LintCase& c, Findings& out) {
  for (std::size_t i = 0; i < c.profile.rules.size(); ++i) {
    const Rule& rule = c.profile.rules[i];
    for (std::size_t n = 0; n < rule.names.size(); ++n) {
      const std::string& text = rule.names[n].text;
      if (kernel::find_name(text) != kernel::kNoName) continue;
      const bool denies = !kernel::lets_run(rule.action);
      LintFinding found =
          at("unknown-name", denies ? Severity::Error : Severity::Warning, rule.names[n].place,
             fmt::format("\"{}\" is no system call", shorten(text, 60)));
      found.reason = fmt::format("runtimes ignore the name in silence: the call is not {}",
                                 denies ? "denied" : "permitted");
      const kernel::NameId meant = certainly_meant(text, c.context.arch);
      if (meant != kernel::kNoName) {
        found.hint = fmt::format("write \"{}\"", kernel::name_of(meant));
        found.fix = {rename(rule, i, n, kernel::name_of(meant))};
        found.fix_changes_meaning = true;
      } else if (const auto near = kernel::nearest_names(text, 3); !near.empty()) {
        std::vector<std::string> texts;
        for (const kernel::NameId name : near) texts.emplace_back(kernel::name_of(name));
        found.hint = fmt::format("did you mean {}?", fmt::join(texts, " or "));
      } else {
        found.hint = "remove it";
      }
      out.push_back(std::move(found));
    }
  }
}

void foreign_name(const LintCase& c, Findings& out) {
  if (c.flat == nullptr) return;
  for (const FlatRule& flat : c.flat->rules) {
    const Rule& rule = c.profile.rules[flat.source];
    std::vector<std::string> foreign;
    for (const Name& name : rule.names) {
      const kernel::NameId id = kernel::find_name(name.text);
      if (id != kernel::kNoName && !on_some(id, c.flat->archs)) foreign.push_back(name.text);
    }
    // One rule can have become several.
    if (foreign.empty() || (!out.empty() && out.back().id == "foreign-name" &&
                            out.back().place.line == rule.place.line))
      continue;
    LintFinding found = at("foreign-name", Severity::Note, rule.place,
                           fmt::format("{} exist{} on other architectures only", listed(foreign),
                                       foreign.size() == 1 ? "s" : ""));
    found.reason = "the rule has no effect for them here";
    found.hint = "leave them where the profile serves other machines too";
    out.push_back(std::move(found));
  }
}

void too_new_name(const LintCase& c, Findings& out) {
  for (const Rule& rule : c.profile.rules) {
    std::vector<std::string> names;
    for (const Name& name : rule.names) {
      const kernel::NameId id = kernel::find_name(name.text);
      if (id != kernel::kNoName && !kernel::known_to_libseccomp(id, c.context.libseccomp))
        names.push_back(name.text);
    }
    if (names.empty()) continue;
    LintFinding found =
        at("too-new-name", Severity::Warning, rule.place,
           fmt::format("libseccomp {}.{}.{} does not know {}", c.context.libseccomp.major,
                       c.context.libseccomp.minor, c.context.libseccomp.patch, listed(names)));
    found.reason = "the runtime drops such a name in silence: the rule does nothing for it";
    found.hint = "update the runtime's libseccomp, or do not count on the rule";
    out.push_back(std::move(found));
  }
}

void duplicate_name(const LintCase& c, Findings& out) {
  for (std::size_t i = 0; i < c.profile.rules.size(); ++i) {
    const Rule& rule = c.profile.rules[i];
    std::map<std::string_view, std::size_t> seen;
    for (const Name& name : rule.names) {
      if (++seen[name.text] != 2) continue;
      LintFinding found =
          at("duplicate-name", Severity::Note, name.place,
             fmt::format("\"{}\" stands twice in one rule", shorten(name.text, 60)));
      found.reason = "it counts once";
      found.hint = "remove one of them";
      // Removed and added is left once, where it stands first.
      found.fix = {RemoveNames{i, {name.text}}, AddNames{i, {name.text}}};
      out.push_back(std::move(found));
    }
  }
}

void empty_names(const LintCase& c, Findings& out) {
  for (std::size_t i = 0; i < c.profile.rules.size(); ++i) {
    const Rule& rule = c.profile.rules[i];
    if (!rule.names.empty()) continue;
    LintFinding found = at("empty-names", Severity::Warning, rule.place, "the rule names no call");
    found.reason = "runtimes skip it; strict readers of the specification refuse it";
    found.hint = "name the calls, or remove the rule";
    found.fix = {RemoveRule{i}};
    out.push_back(std::move(found));
  }
}

void legacy_name(const LintCase& c, Findings& out) {
  std::size_t count = 0;
  const Rule* first = nullptr;
  for (const Rule& rule : c.profile.rules) {
    if (!rule.legacy_name) continue;
    if (count++ == 0) first = &rule;
  }
  if (first == nullptr) return;
  LintFinding found =
      at("legacy-name", Severity::Note, first->place,
         fmt::format("{} rule{} the old key \"name\"", count, count == 1 ? " uses" : "s use"));
  found.reason =
      "Docker and Podman translate it; a runtime that is given the profile directly ignores it, "
      "and the rule with it";
  found.hint = "write \"names\": [\"…\"]";
  out.push_back(std::move(found));
}

}  // namespace medic::profile::lint_checks
