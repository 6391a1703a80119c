// An answer of any command as rows and sections: what the forms print that do not tell the commands
// apart (csv, junit, html …). It is computed here, so that a renderer computes nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/report.h"

namespace medic::report {

enum class Level : std::uint8_t { Error, Warning, Note };
std::string_view json_name(Level level);  // error|warning|note

struct FilePlace {
  std::string file;
  std::uint64_t line = 0, column = 0;  // from 1; 0: not known
};

// One thing that an answer says. Text may hold whatever a log holds: every form escapes it.
struct Row {
  std::string id, kind;  // kind: what `explain` describes, a rule of lint, a direction of diff …
  Level level = Level::Note;
  bool fails = false;  // does the command's exit code follow from it?
  std::string title;   // a few words: "mkdir: denied with EPERM"
  std::string text;    // sentences
  std::string call, arch, outcome, layer, certainty, provenance, risk, risk_why;
  std::string fix;
  std::uint64_t count = 1, processes = 0, programs = 0, containers = 0, hosts = 0;
  std::int64_t pid = -1;         // of the first who met it; -1: not known
  std::string container_id;      // likewise
  std::string image, pod, unit;  // likewise
  model::Time first, last;
  FilePlace place;                           // in a profile's file; no file: nowhere
  std::vector<std::uint64_t> more_lines;     // of the same file
  std::vector<diagnose::Evidence> evidence;  // in logs
  std::vector<diagnose::Met> met;            // the most frequent first
  std::vector<std::string> notes;            // sentences
};

using Facts = std::vector<std::pair<std::string, std::string>>;

struct Sheet {
  Answer answer = Answer::Diagnosis;
  std::string conclusion;    // sentences
  bool is_doubtful = false;  // "nothing" cannot be said: the logs were not understood
  std::vector<Row> rows;
  std::vector<Row> causes;          // of a repair: the findings behind it
  std::string command;              // that fixes it all; may be empty
  Facts facts;                      // the context, an estimate …
  Facts proof;                      // of a repair
  std::vector<std::string> doubts;  // sentences: what was not read, why the evidence is incomplete
  std::vector<std::string> next;    // sentences: what would make the answer surer
  std::vector<ledger::InputAccount> inputs;
  std::string profile_name, profile_text;  // the profile that the rows' places are in
  std::vector<std::uint64_t> changed;      // lines of profile_text that a repair added
  std::string diff;                        // a unified diff; may be empty
};

Sheet sheet_of(const DiagnosisReport& report);
Sheet sheet_of(const RepairReport& report);
Sheet sheet_of(const CoverageReport& report);
Sheet sheet_of(const WhatIfReport& report);
Sheet sheet_of(const LintReport& report);
Sheet sheet_of(const DiffReport& report);

// The command that gives such an answer.
std::string_view command_name(Answer answer);

}  // namespace medic::report
