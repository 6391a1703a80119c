// Feeds records to the interpreter, looks up the companions of those that want them, and keeps the
// account of a chunk's lines. Shared by every dialect that carries audit records.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/audit/joiner.h"
#include "parsers/audit/known_records.h"

namespace medic::parsers::audit {

// What a chunk hands on: records that wait for companions behind its end, and companions that may
// belong to records before its start. The task that a record was about.
struct Subject {
  EventKey key;
  model::Origin origin;
  model::Time time;
  std::int64_t serial = -1, pid = -1;
  std::string node;
};

class OpenRecords : public Partial {
 public:
  std::vector<OpenRecord> records;
  std::vector<Companion> companions;
  std::vector<Subject> subjs;       // of the last records: a CONTAINER_ID may follow
  std::int64_t target_serial = -1;  // where the last record is OBJ_PID
  std::uint64_t end_line = 0;       // the line after the chunk
};

// Reads records whose framing holds the whole event.
struct WholeEvents {
  Interpreter& interpreter;
  EventSink& sink;
  KnownRecords* known = nullptr;  // null: every record is read whole
  Reading read(const Record& record, const Place& place,
               const std::vector<Companion>& companions) const;
};

class RecordReader {
 public:
  // What one chunk needs. cache: the reader's; null: every record is read whole.
  struct Use {
    const Options& options;
    KnownRecords* cache;
  };
  RecordReader(const Chunk& chunk, const Use& use, ChunkSink& sink);

  // The account: each line exactly once.
  void used(std::uint64_t lines = 1) { used_ += lines; }
  void foreign(std::uint64_t lines = 1) { foreign_ += lines; }
  void damaged(std::uint64_t line, std::string_view text, std::string_view reason) {
    sink_.damaged(line, text, reason);
  }
  void account(Reading reading, const Place& place);

  // Reads one record; `after` is the chunk's text behind its line. Used also when it waits. Does
  // not touch the account.
  Reading read(const Record& record, const Place& place, std::string_view after);
  WholeEvents whole_events() { return {interpreter_, sink_, known_}; }
  // Must a companion on this line be read? Elsewhere its record has looked ahead already.
  bool wants_companion(std::uint64_t line) const { return line < head_end_; }
  EventSink& sink() { return sink_; }

  // Ends the chunk: reports the account and gives what is open, null when nothing is. end_line: the
  // line after the last.
  std::unique_ptr<Partial> finish(std::uint64_t end_line);

 private:
  Reading read_slowly(const Record& record, const Place& place, std::string_view after);
  Reading tell(const SyscallFacts& facts, const Record& record, const Place& place,
               std::string_view after, model::Event& event);
  void leave_open(const Record& record, const Place& place, Lookahead found);

  Subject subj_of(const Record& record, const model::Origin& origin) const;
  void name_container(const Record& record, const Place& place);

  // The last records that are about a task. CONTAINER_ID comes at the end of its event, and in few
  // logs: nobody waits for it.
  struct Recent {
    Record record;
    model::Origin origin;
  };
  std::array<Recent, 8> recent_;
  std::size_t next_recent_ = 0;
  std::int64_t target_serial_ = -1;  // of the OBJ_PID record just before
  ChunkSink& sink_;
  Interpreter interpreter_;
  KnownRecords* known_;  // null: every record is read whole
  OpenRecords open_;
  bool last_;
  std::uint64_t
      head_end_;  // companions before this line may belong to a record of the chunk before
  std::uint64_t used_ = 0, foreign_ = 0;
};

// For dialects that read with RecordReader.
std::unique_ptr<Joiner> record_joiner(const Options& options);

}  // namespace medic::parsers::audit
