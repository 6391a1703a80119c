// Verbs for dialect tests: read a text whole or in chunks of so many lines, and say what came out.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"
#include "parsers/dialect.h"

namespace medic::parsers::testing {

struct Source {
  std::vector<std::string> events;
  std::uint64_t used = 0, foreign = 0, damaged = 0;
  std::vector<std::string> reasons;

  std::string text() const {
    std::string out;
    for (const std::string& event : events) out += (out.empty() ? "" : " | ") + event;
    return out;
  }
  std::vector<std::string> sorted() const {
    std::vector<std::string> copy = events;
    std::sort(copy.begin(), copy.end());
    return copy;
  }
  std::uint64_t lines() const { return used + foreign + damaged; }
};

// describe: what is kept of an event; to_debug by default.
template <class Describe>
class Collector : public ChunkSink {
 public:
  Collector(Source& given, Describe describe) : told_(given), describe_(describe) {}
  void event(const model::Event& event) override { told_.events.push_back(describe_(event)); }
  void used(std::uint64_t lines) override { told_.used += lines; }
  void foreign(std::uint64_t lines) override { told_.foreign += lines; }
  void damaged(std::uint64_t, std::string_view, std::string_view reason) override {
    ++told_.damaged;
    told_.reasons.emplace_back(reason);
  }

 private:
  Source& told_;
  Describe describe_;
};

// lines_per_chunk 0: the whole text in one chunk.
template <class Describe>
Source read_in_chunks(const Dialect& dialect, std::string_view text, std::size_t lines_per_chunk,
                      Describe describe) {
  Source given;
  Collector<Describe> sink(given, describe);
  const Options options;
  auto joiner = dialect.make_joiner(options);
  const auto reader = dialect.make_reader(options);
  Chunk chunk;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = at, lines = 0;
    while (end < text.size() && (lines_per_chunk == 0 || lines < lines_per_chunk)) {
      const std::size_t newline = text.find('\n', end);
      end = newline == std::string_view::npos ? text.size() : newline + 1;
      ++lines;
    }
    // A copy, so that a view into a chunk that is gone shows under AddressSanitizer.
    const std::string own(text.substr(at, end - at));
    chunk.text = own;
    chunk.first_offset = at;
    chunk.last = end == text.size();
    auto ends = reader->read(chunk, sink);
    if (joiner) joiner->join(std::move(ends), sink);
    chunk.first_line += lines;
    at = end;
  }
  if (joiner) joiner->finish(sink);
  return given;
}

inline Source read_in_chunks(const Dialect& dialect, std::string_view text,
                             std::size_t lines_per_chunk) {
  return read_in_chunks(dialect, text, lines_per_chunk,
                        [](const model::Event& event) { return model::to_debug(event); });
}
inline Source read(const Dialect& dialect, std::string_view text) {
  return read_in_chunks(dialect, text, 0);
}

inline std::uint64_t count_lines(std::string_view text) {
  const auto newlines = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  return newlines + (text.empty() || text.back() == '\n' ? 0 : 1);
}

}  // namespace medic::parsers::testing
