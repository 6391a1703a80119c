#include "report/sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "edit/edit.h"
#include "report/text_parts.h"

namespace medic::report {
namespace {

using diagnose::Finding;

void take_who(const Finding& finding, Row& row) {
  const diagnose::Who& who = finding.who;
  row.processes = who.processes;
  row.programs = who.programs;
  row.containers = who.containers;
  row.hosts = who.hosts;
  row.pid = who.pid;
  row.unit = who.unit;
  row.met = who.met;
  if (row.met.empty())
    row.met.push_back({{},
                       who.comm,
                       who.exe,
                       who.label,
                       who.host,
                       finding.count,
                       who.processes,
                       finding.first,
                       finding.last,
                       {}});
  if (!who.container) return;
  row.container_id = who.container->id;
  row.image = who.container->image;
  row.pod = who.container->pod;
  if (row.unit.empty()) row.unit = who.container->unit;
  row.notes.push_back(
      fmt::format("The container is {} ({}): {}.",
                  who.container->name.empty() ? who.container->id : who.container->name,
                  model::name(who.container->certainty), who.container->reason));
}

Row row_of(const Finding& finding, const profile::Profile* profile) {
  Row row;
  row.id = finding.id;
  row.kind = finding.kind;
  row.fails = finding.denied && !finding.harmless;
  row.level = !row.fails                                         ? Level::Note
              : finding.certainty == model::Certainty::Suspected ? Level::Warning
                                                                 : Level::Error;
  const bool has_call = finding.syscall.name != kernel::kNoName || finding.syscall.has_number;
  row.call = has_call ? diagnose::call_name(finding.syscall) : "";
  row.arch = has_call ? kernel::name(finding.syscall.arch) : "";
  row.outcome = outcome_text(finding);
  row.title = fmt::format("{}: {}", has_call ? row.call : finding.kind, row.outcome);
  row.text = finding.summary;
  row.layer = diagnose::json_name(finding.layer);
  row.certainty = model::name(finding.certainty);
  row.provenance = model::name(finding.provenance);
  row.risk = kernel::name(finding.risk.level);
  row.risk_why = finding.risk.why;
  row.fix = finding.remedy.text;
  row.count = finding.count;
  row.first = finding.first;
  row.last = finding.last;
  row.evidence = finding.evidence;
  take_who(finding, row);
  for (const std::string& sign : finding.intrusion) row.notes.push_back(sign);
  for (const std::string& note : finding.notes) row.notes.push_back(note);
  if (finding.verdict && !finding.verdict->why.empty())
    row.notes.push_back("The profile: " + finding.verdict->why);
  const bool has_file = profile != nullptr && profile->read_as.empty();
  if (has_file && finding.verdict && finding.verdict->line != 0)
    row.place = {profile->path, finding.verdict->line, 0};
  return row;
}

bool may_hide(const std::vector<ledger::InputAccount>& inputs) {
  return std::any_of(inputs.begin(), inputs.end(),
                     [](const ledger::InputAccount& input) { return input.may_hide_denials(); });
}

std::string conclusion_of(const diagnose::Diagnosis& diagnosis, bool is_check) {
  std::uint64_t denied = 0, harmless = 0, times = 0;
  std::set<std::string> programs, layers;
  for (const Finding& finding : diagnosis.findings) {
    if (!finding.denied) continue;
    if (finding.harmless) {
      ++harmless;
      continue;
    }
    ++denied;
    times += finding.count;
    layers.emplace(diagnose::json_name(finding.layer));
    programs.insert(finding.who.comm.empty() ? finding.who.exe : finding.who.comm);
    for (const diagnose::Met& met : finding.who.met)
      programs.insert(met.comm.empty() ? met.exe : met.comm);
  }
  if (denied == 0 && may_hide(diagnosis.inputs))
    return "What was denied cannot be said: these logs were not understood.";
  if (denied == 0 && harmless == 0)
    return is_check ? "This profile would deny nothing of what these logs show."
                    : "Nothing was denied, as far as these logs show.";
  if (denied == 0)
    return fmt::format(
        "Nothing is broken, as far as these logs show: {} refused, and the program "
        "went on another way.",
        counted(harmless, "call was", "different calls were"));
  return fmt::format("{}{}, {}, by {}.", counted(denied, "different denial", "different denials"),
                     is_check ? " under this profile" : "", times_words(times),
                     counted(programs.size(), "program", "programs"));
}

void take_doubts(const diagnose::Diagnosis& diagnosis, Sheet& sheet) {
  for (const ledger::InputAccount& input : diagnosis.inputs) {
    if (!input.problem.empty())
      sheet.doubts.push_back(fmt::format("{}: {}", input.path, input.problem));
    else if (input.dialect.empty())
      sheet.doubts.push_back(input.path + ": not read: it was recognised as no kind of log");
    if (input.damaged > 0)
      sheet.doubts.push_back(fmt::format("{}: {} damaged", input.path,
                                         counted(input.damaged, "line is", "lines are")));
    if (input.unread > 0)
      sheet.doubts.push_back(fmt::format("{}: {} a denial and was not understood", input.path,
                                         counted(input.unread, "line names", "lines name")));
  }
  for (const std::string& reason : diagnosis.completeness.reasons) sheet.doubts.push_back(reason);
}

void take_profile(const profile::Profile& profile, Sheet& sheet) {
  sheet.profile_name = profile.path;
  if (profile.read_as.empty()) sheet.profile_text = profile.text;
}

std::string conditions_words(const std::vector<profile::Condition>& conditions) {
  std::string out;
  for (const profile::Condition& each : conditions) {
    out += out.empty() ? " with " : " and ";
    out += each.op == profile::Op::MaskedEq
               ? fmt::format("arg{} & {:#x} == {:#x}", each.index, each.value, each.value_two)
               : fmt::format("arg{} == {:#x}", each.index, each.value);
  }
  return out;
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : std::string(between)) + word;
  return out;
}

Row row_of(const repair::Added& added, const std::string& file) {
  Row row;
  row.kind = "added";
  row.call = added.syscall;
  row.arch = kernel::name(added.arch);
  row.title = added.syscall.empty()
                  ? fmt::format("added: {}", kernel::info(added.arch).oci_token)
                  : fmt::format("added: {}{}", added.syscall, conditions_words(added.args));
  row.id = "added@" + row.title.substr(7);
  row.text = added.note;
  if (!added.because.empty()) row.notes.push_back("Because of " + joined(added.because, ", "));
  if (added.line != 0) row.place = {file, added.line, 0};
  return row;
}

Row row_of(const repair::Refused& refused) {
  Row row;
  row.kind = repair::json_name(refused.reason);
  row.call = refused.syscall;
  row.arch = kernel::name(refused.arch);
  row.fails = refused.leaves_denial;
  row.level = refused.leaves_denial ? Level::Error : Level::Note;
  row.title =
      fmt::format("not added: {}", refused.syscall.empty() ? "nothing to add" : refused.syscall);
  row.id = fmt::format("{}@{}", row.kind, refused.syscall);
  row.text = refused.text;
  if (!refused.because.empty()) row.notes.push_back("Because of " + joined(refused.because, ", "));
  return row;
}

void take_proof(const repair::Verification& proof, Sheet& sheet) {
  sheet.proof = {{"engine", proof.engine},
                 {"observed calls checked", fmt::format("{}", proof.checked)},
                 {"denials resolved", fmt::format("{}", proof.resolved)},
                 {"newly permitted", joined(proof.newly_permitted, ", ")},
                 {"still denied", joined(proof.still_denied, ", ")},
                 {"not asked for", joined(proof.unexpected, ", ")},
                 {"lost", joined(proof.lost, ", ")},
                 {"errno changed", joined(proof.errno_flips, ", ")},
                 {"not proven", joined(proof.disagreements, ", ")},
                 {"holds", proof.holds() ? "yes" : "no"}};
  std::erase_if(sheet.proof, [](const auto& fact) { return fact.second.empty(); });
}

}  // namespace

std::string_view json_name(Level level) {
  switch (level) {
    case Level::Error: return "error";
    case Level::Warning: return "warning";
    case Level::Note: return "note";
  }
  return "note";
}

std::string_view command_name(Answer answer) {
  switch (answer) {
    case Answer::Diagnosis: return "diagnose";
    case Answer::Check: return "check";
    case Answer::Repair: return "repair";
    case Answer::Synthesis: return "synthesize";
    case Answer::Coverage: return "coverage";
    case Answer::WhatIf: return "what-if";
    case Answer::Lint: return "lint";
    case Answer::Diff: return "diff";
    case Answer::Other: return "";
  }
  return "";
}

Sheet sheet_of(const DiagnosisReport& report) {
  Sheet sheet;
  sheet.answer = report.is_check ? Answer::Check : Answer::Diagnosis;
  sheet.conclusion = conclusion_of(*report.diagnosis, report.is_check);
  for (const Finding& finding : report.diagnosis->findings)
    sheet.rows.push_back(row_of(finding, report.profile));
  const bool any =
      std::any_of(sheet.rows.begin(), sheet.rows.end(), [](const Row& row) { return row.fails; });
  sheet.is_doubtful = !any && may_hide(report.diagnosis->inputs);
  sheet.facts.emplace_back("evidence", diagnose::json_name(report.diagnosis->completeness.verdict));
  if (report.profile != nullptr) {
    sheet.facts.emplace_back("profile", report.profile->path);
    take_profile(*report.profile, sheet);
  }
  take_doubts(*report.diagnosis, sheet);
  if (report.diagnosis->left_out.findings > 0)
    sheet.doubts.push_back(
        fmt::format("Not shown, as they were not asked for: {}, {} of them "
                    "denials.",
                    counted(report.diagnosis->left_out.findings, "finding", "findings"),
                    report.diagnosis->left_out.denials));
  sheet.command = report.diagnosis->fix.command;
  sheet.next = report.diagnosis->completeness.next;
  sheet.inputs = report.diagnosis->inputs;
  return sheet;
}

Sheet sheet_of(const RepairReport& report) {
  Sheet sheet;
  sheet.answer = report.findings != nullptr ? Answer::Repair : Answer::Synthesis;
  sheet.conclusion = fmt::format(
      "{} added, {} left out; {}.", counted(report.added->size(), "thing is", "things are"),
      counted(report.refused->size(), "is", "are"),
      report.complete ? "every denial that seccomp made is resolved, and the proof holds"
                      : "the repair is not complete");
  for (const repair::Added& added : *report.added) sheet.rows.push_back(row_of(added, report.file));
  for (const repair::Refused& refused : *report.refused) sheet.rows.push_back(row_of(refused));
  if (report.findings != nullptr) {
    for (const Finding& finding : *report.findings)
      sheet.causes.push_back(row_of(finding, nullptr));
  }
  take_proof(*report.verification, sheet);
  sheet.facts.emplace_back("complete", report.complete ? "yes" : "no");
  sheet.doubts = *report.notes;
  sheet.profile_name = report.file;
  sheet.profile_text = report.profile_text;
  for (const repair::Added& added : *report.added) {
    if (added.line != 0) sheet.changed.push_back(added.line);
  }
  if (!report.old_text.empty())
    sheet.diff =
        profile::unified_diff(report.old_text, report.profile_text, report.file, report.file);
  return sheet;
}

}  // namespace medic::report
