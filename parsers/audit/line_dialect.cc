#include "parsers/audit/line_dialect.h"

namespace medic::parsers::audit {

std::unique_ptr<Partial> LineDialect::read_chunk(const Chunk& chunk, const Options& options,
                                                 ChunkSink& sink) const {
  std::uint64_t used = 0, foreign = 0;
  for_each_line(chunk, [&](std::string_view line, std::uint64_t number, std::uint64_t offset) {
    const Reading reading = read_line({{chunk.input, number, offset}, line}, options, sink);
    if (reading.kind == Reading::Kind::Damaged) {
      sink.damaged(number, line, reading.reason);
    } else {
      ++(reading.kind == Reading::Kind::Used ? used : foreign);
    }
  });
  if (used != 0) sink.used(used);
  if (foreign != 0) sink.foreign(foreign);
  return nullptr;
}

}  // namespace medic::parsers::audit
