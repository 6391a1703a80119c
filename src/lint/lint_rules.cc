// Lint rules about rules that stand beside one another.
#include <algorithm>
#include <map>

#include "lint/lint_checks.h"
#include "policy/comparison.h"

namespace medic::profile::lint_checks {
namespace {

bool is_unconditional(const FlatRule& rule) { return rule.args.empty(); }

using Effect = std::pair<kernel::Action, std::uint32_t>;
Effect effect(const FlatRule& rule) {
  const bool carries = rule.action == kernel::Action::Errno || rule.action == kernel::Action::Trace;
  return {rule.action, carries ? rule.errno_value : 0};
}

// The first unconditional rule of each name among those that nothing switches off.
std::map<kernel::NameId, const FlatRule*> first_unconditional(const LintCase& c) {
  std::map<kernel::NameId, const FlatRule*> out;
  for (const FlatRule& rule : c.flat->rules) {
    if (!is_unconditional(rule) || !always_there(c.profile.rules[rule.source])) continue;
    for (const kernel::NameId name : rule.names) out.emplace(name, &rule);
  }
  return out;
}

// Names by the rule that hides them.
using Hidden = std::map<std::size_t, std::vector<std::string>>;

void report_shadowed(const LintCase& c, std::size_t index, const Hidden& hidden, bool same,
                     Findings& out) {
  const Rule& rule = c.profile.rules[index];
  for (const auto& [by, names] : hidden) {
    const std::string other = rule_name(c.profile, by);
    LintFinding found = at("shadowed-rule", same ? Severity::Note : Severity::Warning, rule.place,
                           fmt::format("{} already {} {} unconditionally", other,
                                       same ? "does the same with" : "decides", listed(names)));
    found.reason = same ? "the later rule adds nothing"
                        : "libseccomp drops every later rule on such a call: this one has no "
                          "effect, though its action is another";
    found.hint = same
                     ? "remove the names here"
                     : fmt::format("remove the names here or in {}, whichever is not meant", other);
    found.fix = {RemoveNames{index, names}};
    out.push_back(std::move(found));
  }
}

}  // namespace

void shadowed_rule(const LintCase& c, Findings& out) {
  if (c.flat == nullptr) return;
  const auto first = first_unconditional(c);
  for (std::size_t i = 0; i < c.profile.rules.size(); ++i) {
    Hidden same, other;
    for (const Name& name : c.profile.rules[i].names) {
      const auto found = first.find(kernel::find_name(name.text));
      if (found == first.end() || found->second->source >= i) continue;
      const FlatRule& by = *found->second;
      const Rule& rule = c.profile.rules[i];
      const bool equal = rule.action == by.action && (by.action != kernel::Action::Errno ||
                                                      rule.errno_ret.value_or(1) == by.errno_value);
      (equal ? same : other)[by.source].push_back(name.text);
    }
    report_shadowed(c, i, same, true, out);
    report_shadowed(c, i, other, false, out);
  }
}

void overridden_condition(const LintCase& c, Findings& out) {
  if (c.flat == nullptr) return;
  std::map<kernel::NameId, const FlatRule*> unconditional;
  for (const FlatRule& rule : c.flat->rules) {
    if (!is_unconditional(rule)) continue;
    for (const kernel::NameId name : rule.names) unconditional.emplace(name, &rule);
  }
  std::map<std::size_t, Hidden> hidden;  // the conditional rule → the unconditional one → names
  for (const FlatRule& rule : c.flat->rules) {
    if (is_unconditional(rule)) continue;
    for (const kernel::NameId name : rule.names) {
      const auto found = unconditional.find(name);
      if (found == unconditional.end() || found->second->source <= rule.source) continue;
      auto& names = hidden[rule.source][found->second->source];
      if (std::find(names.begin(), names.end(), kernel::name_of(name)) == names.end())
        names.emplace_back(kernel::name_of(name));
    }
  }
  for (const auto& [index, by_rule] : hidden) {
    for (const auto& [by, names] : by_rule) {
      LintFinding found =
          at("overridden-condition", Severity::Warning, c.profile.rules[index].place,
             fmt::format("{} decides {} whatever the arguments", rule_name(c.profile, by),
                         listed(names)));
      found.reason =
          "an unconditional rule erases every conditional one on the same call, whatever their "
          "order: these conditions have no "
          "effect";
      found.hint = "remove the names from one of the two rules";
      out.push_back(std::move(found));
    }
  }
}

void equals_default(const LintCase& c, Findings& out) {
  if (c.flat == nullptr) return;
  for (const Dropped& dropped : c.flat->dropped) {
    if (dropped.why != Dropped::Why::EqualsDefault) continue;
    LintFinding found =
        at("equals-default", Severity::Warning, c.profile.rules[dropped.source].place,
           "the rule does what the default action does");
    found.reason = c.context.runtime == Runtime::Runc
                       ? "runc skips it (before 1.0.2 it refused the profile); only its names "
                         "still count for what runc answers to newer calls"
                       : "the runtime skips it; older ones refuse the profile";
    found.hint = "remove the rule";
    found.fix = {RemoveRule{dropped.source}};
    out.push_back(std::move(found));
  }
}

void overlapping_actions(const LintCase& c, Findings& out) {
  if (c.flat == nullptr || c.flat->archs.empty()) return;
  std::map<kernel::NameId, std::vector<const FlatRule*>> by_name;
  for (const FlatRule& rule : c.flat->rules) {
    for (const kernel::NameId name : rule.names) by_name[name].push_back(&rule);
  }
  const auto bits = static_cast<unsigned>(kernel::info(c.flat->archs.front()).bits);
  for (const auto& entry : by_name) {
    const kernel::NameId name = entry.first;
    const std::vector<const FlatRule*>& rules = entry.second;
    if (std::any_of(rules.begin(), rules.end(),
                    [](const FlatRule* rule) { return is_unconditional(*rule); }))
      continue;
    if (std::all_of(rules.begin(), rules.end(),
                    [&](const FlatRule* rule) { return effect(*rule) == effect(*rules.front()); }))
      continue;
    std::vector<Condition> conditions;
    for (const FlatRule* rule : rules)
      conditions.insert(conditions.end(), rule->args.begin(), rule->args.end());
    const auto partition = Partition::make(conditions, bits, Grain::Whole);
    if (!partition) continue;
    for (std::size_t region = 0; region < partition->size(); ++region) {
      const kernel::Args args = partition->example(region);
      const FlatRule *first = nullptr, *second = nullptr;
      for (const FlatRule* rule : rules) {
        if (!std::all_of(rule->args.begin(), rule->args.end(), [&](const Condition& condition) {
              return holds(condition, args.value[condition.index], bits);
            }))
          continue;
        if (first == nullptr)
          first = rule;
        else if (effect(*rule) != effect(*first))
          second = rule;
      }
      if (second == nullptr) continue;
      std::vector<std::string> values;
      for (const std::uint64_t value : args.value) values.push_back(fmt::format("{}", value));
      LintFinding found =
          at("overlapping-actions", Severity::Warning, c.profile.rules[second->source].place,
             fmt::format("{} and {} both hold for {}({})", rule_name(c.profile, first->source),
                         rule_name(c.profile, second->source), kernel::name_of(name),
                         fmt::join(values, ", ")));
      found.reason =
          "their actions differ, and libseccomp decides between them by the shape of the "
          "conditions, not by the order of the "
          "rules";
      found.hint = "make the conditions exclude one another";
      out.push_back(std::move(found));
      break;
    }
  }
}

}  // namespace medic::profile::lint_checks
