// The verbs of the strace tests: a log in, one line of notation per event out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/strace/strace_dialect.h"

namespace medic::test {

struct Account {
  std::uint64_t used = 0, foreign = 0;
  std::vector<std::string> damaged;  // `LINE reason`
};

struct Reading {
  std::vector<std::string> events;   // model::to_debug
  std::vector<std::uint64_t> lines;  // the origin of each
  Account account;
};

struct StraceCase {
  parsers::Options options;
  const parsers::Dialect& dialect = parsers::strace_dialect();
  std::int64_t pid_of_input = -1;
  std::size_t chunk_bytes = SIZE_MAX;  // lines are never cut: a chunk has at least one
};

class CollectingSink : public parsers::ChunkSink {
 public:
  explicit CollectingSink(Reading& reading) : reading_(reading) {}
  void event(const model::Event& event) override {
    reading_.events.push_back(model::to_debug(event));
    reading_.lines.push_back(event.origin.line);
  }
  void used(std::uint64_t lines) override { reading_.account.used += lines; }
  void foreign(std::uint64_t lines) override { reading_.account.foreign += lines; }
  void damaged(std::uint64_t line, std::string_view, std::string_view reason) override {
    reading_.account.damaged.push_back(std::to_string(line) + " " + std::string(reason));
  }

 private:
  Reading& reading_;
};

inline Reading read_strace(std::string_view log, const StraceCase& how = {}) {
  Reading reading;
  CollectingSink sink(reading);
  const auto joiner = how.dialect.make_joiner(how.options);
  const auto reader = how.dialect.make_reader(how.options);
  parsers::Chunk chunk;
  chunk.pid_of_input = how.pid_of_input;
  std::size_t at = 0;
  while (at < log.size()) {
    std::size_t end = how.chunk_bytes >= log.size() - at ? log.size() : at + how.chunk_bytes;
    if (end < log.size())
      end = log.find('\n', end - 1) == std::string_view::npos ? log.size()
                                                              : log.find('\n', end - 1) + 1;
    chunk.text = log.substr(at, end - at);
    chunk.first_offset = at;
    chunk.last = end == log.size();
    joiner->join(reader->read(chunk, sink), sink);
    for (const char c : chunk.text) chunk.first_line += c == '\n';
    at = end;
  }
  joiner->finish(sink);
  return reading;
}

// All events, joined by "; ".
inline std::string read_as_text(std::string_view log, const StraceCase& how = {}) {
  std::string out;
  for (const std::string& event : read_strace(log, how).events)
    out += (out.empty() ? "" : "; ") + event;
  return out;
}

}  // namespace medic::test
