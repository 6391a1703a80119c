#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/session.h"

namespace medic::cli {

int run_explain(const Arguments& args) {
  if (args.positional.empty()) {
    std::string list = "Kinds of findings:\n";
    for (const diagnose::KindInfo& kind : diagnose::all_kinds()) list += fmt::format("  {:<22} {}\n", kind.kind, kind.title);
    return print(list);
  }
  std::string out;
  for (const std::string& id : args.positional) {
    const diagnose::KindInfo* kind = diagnose::find_kind(id);
    if (kind == nullptr) return refuse(usage_problem(fmt::format("no finding is called '{}'", id), "`seccomp-medic explain` lists the kinds"));
    const report::Style style = style_of(args);
    out += fmt::format("{}{}: {}\n", out.empty() ? "" : "\n", kind->kind, kind->title);
    for (const auto& [label, text] : {std::pair{"meaning", kind->meaning}, {"told by", kind->how_told}, {"surer", kind->surer}}) {
      out += fmt::format("  {:<9} {}\n", label, report::wrap(text, 12, style));
    }
  }
  return print(out);
}

}  // namespace medic::cli
