#include "parsers/ptrace/line_dialect.h"

#include <algorithm>
#include <memory>

namespace medic::parsers::ptrace {

std::size_t LineDialect::recognise(std::span<const std::string_view> lines) const {
  return static_cast<std::size_t>(std::count_if(
      lines.begin(), lines.end(), [&](std::string_view line) { return looks_like(line); }));
}

std::unique_ptr<Partial> LineDialect::read_chunk(const Chunk& chunk, const Options& options,
                                                 ChunkSink& sink) const {
  auto open = std::make_unique<OpenCalls>();
  Session session{options, sink, *open, chunk.pid_of_input};
  for_each_line(chunk, [&](std::string_view text, std::uint64_t number, std::uint64_t offset) {
    const Reading reading =
        text.empty() ? kForeign : read({text, {chunk.input, number, offset}}, session);
    switch (reading.kind) {
      case Reading::Kind::Used: sink.used(1); break;
      case Reading::Kind::Foreign: sink.foreign(1); break;
      case Reading::Kind::Damaged: sink.damaged(number, text, reading.reason); break;
    }
  });
  if (open->empty()) return nullptr;
  return open;
}

std::unique_ptr<Joiner> LineDialect::make_joiner(const Options&) const {
  return open_calls_joiner();
}

model::Event event_at(const Line& line) {
  model::Event event;
  event.origin = line.origin;
  event.line = line.text;
  return event;
}

}  // namespace medic::parsers::ptrace
