// The JSON form: DESIGN's contract, documented in seccomp-medic-json(5). Fields may be added, never
// renamed.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/escape_json.h"
#include "base/text.h"
#include "kernel/errno.h"
#include "report/report.h"

namespace medic::report {
namespace {

using Json = nlohmann::ordered_json;
using diagnose::Finding;

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

// Log bytes that are no UTF-8 are replaced, as JSON cannot hold them.
std::string dump(const Json& json) {
  return escape_json(json.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

Json args_json(const std::optional<kernel::Args>& args) {
  if (!args || args->known == 0) return nullptr;
  Json out = Json::array();
  for (unsigned i = 0; i < kernel::kArgCount; ++i)
    out.push_back(args->has(i) ? Json(args->value[i]) : Json(nullptr));
  return out;
}

std::string action_of(const model::Outcome& outcome) {
  switch (outcome.kind) {
    case model::Outcome::Kind::Denied: return std::string(kernel::json_name(outcome.action));
    case model::Outcome::Kind::Killed: return "kill_process";
    default: return "errno";
  }
}

Json outcome_json(const Finding& finding) {
  const model::Outcome& outcome = finding.outcome;
  Json errno_value = nullptr;
  if (outcome.error != 0)
    errno_value = kernel::errno_text(outcome.error);
  else if (outcome.kind == model::Outcome::Kind::Denied &&
           outcome.action == kernel::Action::Errno && finding.verdict &&
           finding.verdict->action == kernel::Action::Errno) {
    errno_value = kernel::errno_text(finding.verdict->errno_value);
  }
  return {{"action", action_of(outcome)},
          {"errno", errno_value},
          {"signal", outcome.signal != 0 ? or_null(std::string(kernel::signal_name(outcome.signal)))
                                         : Json(nullptr)}};
}

Json verdict_json(const std::optional<profile::Verdict>& verdict) {
  if (!verdict) return nullptr;
  const bool has_errno = verdict->action == kernel::Action::Errno;
  return {{"decision", profile::json_name(verdict->decision)},
          {"action", kernel::json_name(verdict->action)},
          {"errno", has_errno ? Json(kernel::errno_text(verdict->errno_value)) : Json(nullptr)},
          {"rule", verdict->rule ? Json(*verdict->rule) : Json(nullptr)},
          {"line", verdict->line != 0 ? Json(verdict->line) : Json(nullptr)},
          {"why", verdict->why}};
}

Json container_json(const diagnose::Who& who) {
  if (!who.container) return nullptr;
  return {{"id", or_null(who.container->id)},
          {"name", or_null(who.container->name)},
          {"certainty", model::name(who.container->certainty)},
          {"reason", who.container->reason},
          {"image", or_null(who.container->image)},
          {"pod", or_null(who.container->pod)},
          {"unit", or_null(who.container->unit)},
          {"engine", or_null(who.container->engine)}};
}

Json met_json(const diagnose::Met& met) {
  Json evidence = nullptr;
  if (met.evidence)
    evidence = {
        {"file", met.evidence->file}, {"line", met.evidence->line}, {"text", met.evidence->text}};
  return {{"container", or_null(met.container)},
          {"comm", or_null(met.comm)},
          {"exe", or_null(met.exe)},
          {"label", or_null(met.label)},
          {"host", or_null(met.host)},
          {"count", met.count},
          {"processes", met.processes},
          {"first", or_null(time_json(met.first))},
          {"last", or_null(time_json(met.last))},
          {"evidence", evidence}};
}

// `container`, `pid`, `phase` and `unit` are of the one who met it first.
Json who_json(const diagnose::Who& who, const Style& style) {
  std::size_t most = style.top.value_or(10);
  if (most == 0) most = who.met.size();
  Json top = Json::array();
  for (std::size_t i = 0; i < who.met.size() && i < most; ++i) top.push_back(met_json(who.met[i]));
  return {{"processes", who.processes},
          {"containers", who.containers},
          {"programs", who.programs},
          {"hosts", who.hosts},
          {"top", top},
          {"omitted", who.met_left_out + who.met.size() - std::min(most, who.met.size())},
          {"container", container_json(who)},
          {"pid", who.pid >= 0 ? Json(who.pid) : Json(nullptr)},
          {"phase", or_null(who.phase)},
          {"unit", or_null(who.unit)}};
}

Json filter_json(const Finding& finding) {
  if (!finding.filter) return nullptr;
  return {{"owner", diagnose::json_name(finding.filter->kind)},
          {"name", or_null(finding.filter->name)},
          {"certainty", model::name(finding.filter->certainty)},
          {"reason", finding.filter->reason}};
}

Json assumptions_json(const std::vector<diagnose::Assumption>& assumptions) {
  Json out = Json::array();
  for (const diagnose::Assumption& each : assumptions)
    out.push_back({{"what", each.what}, {"value", each.value}, {"because", each.because}});
  return out;
}

Json finding_json(const Finding& finding, const Style& style) {
  Json evidence = Json::array();
  for (const diagnose::Evidence& each : finding.evidence)
    evidence.push_back({{"file", each.file}, {"line", each.line}, {"text", each.text}});
  const bool has_call = finding.syscall.name != kernel::kNoName || finding.syscall.has_number;
  return {{"id", finding.id},
          {"kind", finding.kind},
          {"denied", finding.denied},
          {"harmless", finding.harmless},
          {"who", who_json(finding.who, style)},
          {"arch", has_call ? Json(kernel::name(finding.syscall.arch)) : Json(nullptr)},
          {"number", finding.syscall.has_number ? Json(finding.syscall.number) : Json(nullptr)},
          {"syscall", has_call ? Json(diagnose::call_name(finding.syscall)) : Json(nullptr)},
          {"args", args_json(finding.args)},
          {"call", or_null(finding.call_text)},
          {"outcome", outcome_json(finding)},
          {"layer", diagnose::json_name(finding.layer)},
          {"certainty", model::name(finding.certainty)},
          {"provenance", model::name(finding.provenance)},
          {"filter", filter_json(finding)},
          {"assumptions", assumptions_json(finding.assumptions)},
          {"count", finding.count},
          {"first", or_null(time_json(finding.first))},
          {"last", or_null(time_json(finding.last))},
          {"evidence", evidence},
          {"summary", finding.summary},
          {"profile", verdict_json(finding.verdict)},
          {"fix",
           {{"kind", diagnose::json_name(finding.remedy.kind)},
            {"text", finding.remedy.text},
            {"brief", finding.brief_fix}}},
          {"risk", {{"level", kernel::name(finding.risk.level)}, {"why", finding.risk.why}}},
          {"intrusion", finding.intrusion},
          {"notes", finding.notes}};
}

Json inputs_json(const std::vector<ledger::InputAccount>& inputs) {
  Json out = Json::array();
  for (const ledger::InputAccount& input : inputs) {
    Json damaged = Json::array();
    for (const ledger::DamagedLine& line : input.first_damaged)
      damaged.push_back({{"line", line.line}, {"reason", line.reason}, {"text", line.text}});
    out.push_back(
        {{"path", input.path},
         {"dialect", or_null(input.dialect)},
         {"bytes", input.bytes},
         {"lines", input.lines},
         {"used", input.used},
         {"foreign", input.foreign},
         {"damaged", input.damaged},
         {"first_damaged_line",
          input.first_damaged.empty() ? Json(nullptr) : Json(input.first_damaged.front().line)},
         {"damaged_lines", damaged},
         {"compression", or_null(input.compression)},
         {"problem", or_null(input.problem)}});
  }
  return out;
}

std::string diagnosis_json(const diagnose::Diagnosis& diagnosis, const Style& style) {
  Json findings = Json::array();
  for (const Finding& finding : diagnosis.findings)
    findings.push_back(finding_json(finding, style));
  return dump({{"schema", "seccomp-medic/diagnosis/2"},
               {"inputs", inputs_json(diagnosis.inputs)},
               {"completeness",
                {{"verdict", diagnose::json_name(diagnosis.completeness.verdict)},
                 {"reasons", diagnosis.completeness.reasons},
                 {"next", diagnosis.completeness.next}}},
               {"calls", diagnosis.calls_seen},
               {"fix",
                {{"command", or_null(diagnosis.fix.command)},
                 {"calls", diagnosis.fix.calls},
                 {"text", or_null(diagnosis.fix.text)}}},
               {"left_out",
                {{"findings", diagnosis.left_out.findings},
                 {"denials", diagnosis.left_out.denials},
                 {"times", diagnosis.left_out.times}}},
               {"findings", findings}});
}

Json conditions_json(const std::vector<profile::Condition>& conditions) {
  Json out = Json::array();
  for (const profile::Condition& each : conditions) {
    out.push_back({{"index", each.index},
                   {"value", each.value},
                   {"valueTwo", each.value_two},
                   {"op", profile::oci_token(each.op)}});
  }
  return out;
}

Json narrowed_json(const RepairReport& report) {
  Json out = Json::array();
  if (report.narrowed == nullptr) return out;
  for (const repair::Narrowed& each : *report.narrowed)
    out.push_back({{"syscall", each.syscall},
                   {"index", each.index},
                   {"seen", each.seen},
                   {"seen_once", each.once},
                   {"same_purpose", each.added},
                   {"known", each.known},
                   {"closed", each.closed()},
                   {"why", each.why}});
  return out;
}

std::string repair_json(const RepairReport& report, const Style&) {
  Json added = Json::array(), refused = Json::array();
  for (const repair::Added& each : *report.added) {
    added.push_back({{"arch", kernel::name(each.arch)},
                     {"syscall", or_null(each.syscall)},
                     {"args", conditions_json(each.args)},
                     {"line", each.line != 0 ? Json(each.line) : Json(nullptr)},
                     {"because", each.because},
                     {"note", or_null(each.note)}});
  }
  for (const repair::Refused& each : *report.refused) {
    refused.push_back({{"arch", kernel::name(each.arch)},
                       {"syscall", each.syscall},
                       {"reason", repair::json_name(each.reason)},
                       {"text", each.text},
                       {"because", each.because}});
  }
  const repair::Verification& proof = *report.verification;
  Json verification = {{"engine", proof.engine},
                       {"checked", proof.checked},
                       {"resolved", proof.resolved},
                       {"still_denied", proof.still_denied},
                       {"newly_permitted", proof.newly_permitted},
                       {"unexpected", proof.unexpected},
                       {"lost", proof.lost},
                       {"errno_flips", proof.errno_flips},
                       {"harsher", proof.harsher},
                       {"disagreements", proof.disagreements},
                       {"within", or_null(proof.within)},
                       {"beyond", proof.beyond}};
  const Json profile = Json::parse(report.profile_text, nullptr, false);
  return dump({{"schema", report.findings != nullptr ? "seccomp-medic/repair/1"
                                                     : "seccomp-medic/synthesis/1"},
               {"complete", report.complete},
               {"added", added},
               {"refused", refused},
               {"notes", *report.notes},
               {"arguments", narrowed_json(report)},
               {"verification", verification},
               {"profile", profile.is_discarded() ? Json(nullptr) : profile}});
}

}  // namespace

extern const Renderer kJsonRenderer;
const Renderer kJsonRenderer{"json",       diagnosis_json, repair_json, coverage_json,
                             what_if_json, lint_json,      diff_json};

}  // namespace medic::report
