// A finding a line for a SIEM: the Elastic Common Schema 8, and OCSF 1.3's Detection Finding. A
// member whose value no log says is left out, the time of the event too.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "report/json_parts.h"
#include "report/sheet.h"

namespace medic::report {
namespace {

using Json = nlohmann::ordered_json;

void put(Json& to, const char* name, const std::string& value) {
  if (!value.empty()) to[name] = value;
}

void put(Json& to, const char* name, Json value) {
  if (!value.empty()) to[name] = std::move(value);
}

const diagnose::Met& most_frequent(const Row& row) {
  static const diagnose::Met kNobody;
  return row.met.empty() ? kNobody : row.met.front();
}

bool has_date(const model::Time& time) { return time.basis == model::Time::Basis::Epoch; }

std::string date_json(const model::Time& time) { return has_date(time) ? time_json(time) : ""; }

Json ecs_event(const Row& row) {
  Json event = {{"kind", row.fails ? "alert" : "event"},
                {"category", Json::array({"process"})},
                {"type", Json::array({row.fails ? "denied" : "info"})},
                {"action", row.kind},
                {"outcome", row.fails ? "failure" : "unknown"},
                {"provider", "seccomp-medic"},
                {"id", row.id},
                {"severity", row.level == Level::Error     ? 73
                             : row.level == Level::Warning ? 47
                                                           : 21}};
  put(event, "start", date_json(row.first));
  put(event, "end", date_json(row.last));
  put(event, "reason", row.text);
  if (!row.evidence.empty()) put(event, "original", row.evidence.front().text);
  return event;
}

Json ecs_of(const Row& row) {
  const diagnose::Met& met = most_frequent(row);
  Json out = Json::object(), process = Json::object(), container = Json::object(),
       host = Json::object(), log = Json::object(), medic = Json::object();
  put(out, "@timestamp", date_json(row.last));
  out["ecs"] = {{"version", "8.11.0"}};
  out["event"] = ecs_event(row);
  out["message"] = row.title;
  put(process, "name", met.comm);
  put(process, "executable", met.exe);
  if (row.pid >= 0) process["pid"] = row.pid;
  put(out, "process", process);
  put(container, "id", row.container_id);
  put(container, "name", met.container);
  if (!row.image.empty()) container["image"] = {{"name", row.image}};
  put(out, "container", container);
  put(host, "name", met.host);
  put(out, "host", host);
  if (!row.evidence.empty())
    log = {{"file", {{"path", row.evidence.front().file}, {"line", row.evidence.front().line}}}};
  put(out, "log", log);
  out["rule"] = {{"id", row.kind}, {"category", row.layer}, {"ruleset", "seccomp-medic"}};
  medic = {{"count", row.count},         {"processes", row.processes},
           {"programs", row.programs},   {"containers", row.containers},
           {"hosts", row.hosts},         {"layer", row.layer},
           {"certainty", row.certainty}, {"provenance", row.provenance},
           {"outcome", row.outcome},     {"risk", row.risk}};
  put(medic, "syscall", row.call);
  put(medic, "arch", row.arch);
  put(medic, "fix", row.fix);
  put(medic, "label", met.label);
  put(medic, "unit", row.unit);
  put(medic, "pod", row.pod);
  out["seccomp_medic"] = medic;
  return out;
}

std::string ecs(const Sheet& sheet, const Style&) {
  std::string out;
  for (const Row& row : sheet.rows) out += dump_line(ecs_of(row));
  return out;
}

Json milliseconds(const model::Time& time) {
  return has_date(time) ? Json(time.ns / 1'000'000) : Json();
}

Json ocsf_evidence(const Row& row, const diagnose::Met& met) {
  Json out = Json::object(), process = Json::object(), container = Json::object();
  put(process, "name", met.comm);
  if (row.pid >= 0) process["pid"] = row.pid;
  if (!met.exe.empty())
    process["file"] = {
        {"name", met.exe.substr(met.exe.rfind('/') + 1)}, {"path", met.exe}, {"type_id", 1}};
  put(container, "uid", row.container_id);
  put(container, "name", met.container);
  put(process, "container", container);
  if (!process.empty()) out["process"] = process;
  if (!row.evidence.empty())
    out["data"] = {{"file", row.evidence.front().file},
                   {"line", row.evidence.front().line},
                   {"text", row.evidence.front().text}};
  return out;
}

int confidence_id(const std::string& certainty) {
  return certainty == "stated" ? 3 : certainty == "inferred" ? 2 : 1;
}

Json ocsf_of(const Row& row) {
  const diagnose::Met& met = most_frequent(row);
  Json info = {{"uid", row.id}, {"title", row.title}, {"types", Json::array({row.kind})}};
  put(info, "desc", row.text);
  put(info, "first_seen_time", milliseconds(row.first));
  put(info, "last_seen_time", milliseconds(row.last));
  Json out = {{"category_uid", 2},
              {"category_name", "Findings"},
              {"class_uid", 2004},
              {"class_name", "Detection Finding"},
              {"activity_id", 1},
              {"activity_name", "Create"},
              {"type_uid", 200401},
              {"type_name", "Detection Finding: Create"},
              {"severity_id", row.level == Level::Error     ? 4
                              : row.level == Level::Warning ? 3
                                                            : 1},
              {"severity", row.level == Level::Error     ? "High"
                           : row.level == Level::Warning ? "Medium"
                                                         : "Informational"},
              {"confidence_id", confidence_id(row.certainty)},
              {"status_id", 1},
              {"status", "New"},
              {"count", row.count},
              {"message", row.title},
              {"metadata",
               {{"version", "1.3.0"},
                {"product", {{"name", "seccomp-medic"}, {"vendor_name", "seccomp-medic"}}}}},
              {"finding_info", info}};
  put(out, "time", milliseconds(row.last));
  if (Json evidence = ocsf_evidence(row, met); !evidence.empty())
    out["evidences"] = Json::array({std::move(evidence)});
  if (!met.host.empty()) out["resources"] = Json::array({{{"type", "host"}, {"name", met.host}}});
  if (!row.fix.empty()) out["remediation"] = {{"desc", row.fix}};
  Json rest = {{"layer", row.layer}, {"certainty", row.certainty}, {"provenance", row.provenance},
               {"risk", row.risk},   {"outcome", row.outcome},     {"processes", row.processes}};
  put(rest, "syscall", row.call);
  put(rest, "arch", row.arch);
  out["unmapped"] = rest;
  return out;
}

std::string ocsf(const Sheet& sheet, const Style&) {
  std::string out;
  for (const Row& row : sheet.rows) out += dump_line(ocsf_of(row));
  return out;
}

}  // namespace

extern const Renderer kEcsRenderer, kOcsfRenderer;
const Renderer kEcsRenderer{
    .name = "ecs", .sheet = ecs, .sheets = {Answer::Diagnosis, Answer::Check}};
const Renderer kOcsfRenderer{
    .name = "ocsf", .sheet = ocsf, .sheets = {Answer::Diagnosis, Answer::Check}};

}  // namespace medic::report
