// SARIF 2.1.0: a result a finding, placed in the profile's file where a line of it is concerned,
// else in the log.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "diagnose/kinds.h"
#include "report/json_parts.h"
#include "report/sheet.h"

namespace medic::report {
namespace {

using Json = nlohmann::ordered_json;

// RFC 3986: a relative reference, or file:// for an absolute path.
std::string uri_of(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       kPlain.find(c) != std::string_view::npos;
    const auto byte = static_cast<unsigned char>(c);
    if (plain)
      out += c;
    else
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

Json location(const std::string& file, std::uint64_t line, std::uint64_t column,
              const std::string& text) {
  Json physical = {{"artifactLocation", {{"uri", uri_of(file)}}}};
  if (line != 0) {
    physical["region"] = {{"startLine", line}};
    if (column != 0) physical["region"]["startColumn"] = column;
    if (!text.empty()) physical["region"]["snippet"] = {{"text", escape_for_terminal(text)}};
  }
  return {{"physicalLocation", physical}};
}

Json message(const Row& row) {
  std::string text = row.title;
  if (!row.text.empty()) text += "\n" + row.text;
  if (!row.fix.empty()) text += "\nFix: " + row.fix;
  return {{"text", text}};
}

Json result_of(const Row& row, const std::vector<std::string>& rules) {
  Json locations = Json::array(), related = Json::array();
  if (!row.place.file.empty())
    locations.push_back(location(row.place.file, row.place.line, row.place.column, ""));
  for (const std::uint64_t line : row.more_lines)
    related.push_back(location(row.place.file, line, 0, ""));
  for (const diagnose::Evidence& each : row.evidence)
    (locations.empty() ? locations : related)
        .push_back(location(each.file, each.line, 0, each.text));
  const auto rule = std::find(rules.begin(), rules.end(), row.kind);
  Json out = {{"ruleId", row.kind},
              {"ruleIndex", rule - rules.begin()},
              {"level", json_name(row.level)},
              {"message", message(row)},
              {"locations", locations},
              {"partialFingerprints", {{"seccompMedicId/v1", row.id}}},
              {"occurrenceCount", std::max<std::uint64_t>(row.count, 1)}};
  if (!related.empty()) out["relatedLocations"] = related;
  Json properties = Json::object();
  for (const auto& [name, value] : {std::pair("layer", row.layer), std::pair("risk", row.risk),
                                    std::pair("certainty", row.certainty),
                                    std::pair("call", row.call), std::pair("arch", row.arch)}) {
    if (!value.empty()) properties[name] = value;
  }
  if (!properties.empty()) out["properties"] = properties;
  return out;
}

// A title and a meaning for a rule: diagnose's kinds and lint's rules have them.
Json rule_of(const std::string& id) {
  Json out = {{"id", id}};
  if (const diagnose::KindInfo* kind = diagnose::find_kind(id)) {
    out["shortDescription"] = {{"text", kind->title}};
    out["fullDescription"] = {{"text", kind->meaning}};
  }
  for (const profile::LintRule& rule : profile::lint_rules()) {
    if (rule.id == id) out["shortDescription"] = {{"text", rule.summary}};
  }
  return out;
}

Json invocation(const Sheet& sheet) {
  Json notices = Json::array();
  for (const std::string& doubt : sheet.doubts)
    notices.push_back({{"level", "note"}, {"message", {{"text", doubt}}}});
  return {{"executionSuccessful", !sheet.is_doubtful}, {"toolExecutionNotifications", notices}};
}

std::string sarif(const Sheet& sheet, const Style&) {
  std::vector<std::string> ids;
  for (const Row& row : sheet.rows) {
    if (std::find(ids.begin(), ids.end(), row.kind) == ids.end()) ids.push_back(row.kind);
  }
  Json rules = Json::array(), results = Json::array();
  for (const std::string& id : ids) rules.push_back(rule_of(id));
  for (const Row& row : sheet.rows) results.push_back(result_of(row, ids));
  const Json run = {
      {"tool", {{"driver", {{"name", "seccomp-medic"}, {"rules", rules}}}}},
      {"automationDetails", {{"id", "seccomp-medic/" + std::string(command_name(sheet.answer))}}},
      {"columnKind", "utf16CodeUnits"},
      {"invocations", Json::array({invocation(sheet)})},
      {"results", results}};
  return dump({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
               {"version", "2.1.0"},
               {"runs", Json::array({run})}});
}

}  // namespace

extern const Renderer kSarifRenderer;
const Renderer kSarifRenderer{
    .name = "sarif", .sheet = sarif, .sheets = {Answer::Diagnosis, Answer::Check, Answer::Lint}};

}  // namespace medic::report
