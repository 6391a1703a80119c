// What engines and runtimes printed about a container that did not start, and, where a log has
// nothing else, what programs printed. Such a text names no layer: what is said of one is suspected
// at most.
#include <fmt/format.h>

#include "base/text.h"
#include "diagnose/case.h"
#include "kernel/engine_errors.h"
#include "kernel/errno.h"

namespace medic::diagnose {
namespace {

using From = model::LayerDenial::Layer;

Layer layer_of(kernel::RefusedBy by) {
  switch (by) {
    case kernel::RefusedBy::Seccomp: return Layer::Seccomp;
    case kernel::RefusedBy::Capability: return Layer::Capability;
    case kernel::RefusedBy::Apparmor: return Layer::Apparmor;
    case kernel::RefusedBy::Selinux: return Layer::Selinux;
    case kernel::RefusedBy::Dac: return Layer::Dac;
    case kernel::RefusedBy::Profile:
    case kernel::RefusedBy::Cgroup: return Layer::Other;
    case kernel::RefusedBy::Unknown: return Layer::Unknown;
  }
  return Layer::Unknown;
}

// `rlimit type 7` is a number that no reader knows by heart.
std::string named_limit(std::string_view text) {
  constexpr std::string_view kWords = "rlimit type ";
  const std::size_t at = text.find(kWords);
  const std::string_view digits =
      at == std::string_view::npos ? std::string_view() : text.substr(at + kWords.size());
  const auto type = parse_decimal(digits.substr(0, digits.find_first_not_of("0123456789")));
  const std::string_view name = type ? kernel::rlimit_name(*type) : std::string_view();
  return name.empty() ? std::string() : fmt::format(" Limit {} is {}.", *type, name);
}

Finding finding_from(const Case& c, const ledger::LayerDenial& denial) {
  Finding finding;
  finding.certainty = model::Certainty::Suspected;
  finding.count = denial.count;
  finding.first = denial.first;
  finding.last = denial.last;
  finding.who.host = c.ledger.text(denial.subj.host);
  finding.outcome.kind = model::Outcome::Kind::Failed;
  for (const ledger::Example& example : denial.examples) {
    const std::string path =
        example.origin.input < c.inputs.size() ? c.inputs[example.origin.input].path : "";
    finding.evidence.push_back({path, example.origin.line, example.text});
  }
  return finding;
}

Finding engine_error(const Case& c, const ledger::LayerDenial& denial,
                     const kernel::EngineError& error) {
  Finding finding = finding_from(c, denial);
  const std::string text = finding.evidence.empty() ? std::string() : finding.evidence.front().text;
  // Several rows share an id: the text itself says which of them it is.
  const kernel::EngineError* exact = kernel::find_engine_error(text);
  const kernel::EngineError& row = exact != nullptr && exact->id == error.id ? *exact : error;
  finding.kind = "engine-error";
  finding.layer = layer_of(row.by);
  finding.id = stable_id(finding.kind, {row.id});
  finding.rank = 30;
  finding.summary = std::string(row.meaning) + named_limit(text);
  finding.remedy = {RemedyKind::None, std::string(row.fix)};
  return finding;
}

Finding symptom(const Case& c, const ledger::LayerDenial& denial) {
  Finding finding = finding_from(c, denial);
  finding.kind = "engine-error";
  finding.layer = Layer::Unknown;
  finding.who.comm = denial.profile;
  finding.id = stable_id(finding.kind, {"symptom", denial.permission});
  finding.rank = 2;
  finding.outcome.error = denial.permission == "EPERM" ? kernel::kEPERM : kernel::kEACCES;
  finding.summary = fmt::format(
      "A program printed that it was refused ({}). That is a symptom: the text names neither the "
      "call nor the layer, and a program may "
      "print whatever it likes.",
      denial.permission);
  finding.remedy = {RemedyKind::None,
                    "Record the program with `strace -f -o trace.log PROGRAM`, or take the "
                    "kernel's log of that moment, and diagnose that."};
  return finding;
}

// A program's own words add nothing where the log has the calls themselves.
bool has_better_evidence(const Case& c) {
  if (!c.ledger.observations().empty()) return true;
  const auto& denials = c.ledger.layer_denials();
  return std::any_of(denials.begin(), denials.end(), [](const ledger::LayerDenial& each) {
    return each.layer != From::Engine || each.operation != "symptom";
  });
}

}  // namespace

void engine_errors(const Case& c, std::vector<Finding>& findings) {
  for (const ledger::LayerDenial& denial : c.ledger.layer_denials()) {
    if (denial.layer != From::Engine) continue;
    if (const kernel::EngineError* error = kernel::engine_error_by_id(denial.operation))
      findings.push_back(engine_error(c, denial, *error));
    else if (!has_better_evidence(c))
      findings.push_back(symptom(c, denial));
  }
}

}  // namespace medic::diagnose
