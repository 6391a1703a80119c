// CSV (RFC 4180), a row a finding. A spreadsheet takes a cell that begins with = + - @ for a
// formula, and a process chooses its own name: such a cell gets an apostrophe before it.
#include <fmt/format.h>

#include "base/text.h"
#include "report/sheet.h"

namespace medic::report {
namespace {

std::string cell(std::string_view text) {
  std::string safe = escape_for_terminal(text);
  const std::size_t first = safe.find_first_not_of(" \t");
  if (first != std::string::npos &&
      std::string_view("=+-@|%").find(safe[first]) != std::string_view::npos)
    safe.insert(safe.begin(), '\'');
  std::string out = "\"";
  for (const char c : safe) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

std::string line_of(const Row& row) {
  const diagnose::Met* met = row.met.empty() ? nullptr : &row.met.front();
  const diagnose::Evidence* evidence = row.evidence.empty() ? nullptr : &row.evidence.front();
  std::string out =
      fmt::format("{},{},{},{},{},{},", cell(row.id), cell(row.kind), json_name(row.level),
                  cell(row.title), cell(row.call), cell(row.arch));
  out += fmt::format("{},{},{},{},", cell(row.outcome), row.layer, row.certainty, row.risk);
  out += fmt::format("{},{},{},{},{},", row.count, row.processes, row.programs, row.containers,
                     row.hosts);
  out += fmt::format("{},{},{},{},{},{},", time_json(row.first), time_json(row.last),
                     cell(met != nullptr ? met->comm : ""), cell(met != nullptr ? met->exe : ""),
                     cell(met != nullptr ? met->container : ""),
                     cell(met != nullptr ? met->host : ""));
  out += fmt::format("{},{},", cell(row.place.file), row.place.line);
  out += fmt::format("{},{},{},{}\r\n", cell(evidence != nullptr ? evidence->file : ""),
                     evidence != nullptr ? evidence->line : 0, cell(row.text), cell(row.fix));
  return out;
}

std::string csv(const Sheet& sheet, const Style&) {
  std::string out =
      "id,kind,level,title,call,arch,outcome,layer,certainty,risk,count,processes,programs,"
      "containers,hosts,first,last,comm,exe,container,host,profile,profile_line,log,log_line,"
      "text,fix\r\n";
  for (const Row& row : sheet.rows) out += line_of(row);
  return out;
}

}  // namespace

extern const Renderer kCsvRenderer;
const Renderer kCsvRenderer{
    .name = "csv",
    .sheet = csv,
    .sheets = {Answer::Diagnosis, Answer::Check, Answer::Repair, Answer::Synthesis,
               Answer::Coverage, Answer::WhatIf, Answer::Lint, Answer::Diff}};

}  // namespace medic::report
