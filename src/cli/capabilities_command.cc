#include "cli/commands.h"
#include "cli/door.h"
#include "cli/session.h"
#include "repair/capabilities.h"

namespace medic::cli {
namespace {

Result<repair::SheetForm> form_of(const CapabilitiesOptions& args) {
  using Form = repair::SheetForm;
  const std::string as = args.as.value_or("text");
  for (const auto& [name, form] : {std::pair{"text", Form::Text},
                                   {"docker", Form::Docker},
                                   {"compose", Form::Compose},
                                   {"kubernetes", Form::Kubernetes},
                                   {"systemd", Form::Systemd},
                                   {"quadlet", Form::Quadlet}}) {
    if (as == name) return form;
  }
  return usage_failure<Form>("unknown --as '" + as + "'",
                             "text, docker, compose, kubernetes, systemd or quadlet");
}

}  // namespace

int run_capabilities(const CapabilitiesOptions& args) {
  if (const auto placed = check_places("capabilities", args); !placed)
    return refuse(placed.error());
  const auto form = form_of(args);
  if (!form) return refuse(form.error());
  const auto request = request_of(args);
  if (!request) return refuse(request.error());
  const auto analysis = walk_once(*request, args);
  if (!analysis) return refuse(analysis.error());
  if (const int given = tell((*analysis)->problems, args); given != kDone) return given;
  const repair::CapabilitySheet sheet =
      repair::capability_sheet((*analysis)->read->ledger, *(*analysis)->owners,
                               (*analysis)->diagnosis, (*analysis)->assumed_arch);
  say_left_out(**analysis, args);
  if ((*analysis)->diagnosis.calls_seen == 0)
    say("note: the logs hold no calls: nothing is known of what is used\n", args);
  return print(repair::write_sheet(sheet, *form));
}

}  // namespace medic::cli
