#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.h"
#include "diagnose/kinds.h"
#include "cli/session.h"
#include "kernel/syscalls.h"
#include "lint/lint.h"

namespace medic::cli {
namespace {

const profile::LintRule* find_lint_rule(const std::string& id) {
  const auto& rules = profile::lint_rules();
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [&](const profile::LintRule& each) { return each.id == id; });
  return found == rules.end() ? nullptr : &*found;
}

std::string list_all() {
  std::string list = "Kinds of findings:\n";
  for (const diagnose::KindInfo& kind : diagnose::all_kinds())
    list += fmt::format("  {:<22} {}\n", kind.kind, kind.title);
  list += "\nWhat lint finds:\n";
  for (const profile::LintRule& rule : profile::lint_rules())
    list += fmt::format("  {:<25} {}\n", rule.id, rule.summary);
  return list;
}

}  // namespace

int run_explain(const ExplainOptions& args) {
  if (args.positional.empty()) return print(list_all());
  std::string out;
  for (const std::string& id : args.positional) {
    const diagnose::KindInfo* kind = diagnose::find_kind(id);
    if (const profile::LintRule* rule = find_lint_rule(id); kind == nullptr && rule != nullptr) {
      out += fmt::format(
          "{}{}: {}\n  `seccomp-medic lint PROFILE` shows each with its place, the reason and the "
          "fix\n",
          out.empty() ? "" : "\n", rule->id, rule->summary);
      continue;
    }
    if (kind == nullptr)
      return refuse(usage_problem(fmt::format("no finding is called '{}'", id),
                                  kernel::find_name(id) != kernel::kNoName
                                      ? fmt::format("seccomp-medic syscalls {}", id)
                                      : "`seccomp-medic explain` lists the kinds"));
    const report::Style style = style_of(args);
    out += fmt::format("{}{}: {}\n", out.empty() ? "" : "\n", kind->kind, kind->title);
    for (const auto& [label, text] : {std::pair{"meaning", kind->meaning},
                                      {"known by", kind->how_known},
                                      {"surer", kind->surer}}) {
      out += fmt::format("  {:<9} {}\n", label, report::wrap(text, 12, style));
    }
  }
  return print(out);
}

}  // namespace medic::cli
