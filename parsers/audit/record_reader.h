// Feeds records to the interpreter, sends those that wait through the joiner, and keeps the account of a chunk's lines.
// Shared by every dialect that carries audit records.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "parsers/audit/joiner.h"

namespace medic::parsers::audit {

// What a chunk hands on: sessions that may go on before or after it.
class OpenSessions : public OpenEnds {
 public:
  std::vector<Session> sessions;
  std::uint64_t end_line = 0;  // the line after the chunk
};

class RecordReader {
 public:
  RecordReader(const Chunk& chunk, const Options& options, ChunkSink& sink);

  // The account: each line exactly once.
  void used() { ++used_; }
  void foreign(std::uint64_t lines = 1) { foreign_ += lines; }
  void damaged(std::uint64_t line, std::string_view text, std::string_view reason) { sink_.damaged(line, text, reason); }
  void account(Reading reading, const Place& place);

  // Reads one record; Used also when it waits. Does not touch the account.
  Reading read(const Record& record, const Place& place);
  // Would a companion record on this line be of any use?
  bool wants_companion(std::uint64_t line) const { return !joiner_.idle() || line < head_end_; }
  EventSink& sink() { return sink_; }

  // Ends the chunk: reports the account and gives what is open, null when nothing is. end_line: the line after the last.
  std::unique_ptr<OpenEnds> finish(std::uint64_t end_line);

 private:
  void settle(std::vector<Session>&& closed);

  ChunkSink& sink_;
  Interpreter interpreter_;
  Joiner joiner_;
  std::vector<Session> handed_on_;
  std::uint64_t head_end_;  // sessions that begin before this line may have begun in the chunk before
  std::uint64_t used_ = 0, foreign_ = 0;
};

// For dialects that read with RecordReader.
std::unique_ptr<Stitcher> session_stitcher(const Options& options);

}  // namespace medic::parsers::audit
