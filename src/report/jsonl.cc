// A finding a line: the lists of the JSON form taken apart, so that a line is what an element is
// there.
#include <nlohmann/json.hpp>

#include "report/json_parts.h"
#include "report/report.h"

namespace medic::report {
namespace {

using Json = nlohmann::ordered_json;

std::string lines_of(const std::string& document, std::initializer_list<const char*> lists) {
  const Json json = Json::parse(document, nullptr, false);
  std::string out;
  for (const char* list : lists) {
    const auto found = json.find(list);
    if (found == json.end() || !found->is_array()) continue;
    for (Json each : *found) {
      if (lists.size() > 1) each["list"] = list;
      out += dump_line(each);
    }
  }
  return out;
}

std::string diagnosis_jsonl(const diagnose::Diagnosis& diagnosis, const Style& style) {
  return lines_of(find_renderer("json")->diagnosis(diagnosis, style), {"findings"});
}

std::string repair_jsonl(const RepairReport& report, const Style& style) {
  return lines_of(find_renderer("json")->repair(report, style), {"added", "refused"});
}

std::string coverage_jsonl(const CoverageReport& report, const Style& style) {
  return lines_of(coverage_json(report, style), {"runs"});
}

std::string what_if_jsonl(const WhatIfReport& report, const Style& style) {
  return lines_of(what_if_json(report, style), {"foreseen"});
}

std::string lint_jsonl(const LintReport& report, const Style& style) {
  const Json json = Json::parse(lint_json(report, style), nullptr, false);
  std::string out;
  for (const Json& profile : json["profiles"]) {
    for (const Json& finding : profile["findings"]) {
      Json line = {{"path", profile["path"]}};
      line.update(finding);
      out += dump_line(line);
    }
  }
  return out;
}

std::string diff_jsonl(const DiffReport& report, const Style& style) {
  if (!report.is_one_sided) return lines_of(diff_json(report, style), {"differences"});
  const Json json = Json::parse(diff_json(report, style), nullptr, false);
  return json["holds"] == true ? std::string() : dump_line(json["counter_example"]);
}

}  // namespace

extern const Renderer kJsonlRenderer;
const Renderer kJsonlRenderer{"jsonl",       diagnosis_jsonl, repair_jsonl, coverage_jsonl,
                              what_if_jsonl, lint_jsonl,      diff_jsonl};

}  // namespace medic::report
