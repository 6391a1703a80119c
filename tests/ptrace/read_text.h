// Reads a text in a dialect, in one chunk or cut into many, and gives its events in the notation of
// to_debug, one a line.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/dialect.h"

namespace medic::test {

struct ReadText : parsers::ChunkSink {
  std::string events;
  std::vector<model::Time> times;
  std::uint64_t used_lines = 0, foreign_lines = 0;
  std::vector<std::string> damages;  // "line: reason"

  void event(const model::Event& event) override {
    events += model::to_debug(event) + "\n";
    times.push_back(event.time);
  }
  void used(std::uint64_t lines) override { used_lines += lines; }
  void foreign(std::uint64_t lines) override { foreign_lines += lines; }
  void damaged(std::uint64_t line, std::string_view, std::string_view reason) override {
    damages.push_back(std::to_string(line) + ": " + std::string(reason));
  }
};

// lines_per_chunk 0: all in one.
inline ReadText read_text(const parsers::Dialect& dialect, std::string_view text,
                          std::size_t lines_per_chunk = 0, const parsers::Options& options = {}) {
  ReadText sink;
  const std::unique_ptr<parsers::Joiner> joiner = dialect.make_joiner(options);
  const auto reader = dialect.make_reader(options);
  parsers::Chunk chunk;
  while (!text.empty()) {
    std::size_t end = lines_per_chunk == 0 ? text.size() : 0, lines = 0;
    while (end < text.size() && lines < lines_per_chunk) {
      const std::size_t newline = text.find('\n', end);
      end = newline == std::string_view::npos ? text.size() : newline + 1;
      ++lines;
    }
    chunk.text = text.substr(0, end);
    chunk.last = end == text.size();
    auto ends = reader->read(chunk, sink);
    if (joiner) joiner->join(std::move(ends), sink);
    for (const char c : chunk.text) chunk.first_line += c == '\n';
    chunk.first_offset += end;
    text.remove_prefix(end);
  }
  if (joiner) joiner->finish(sink);
  return sink;
}

}  // namespace medic::test
