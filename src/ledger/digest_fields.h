// The fields of what a digest holds, in the file's order; new ones go to the end. Inside of
// src/ledger alone.
#pragma once

#include "ledger/digest_columns.h"
#include "ledger/ledger.h"

namespace medic::attribute {

// The whole state of a process table, for saving it.
struct ProcessTableImage {
  struct Open {
    std::string host;
    std::int64_t pid = -1;
    ProcessIndex process = kNoProcess;
  };
  static Processes& processes(ProcessTable& table) { return table.processes_; }
  static std::vector<BirthClaim>& claims(ProcessTable& table) { return table.claims_; }
  static std::vector<UnitMoment>& units(ProcessTable& table) { return table.units_; }
  static std::vector<BirthClaim>& awaited(ProcessTable& table) { return table.awaited_; }
  static std::vector<ProcessIndex>& newcomers(ProcessTable& table) { return table.newcomers_; }
  static std::uint64_t& overflowed(ProcessTable& table) { return table.overflowed_; }
  static std::vector<Open> open(const ProcessTable& table) {
    std::vector<Open> out;
    for (const auto& [key, process] : table.open_) {
      const auto host = static_cast<std::size_t>(key >> 40);
      out.push_back({host < table.hosts_.size() ? table.hosts_[host] : std::string(),
                     ProcessTable::pid_of(key), process});
    }
    return out;
  }
  static void set_open(ProcessTable& table, const Open& open) {
    table.open_[table.key_of(open.host, open.pid)] = open.process;
  }
};

}  // namespace medic::attribute

namespace medic::ledger {

void fields(DigestRows& rows, attribute::RuntimeCommand& command);
void fields(DigestRows& rows, attribute::Process& process, std::size_t processes);
void fields(DigestRows& rows, attribute::BirthClaim& claim, std::size_t processes);
void fields(DigestRows& rows, attribute::UnitMoment& unit);
void fields(DigestRows& rows, attribute::ProcessTableImage::Open& open, std::size_t processes);
void fields(DigestRows& rows, Subject& subj, std::size_t processes);
void fields(DigestRows& rows, model::SyscallRef& call);
void fields(DigestRows& rows, Key& key, std::size_t processes);
void fields(DigestRows& rows, Example& example);
void fields(DigestRows& rows, LayerDenial& denial, std::size_t processes);
void fields(DigestRows& rows, Abend& abend, std::size_t processes);
void fields(DigestRows& rows, Loss& loss);
void fields(DigestRows& rows, DamagedLine& line);
void fields(DigestRows& rows, InputAccount& account);

}  // namespace medic::ledger
